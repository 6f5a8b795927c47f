"""A real Chromium against the server that the Procfile starts."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.screen import DESKTOP, PATIENCE_MS, PHONE, Screen
from tests.served import served

# Whatever has to appear may take its time on a busy machine; how long it takes is measured in benchmarks/.
expect.set_options(timeout=PATIENCE_MS)

ROOT = Path(__file__).parents[2]
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
    log = tmp_path_factory.mktemp("web") / "log"
    with served(log) as found:
        yield found
    written = log.read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in written, written[-6000:]


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


@pytest.fixture
def phone(screen: Screen) -> Screen:
    """The narrow screen of a visitor who prefers dark."""
    screen.page.set_viewport_size(PHONE)
    screen.page.emulate_media(color_scheme="dark")
    return screen


@pytest.fixture(params=[(theme, size) for theme in ("light", "dark") for size in ("1440", "390")], ids=", ".join)
def visitor(screen: Screen, request: pytest.FixtureRequest) -> Screen:
    """A visitor in either theme, at a desk or on a phone."""
    theme, size = request.param
    screen.page.set_viewport_size(DESKTOP if size == "1440" else PHONE)
    screen.page.emulate_media(color_scheme=theme)
    return screen


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
