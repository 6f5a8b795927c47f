"""The command of the Procfile, started as a platform starts it: with a PORT in the environment and nothing else."""

import os
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served import CHECKOUT, served, web_command


def get(url: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
        return answer.status, answer.read()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("web") / "log") as found:
        yield found


def test_web_command_serves_on_the_port_of_its_environment(address: str) -> None:
    status, page = get(f"{address}/")
    assert status == 200
    assert b"<html" in page.lower()


def test_the_web_command_reports_that_it_is_alive(address: str) -> None:
    assert get(f"{address}/healthz") == (200, b"ok")


@pytest.mark.parametrize(("given", "port"), [({}, "8501"), ({"PORT": "9000"}, "9000")])
def test_make_run_starts_the_web_command_on_port_8501(tmp_path: Path, given: dict[str, str], port: str) -> None:
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
