"""The scripts of continuous integration: in a path with spaces, run twice at once, and after a run that was killed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.served import CHECKOUT

VERSIONS = ("3.11", "3.12", "3.13")
PYTHON = """#!/bin/bash
case "$2" in
  venv)
    mkdir "{busy}" || exit 9
    sleep 0.1
    mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && rmdir "{busy}"
    ;;
  pytest) echo "${{@: -1}}" >> "{log}" ;;
esac
"""
"""An interpreter that notes what it is asked to test, and fails where two environments are made at once."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in a path with spaces, with interpreters that only take notes."""
    root = tmp_path / "a path with spaces"
    shutil.copytree(CHECKOUT / ".ci", root / ".ci")
    for name in ("pyproject.toml", "constraints.txt"):
        (root / name).write_text("", encoding="utf-8")
    (root / "bin").mkdir()
    for version in VERSIONS:
        script = root / "bin" / f"python{version}"
        script.write_text(PYTHON.format(busy=root / "busy", log=root / "log"), encoding="utf-8")
        script.chmod(0o755)
    return root


def started(checkout: Path, script: str, *arguments: str) -> "subprocess.Popen[str]":
    environment = {"PATH": f"{checkout / 'bin'}:{os.environ['PATH']}", "HOME": str(checkout), "PYENV_ROOT": "/nowhere"}
    return subprocess.Popen(
        [str(checkout / ".ci" / script), *arguments],
        cwd=checkout.parent, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def noted(checkout: Path) -> list[str]:
    return (checkout / "log").read_text(encoding="utf-8").split()


def test_two_runs_at_once_make_each_environment_once(checkout: Path) -> None:
    runs = [started(checkout, "pythons", "tests/one") for _ in range(2)]
    said = [run.communicate(timeout=30)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert noted(checkout) == ["tests/one"] * 6
    assert not list((checkout / ".venv").glob("pythons.lock*"))


def test_a_killed_run_and_a_broken_environment_are_no_obstacle(checkout: Path) -> None:
    lock = checkout / ".venv" / "pythons.lock"
    lock.parent.mkdir()
    ended = subprocess.Popen(["true"])
    ended.wait()
    lock.symlink_to(str(ended.pid))
    for left in ("3.13/lib", "3.13.old.1/lib"):
        (checkout / ".venv" / "pythons" / left).mkdir(parents=True)
    run = started(checkout, "pythons", "tests/one")
    said = run.communicate(timeout=30)[0]
    assert run.returncode == 0, said
    assert noted(checkout) == ["tests/one"] * 3
    assert sorted(path.name for path in (checkout / ".venv" / "pythons").iterdir()) == list(VERSIONS)


def test_a_missing_interpreter_is_skipped_visibly(checkout: Path) -> None:
    script = checkout / "bin" / "python3.13"
    script.write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    run = started(checkout, "pythons", "tests/one")
    assert "Python 3.13: skipped, not installed" in run.communicate(timeout=30)[0]
    assert noted(checkout) == ["tests/one"] * 2


def test_continuous_integration_runs_make_test_in_the_checkout(checkout: Path) -> None:
    make = checkout / "bin" / "make"
    make.write_text('#!/bin/sh\necho "$PWD: $*"\n', encoding="ascii")
    make.chmod(0o755)
    run = started(checkout, "run")
    assert run.communicate(timeout=30)[0] == f"{checkout}: test\n"


def test_without_a_test_only_environments_are_made(checkout: Path) -> None:
    run = started(checkout, "pythons")
    said = run.communicate(timeout=30)[0]
    assert run.returncode == 0, said
    assert not (checkout / "log").exists()
    assert sorted(path.name for path in (checkout / ".venv" / "pythons").iterdir()) == list(VERSIONS)
