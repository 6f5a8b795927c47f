"""Request traces: CSV or JSON lines with arrival, prompt and output lengths, and optional cached tokens or blocks.

The columns of the Azure LLM inference traces and of Mooncake are found by name.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.errors import DomainError, Problem, quote
from costmodel.lengths import LONGEST, Lengths

MOST_DIGITS = 8
"""Digits of the longest length; more are looked at one by one."""

BYTE_ORDER_MARK = "\ufeff"
"""Some spreadsheets begin a UTF-8 file with it."""

MOST_ROWS = 2_000_000
LONGEST_LINE = 1_000_000
FIRST_CSV_ROW = 2
"""Row of the first request in a CSV file: the header is row 1."""

PROMPT_NAMES = ("prompt", "prompt_tokens", "input_length", "ContextTokens")
OUTPUT_NAMES = ("output", "output_tokens", "output_length", "GeneratedTokens")
CACHED_NAMES = ("cached", "cached_tokens")
BLOCK_NAMES = ("hash_ids",)
ARRIVAL_NAMES = ("arrival", "timestamp", "TIMESTAMP")
SECONDS_PER_UNIT = {"arrival": 1.0, "timestamp": 1e-3, "TIMESTAMP": 1.0}
"""Numbers under `arrival` are seconds, under `timestamp` milliseconds as in Mooncake; dates and times are ISO 8601."""

_WHOLE = re.compile(r"-?[0-9]{1,30}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", re.ASCII)

Record = Mapping[str, Any]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Trace:
    """Requests in order of arrival: lengths [token], arrival [s] from the first, cached prompt tokens, prefix blocks.

    `arrival`, `cached` and `blocks` are None where the trace does not have them: an unknown hit rate is not 0. `count`
    is how many requests each row stands for; None: one.
    """

    prompt: Whole
    output: Whole
    arrival: NDArray[np.float64] | None = None
    cached: Whole | None = None
    blocks: tuple[tuple[int, ...], ...] | None = None
    count: Whole | None = None

    def __len__(self) -> int:
        return len(self.prompt)

    @property
    def counts(self) -> Whole:
        """Requests that each row stands for."""
        return np.ones(len(self), dtype=np.int64) if self.count is None else self.count

    @property
    def requests(self) -> int:
        """Requests in all."""
        return int(self.counts.sum())

    @property
    def hit_rate(self) -> float | None:
        """Share of prompt tokens found in a prefix cache; None where the trace does not say."""
        return (
            None
            if self.cached is None
            else float((self.cached * self.counts).sum() / (self.prompt * self.counts).sum())
        )

    @property
    def seconds(self) -> float | None:
        """Time from the first to the last arrival [s]."""
        return None if self.arrival is None else float(self.arrival[-1])

    def lengths(self, *, hit_rate: float | None = None) -> Lengths:
        """The distribution of the requests; `hit_rate` is the cached share of every prompt where the trace has none."""
        if self.cached is not None:
            return self._weighted(self.cached)
        if hit_rate is None:
            raise DomainError(Problem("hit_rate", "is not known from the trace; must be given, 0 for no prefix cache"))
        if not 0 <= hit_rate < 1:
            raise DomainError(Problem("hit_rate", f"{quote(hit_rate)} is not allowed; must be from 0 to below 1"))
        return self._weighted(np.minimum(hit_rate * self.prompt, self.prompt - 1))

    def _weighted(self, cached: NDArray[Any]) -> Lengths:
        found = Lengths.of(self.prompt, cached=cached, output=self.output)
        return found if self.count is None else replace(found, share=self.count / self.count.sum())


def read_trace(text: str, *, prompt_column: str | None = None, output_column: str | None = None) -> Trace:
    r"""A trace from the text of a CSV file with a header, or of JSON lines, one object per request.

    DomainError names column and row (of the file) of a value that is missing or not allowed.

    >>> trace = read_trace('{"timestamp": 0, "input_length": 600, "output_length": 5, "hash_ids": [7, 8]}')
    >>> int(trace.prompt[0]), trace.blocks, trace.hit_rate
    (600, ((7, 8),), None)
    """
    table = _table(text.removeprefix(BYTE_ORDER_MARK))
    prompt = _column("prompt_column", prompt_column, PROMPT_NAMES, table.header)
    output = _column("output_column", output_column, OUTPUT_NAMES, table.header)
    if not table.rows:
        raise DomainError(Problem("trace", "holds no request; must hold at least one"))
    trace = Trace(
        prompt=table.lengths(prompt),
        output=table.lengths(output),
        arrival=_arrivals(table),
        cached=_cached(table),
        blocks=_blocks(table),
    )
    _check_cached(trace, prompt, table.first)
    return _in_order(trace)


def whole_length(value: Any) -> int:
    """A length [token] from a cell; DomainError where it is missing, not whole, negative or too long."""
    if value is None or (isinstance(value, str) and not value.strip()):
        raise DomainError("is missing; must be a whole number from 0")
    if isinstance(value, str):
        if not _WHOLE.fullmatch(value.strip()):
            raise DomainError(f"{quote(value)} is not allowed; must be a whole number from 0")
        value = int(value)
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or not 0 <= value <= LONGEST:
        raise DomainError(f"{quote(value)} is not allowed; must be a whole number from 0 to {LONGEST:,}")
    return int(value)


@dataclass(frozen=True)
class _Table:
    """The cells of a trace by column, which errors name together with the row of the file."""

    header: Sequence[str]
    rows: int
    first: int
    column: Callable[[str], Sequence[Any]]

    def read(self, name: str, convert: Callable[[Any], Any]) -> list[Any]:
        """A column cell by cell."""
        values = []
        for row, cell in enumerate(self.column(name), start=self.first):
            try:
                values.append(convert(cell))
            except DomainError as error:
                raise DomainError(Problem(name, error.problems[0].reason, f"row {row}")) from None
        return values

    def lengths(self, name: str) -> Whole:
        """A column of lengths; the usual case, digits and nothing else, is read without a look at every cell."""
        cells = self.column(name)
        if all(type(cell) is str and 0 < len(cell) <= MOST_DIGITS for cell in cells):
            together = "".join(cells)
            if together.isascii() and together.isdigit():
                found = np.array(list(map(int, cells)), dtype=np.int64)
                if found.max() <= LONGEST:
                    return found
        return np.array(self.read(name, whole_length), dtype=np.int64)


def _table(text: str) -> _Table:
    """The cells of CSV with a header, or of JSON lines; blank lines of JSON are refused, not skipped."""
    if text.lstrip()[:1] == "{":
        records = [_parsed(line, row) for row, line in _bounded(text.rstrip().splitlines(), 1)]
        return _Table(list(records[0]), len(records), 1, lambda name: [record.get(name) for record in records])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        rows = [cells for _, cells in _bounded(filter(None, reader), FIRST_CSV_ROW)]
    except csv.Error as error:
        raise DomainError(Problem("trace", f"is not a CSV file: {error}", f"row {reader.line_num}")) from None

    def column(name: str) -> Sequence[str | None]:
        place = len(header) - 1 - header[::-1].index(name)
        return [cells[place] if place < len(cells) else None for cells in rows]

    return _Table(header, len(rows), FIRST_CSV_ROW, column)


def _bounded(rows: Any, first: int) -> Iterator[tuple[int, Any]]:
    for row, each in enumerate(rows, start=first):
        if row - first >= MOST_ROWS:
            raise DomainError(Problem("trace", f"has more than {MOST_ROWS:,} rows"))
        yield row, each


def _parsed(line: str, row: int) -> Record:
    if len(line) > LONGEST_LINE:
        raise DomainError(Problem("trace", f"a line holds at most {LONGEST_LINE:,} characters", f"row {row}"))
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise DomainError(Problem("trace", f"{quote(line)} is not a JSON object", f"row {row}")) from None
    if not isinstance(record, dict):
        raise DomainError(Problem("trace", f"{quote(line)} is not a JSON object", f"row {row}"))
    return record


def _found(usual: Sequence[str], header: Sequence[str]) -> str | None:
    return next((name for name in usual if name in header), None)


def _column(argument: str, wanted: str | None, usual: Sequence[str], header: Sequence[str]) -> str:
    candidates = usual if wanted is None else (wanted,)
    name = _found(candidates, header)
    if name is None:
        asked = " or ".join(candidates)
        raise DomainError(Problem(argument, f"no column {asked} in the trace; it has {quote(', '.join(header))}"))
    return name


def _arrivals(table: _Table) -> NDArray[np.float64] | None:
    name = _found(ARRIVAL_NAMES, table.header)
    if name is None:
        return None
    unit = SECONDS_PER_UNIT[name]
    seconds = np.array(table.read(name, lambda value: _seconds(value, unit)), dtype=float)
    seconds -= seconds.min()
    return seconds


def _seconds(value: Any, unit: float) -> float:
    """A moment [s] from a number in that unit or from a date and time; only differences count."""
    if isinstance(value, str):
        try:
            return float(value) * unit if _is_number(value) else _moment(value)
        except ValueError:
            pass
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < np.inf:
        return value * unit
    if value is None or value == "":
        raise DomainError("is missing; must be a number or a date and time")
    raise DomainError(f"{quote(value)} is not allowed; must be a number or a date and time")


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None and abs(float(text)) < np.inf


def _moment(text: str) -> float:
    moment = datetime.fromisoformat(text.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _cached(table: _Table) -> Whole | None:
    name = _found(CACHED_NAMES, table.header)
    return None if name is None else table.lengths(name)


def _blocks(table: _Table) -> tuple[tuple[int, ...], ...] | None:
    name = _found(BLOCK_NAMES, table.header)
    return None if name is None else tuple(table.read(name, _block_list))


def _block_list(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(block) is int for block in value):
        raise DomainError(f"{quote(value)} is not allowed; must be a list of whole numbers")
    return tuple(value)


def _check_cached(trace: Trace, prompt: str, first: int) -> None:
    """The last token of a prompt is always computed."""
    if trace.cached is None:
        return
    kept = trace.cached <= np.maximum(trace.prompt - 1, 0)
    if not kept.all():
        row = int(np.argmin(kept))
        reason = f"{trace.cached[row]} is not allowed; must be below {prompt}, {trace.prompt[row]}"
        raise DomainError(Problem("cached", reason, f"row {row + first}"))


def _in_order(trace: Trace) -> Trace:
    """The requests by time of arrival; those that arrive together stay as they were."""
    if trace.arrival is None or np.all(np.diff(trace.arrival) >= 0):
        return trace
    order = np.argsort(trace.arrival, kind="stable")
    return Trace(
        prompt=trace.prompt[order],
        output=trace.output[order],
        arrival=trace.arrival[order],
        cached=None if trace.cached is None else trace.cached[order],
        blocks=None if trace.blocks is None else tuple(trace.blocks[index] for index in order),
    )
