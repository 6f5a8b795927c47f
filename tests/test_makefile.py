"""The targets of the Makefile, run with stand-ins for the tools: what they call, wherever the checkout lies."""

import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
TOOLS = ("python", "ruff", "mypy", "lint-imports", "streamlit")
STAMPS = ("made", "app", "dev", "chromium")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout in a path with a space, whose tools print how they are called."""
    folder = tmp_path / "a b"
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in ("Makefile", "Procfile", "pyproject.toml", "constraints.txt"):
        shutil.copy(CHECKOUT / name, folder)
    for tool in TOOLS:
        stand_in = folder / ".venv" / "bin" / tool
        stand_in.write_text(f'#!/bin/sh\necho {tool} "$@"\n', encoding="utf-8")
        stand_in.chmod(0o755)
    pythons = folder / ".ci" / "pythons"
    pythons.parent.mkdir()
    pythons.write_text('#!/bin/sh\necho pythons "$@"\n', encoding="utf-8")
    pythons.chmod(0o755)
    for stamp in STAMPS:
        (folder / ".venv" / f"{stamp}.stamp").touch()
    return folder


def called(folder: Path, target: str) -> list[str]:
    run = subprocess.run(["make", "--silent", target], cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


@pytest.mark.parametrize("target", ["run", "check", "test", "docs", "test-pythons", "screenshots"])
def test_targets_work_in_a_path_with_spaces(folder: Path, target: str) -> None:
    assert called(folder, target)


def test_check_runs_everything_static_and_the_library_tests(folder: Path) -> None:
    lines = called(folder, "check")
    assert lines[:4] == ["ruff check .", "ruff format --check .", "mypy", "lint-imports --no-cache"]
    assert [line for line in lines[4:] if "pytest" in line and line.endswith(" costmodel tests/costmodel")]


def test_make_test_runs_each_test_folder_once(folder: Path) -> None:
    *first, library, rest, pythons = called(folder, "test")
    # Environments are made beside the static checks, in any order.
    assert sorted(first) == ["lint-imports --no-cache", "mypy", "pythons", "ruff check .", "ruff format --check ."]
    assert library.endswith(" costmodel tests/costmodel")
    assert "--cov " in library
    assert rest.endswith(" tests --ignore=tests/costmodel")
    assert pythons.startswith("pythons tests/costmodel/")


def test_missing_pythons_are_reported(folder: Path) -> None:
    shutil.copy(CHECKOUT / ".ci" / "pythons", folder / ".ci" / "pythons")
    own = folder / ".venv" / "bin" / "python"
    own.write_text("#!/bin/sh\necho 3.11\n", encoding="utf-8")
    run = subprocess.run(
        [folder / ".ci" / "pythons", "tests"],
        env={"PATH": "/usr/bin:/bin", "PYENV_ROOT": str(folder), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    skipped = [line for line in run.stdout.splitlines() if line.endswith("skipped, not installed")]
    installed = [version for version in ("3.12", "3.13") if (Path("/usr/bin") / f"python{version}").exists()]
    assert len(skipped) + len(installed) == 2
