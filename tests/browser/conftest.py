"""A real Chromium against the server that the Procfile starts."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.screen import DESKTOP, PATIENCE_MS, Screen

# Whatever has to appear may take its time on a busy machine; how long it takes is measured in benchmarks/.
expect.set_options(timeout=PATIENCE_MS)

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 90
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Streamlit's page first looks for its server below the page's own path, and finds it one level up.
HARMLESS = re.compile(r"404 .*/[a-z]+/_stcore/(health|host-config)$")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The system's Chromium: the tests never download one."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert found is not None, "no Chromium is installed"
    return {"executable_path": found, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """A desktop screen of a visitor who asks for no animations: what is on screen is where it will stay."""
    return {"viewport": DESKTOP, "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the server of this session answers; its log must stay free of tracebacks."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = next(
        line.removeprefix("web:").strip()
        for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
        if line.startswith("web:")
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    log = tmp_path_factory.mktemp("web") / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            ["sh", "-c", command],
            cwd=ROOT,
            env=os.environ | {"PORT": str(port), "PATH": path},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/healthz", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=20)
    written = log.read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in written, written[-6000:]


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the server does not answer:\n{log.read_text(encoding='utf-8', errors='replace')}")


@pytest.fixture(scope="session")
def tab(browser: Browser, browser_context_args: dict[str, Any], address: str) -> Iterator[Screen]:
    """A tab that stays open, so that the scripts of the app are loaded and compiled once.

    Nothing of the app survives in it: every page that is opened by its address is a new session of the server.
    """
    context = browser.new_context(**browser_context_args)
    context.set_default_timeout(PATIENCE_MS)
    yield watched(context.new_page(), address)
    context.close()


@pytest.fixture
def screen(tab: Screen) -> Iterator[Screen]:
    """The tab of a visitor who was never here; the test fails when its console reports an error or a script raises."""
    tab.forget()
    yield tab
    tab.assert_clean()


def watched(page: Page, address: str) -> Screen:
    """A tab whose errors are written down."""
    errors: list[str] = []

    def answered(response: Any) -> None:
        told = f"{response.status} {response.url.split('?')[0]}"
        if response.status >= 400 and not HARMLESS.search(told):
            errors.append(told)

    def logged(message: Any) -> None:
        # What could not be loaded is told better by the response itself.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            errors.append(message.text)

    page.on("response", answered)
    page.on("console", logged)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return Screen(page, address, errors)
