"""docs/formulas.md: every place in the paper leads to a function that exists and names that place."""

import importlib
import re
from functools import reduce
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "formulas.md"
ROW = re.compile(r"^\| ((?:sec\.|Tables?|Figure) [^|]+?) \|.*\[`([\w.]+)`\]\(([^)]+)\) \|$", re.MULTILINE)
LINK = re.compile(r"\[`([\w.]+)`\]\((\.\./[^)]+)\)")
ROWS = ROW.findall(PAGE.read_text(encoding="utf-8"))
PLACE = re.compile(r"(sec\.|Tables?|Figures?) (\d[\d.]*(?:(?:, | and | to )\d[\d.]*)*)")
PRINTED = {f"Table {number}" for number in range(1, 10)} | {f"Figure {number}" for number in range(1, 6)}
SECTIONS = {"sec. 2", "sec. 3", "sec. 4.1", "sec. 4.2", "sec. 4.3", "sec. 4.4", "sec. 5.2", "sec. 5.3", "sec. 5.4"} | {
    "sec. 6",
    "sec. 7",
}


def places(text: str) -> set[str]:
    """Every place that a text names, one by one: "Tables 2 to 4, sec. 5" is Table 2, Table 3, Table 4 and sec. 5."""
    found = set()
    for kind, numbers in PLACE.findall(re.sub(r"\s+", " ", text)):
        first, _, last = numbers.rstrip(".").partition(" to ")
        listed = re.split(r", | and ", numbers.rstrip("."))
        if last and last.isdigit():
            listed = [str(number) for number in range(int(first), int(last) + 1)]
        found |= {f"{kind.rstrip('s')} {number.rstrip('.')}" for number in listed}
    return found


def documented(name: str, file: str) -> str:
    """The docstrings of an object, of the class it belongs to and of its module."""
    path = (PAGE.parent / file).resolve().relative_to(PAGE.parents[1])
    module = importlib.import_module(".".join(path.with_suffix("").parts))
    steps = name.split(".")
    owners = [reduce(getattr, steps[:count], module) for count in range(len(steps) + 1)]
    return " ".join(owner.__doc__ or "" for owner in owners)


def test_places_are_read_one_by_one() -> None:
    assert places("Paper Tables 2 to 4, sec. 5.2, 5.4; Figures 1 and 2.") == {
        *("Table 2", "Table 3", "Table 4", "sec. 5.2", "sec. 5.4", "Figure 1", "Figure 2"),
    }


@pytest.mark.parametrize(("place", "name", "file"), ROWS, ids=lambda text: text)
def test_formula_names_its_place_in_the_paper(place: str, name: str, file: str) -> None:
    assert places(place)
    assert places(place) <= places(documented(name, file))


@pytest.mark.parametrize(("name", "file"), LINK.findall(PAGE.read_text(encoding="utf-8")), ids=lambda text: text)
def test_listed_function_exists_and_is_documented(name: str, file: str) -> None:
    assert documented(name, file)


def test_every_table_figure_and_section_is_listed() -> None:
    listed = {place for row in ROWS for place in places(row[0])}
    assert listed >= PRINTED | SECTIONS


def test_every_place_named_in_the_library_is_listed() -> None:
    listed = {place for row in ROWS for place in places(row[0])}
    named = {
        (path.stem, place)
        for path in (PAGE.parents[1] / "costmodel").rglob("*.py")
        for place in places(" ".join(re.findall(r"[Pp]aper ((?:sec\.|Tables?|Figures?) [^\"\n]*)", path.read_text())))
    }
    assert {place for _, place in named} - listed == set()
