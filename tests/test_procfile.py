"""The command of the Procfile, started as a platform starts it: with a PORT in the environment and nothing else."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
PATIENCE_SECONDS = 90


def web_command() -> str:
    lines = (CHECKOUT / "Procfile").read_text(encoding="utf-8").splitlines()
    return next(line.removeprefix("web:").strip() for line in lines if line.startswith("web:"))


def get(url: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
        return answer.status, answer.read()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    log = tmp_path_factory.mktemp("web") / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            ["sh", "-c", web_command()],
            cwd=CHECKOUT,
            env=os.environ | {"PORT": str(port), "PATH": path},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=20)


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            get(url)
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the web command does not answer at {url}:\n{log.read_text(encoding='utf-8', errors='replace')}")


def test_the_web_command_serves_the_app_on_the_port_of_its_environment(address: str) -> None:
    status, page = get(f"{address}/")
    assert status == 200
    assert b"<html" in page.lower()


def test_the_web_command_reports_that_it_is_alive(address: str) -> None:
    assert get(f"{address}/healthz") == (200, b"ok")


@pytest.mark.parametrize(("given", "port"), [({}, "8501"), ({"PORT": "9000"}, "9000")])
def test_make_run_starts_exactly_the_web_command_on_port_8501_unless_told_otherwise(
    tmp_path: Path, given: dict[str, str], port: str
) -> None:
    stand_in = tmp_path / "streamlit"
    stand_in.write_text('#!/bin/sh\necho streamlit "$@"\n', encoding="utf-8")
    stand_in.chmod(0o755)
    inherited = {name: value for name, value in os.environ.items() if name not in ("PORT", "MAKEFLAGS", "MAKELEVEL")}
    run = subprocess.run(
        ["make", "--silent", "--old-file=.venv/app.stamp", f"BIN={tmp_path}", "run"],
        cwd=CHECKOUT,
        env=inherited | given,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == web_command().replace("$PORT", port)
