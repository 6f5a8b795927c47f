"""Rules of docs/contributing.md that no linter knows: lengths of modules and of test names."""

import ast
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
MODULES = sorted(
    path for folder in ("costmodel", "app", "tests", "benchmarks") for path in (CHECKOUT / folder).rglob("*.py")
)
TESTS = [path for path in MODULES if path.name.startswith("test_")]
LONGEST_MODULE = 400
LONGEST_TEST_NAME = 60


def name(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {path: length for path, length in lengths.items() if length > LONGEST_MODULE} == {}


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_names_of_tests_are_at_most_60_characters(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert names
    assert [found for found in names if len(found) > LONGEST_TEST_NAME] == []
