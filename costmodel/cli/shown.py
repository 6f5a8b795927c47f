"""What a command prints: tables for people, CSV or JSON for programs."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

import costmodel as cm

NOT_FOUND = 1
WIDTH_OF_A_FILE = 200
"""Columns where output goes to no terminal: tables are not squeezed into 80."""


@dataclass(frozen=True)
class Rows:
    """A table: a title, and columns of texts and numbers by their heading with its unit."""

    title: str
    columns: Mapping[str, Sequence[str | float | None]]


@dataclass(frozen=True)
class Answer:
    """One answer in three forms, each made when it is asked for; `found` is False where nothing meets the question."""

    tables: Callable[[], Iterable[Rows | str]]
    data: Callable[[], Any]
    csv: Callable[[], str]
    found: bool = True


def show(answer: Answer, *, as_json: bool, as_csv: bool) -> None:
    """Print one of the forms; exit with 1 where nothing meets the question."""
    if as_json and as_csv:
        raise cm.DomainError("--json and --csv cannot be given together")
    if as_json:
        sys.stdout.write(json.dumps(answer.data(), indent=2) + "\n")
    elif as_csv:
        sys.stdout.write(answer.csv())
    else:
        _print(answer.tables())
    if not answer.found:
        raise typer.Exit(NOT_FOUND)


def _print(parts: Iterable[Rows | str]) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH_OF_A_FILE)
    for part in parts:
        if isinstance(part, str):
            console.print(Text(part))
            continue
        if part.title:
            # A title of the table itself would be wrapped to the width of its columns.
            console.print(Text(part.title, style="bold"))
        console.print(_table(part))


def _table(rows: Rows) -> Table:
    table = Table(header_style="bold", box=None)
    for heading, column in rows.columns.items():
        numeric = any(isinstance(cell, float | int) for cell in column)
        table.add_column(Text(heading), justify="right" if numeric else "left", overflow="fold")
    for cells in zip(*rows.columns.values(), strict=True):
        table.add_row(*(Text(shown(cell)) for cell in cells))
    return table


def shown(value: str | float | None) -> str:
    """A text as it is, a number with four significant digits, nothing as a dash."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
