"""The app as a platform starts it: the command of the Procfile, with a PORT in the environment and nothing else."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
PATIENCE_SECONDS = 90
APP = "app/server.py"


def web_command() -> str:
    """The command line that a platform starts."""
    lines = (CHECKOUT / "Procfile").read_text(encoding="utf-8").splitlines()
    return next(line.removeprefix("web:").strip() for line in lines if line.startswith("web:"))


@contextmanager
def served(log: Path, *, script: str = APP, port: int = 0, health: str = "healthz") -> Iterator[str]:
    """The address of a server on a free port that answers; it writes to `log` and ends with the block."""
    with started(log, script=script, port=port) as (address, server):
        wait_for(f"{address}/{health}", server, log)
        yield address


def free_port() -> int:
    """A port of the loopback address that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(log: Path, *, script: str = APP, port: int = 0) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """As `served`, with the process, and without waiting for an answer. Port 0 stands for a free one."""
    port = port or free_port()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with log.open("wb") as output:
        server = subprocess.Popen(
            ["sh", "-c", web_command().replace(APP, script)],
            cwd=CHECKOUT,
            env=os.environ | {"PORT": str(port), "PATH": path},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield f"http://127.0.0.1:{port}", server
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=20)


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return as soon as the server answers there."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the web command does not answer at {url}:\n{log.read_text(encoding='utf-8', errors='replace')}")
