"""A command run in this process, in a folder of its own."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from costmodel.cli.application import run
from tests.costmodel.io.huggingface.test_import import LLAMA


@dataclass(frozen=True)
class Ran:
    """Exit code and output of a command."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def costmodel(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command with its arguments in a folder that holds a config.json."""
    (tmp_path / "config.json").write_text(json.dumps(LLAMA), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def ran(*arguments: str) -> Ran:
        code = run(arguments)
        output = capsys.readouterr()
        return Ran(code, output.out, output.err)

    return ran
