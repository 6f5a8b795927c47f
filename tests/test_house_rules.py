"""Rules of docs/contributing.md that no linter knows: words, and lengths of modules and of test names."""

import ast
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
MODULES = sorted(
    path for folder in ("costmodel", "app", "tests", "benchmarks") for path in (CHECKOUT / folder).rglob("*.py")
)
TESTS = [path for path in MODULES if path.name.startswith("test_")]
PROSE = sorted(
    path
    for folder in ("costmodel", "app", "docs")
    for path in (CHECKOUT / folder).rglob("*")
    if path.suffix in (".py", ".md")
)
OTHER_WORDS = re.compile(
    r"\b(promises?d?|beats?|beaten|told|tells?|as far as|graphics cards?)\b(?! apart)", re.IGNORECASE
)
"""Words with another name in docs/nomenclature.md: SLA, cost less or dominate, report, skip, accelerator."""
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


def test_a_module_of_the_app_has_no_other_meaning_in_the_library() -> None:
    """Only pages, charts and widgets bear the name of the library module that they show."""
    library = {path.stem for path in MODULES if name(path).startswith("costmodel/")} - {"__init__"}
    shared = [name(path) for path in MODULES if name(path).startswith("app/") and path.stem in library]
    assert [path for path in shared if not path.startswith(("app/views/", "app/charts/", "app/widgets/"))] == []


def test_app_calls_no_hash_that_differs_per_process() -> None:
    """Two servers behind one proxy give a widget the same key."""
    trees = {
        name(path): ast.parse(path.read_text(encoding="utf-8")) for path in MODULES if name(path).startswith("app/")
    }
    calls = [(path, node.func) for path, tree in trees.items() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert [path for path, called in calls if isinstance(called, ast.Name) and called.id == "hash"] == []


def texts(path: Path) -> list[str]:
    """What a reader sees of a file: the strings and docstrings of a module, or a whole page."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return [text]
    constants = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
    return [value for value in constants if isinstance(value, str)]


@pytest.mark.parametrize("path", PROSE, ids=name)
def test_words_are_those_of_the_nomenclature(path: Path) -> None:
    found = [match[0] for text in texts(path) for match in OTHER_WORDS.finditer(text)]
    assert found == []
