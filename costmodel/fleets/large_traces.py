"""Traces larger than memory, or many of them: read in chunks and merged into classes of like requests.

Lengths below 64 tokens stay as they are; above, 32 classes to the octave differ by 2 %, and each class is held by its
mean, so sums of tokens are exact to rounding and a quadratic cost is off by less than 0.01 %.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.checks import check_whole
from costmodel.errors import DomainError, Problem
from costmodel.fleets.prefix import BLOCK_TOKENS, PrefixCache
from costmodel.trace import Trace, read_trace

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

HOURS = 24
PER_OCTAVE = 32
EXACT_BELOW = 64
CHUNKS_AHEAD = 8
"""Chunks handed out before the first of them is back: more would only take memory."""


@dataclass(frozen=True, eq=False)
class _Classes:
    """Requests by class: `keys` [class, (hour, prompt, output, cached)], how many, and the sums of their lengths."""

    keys: Whole
    count: Whole
    sums: Floats

    @classmethod
    def of(cls, trace: Trace, hours: Whole) -> "_Classes":
        """One request in each class, then merged."""
        cached = np.zeros(len(trace), dtype=np.int64) if trace.cached is None else trace.cached
        lengths = np.stack([trace.prompt, trace.output, cached], axis=1)
        keys = np.concatenate([hours[:, None], _length_class(lengths)], axis=1)
        return cls(keys, np.ones(len(trace), dtype=np.int64), lengths.astype(float)).merged()

    def merged(self) -> "_Classes":
        """Each class once."""
        keys, place = np.unique(self.keys, axis=0, return_inverse=True)
        place = place.ravel()
        sums = [np.bincount(place, weights=column, minlength=len(keys)) for column in self.sums.T]
        count = np.bincount(place, weights=self.count, minlength=len(keys))
        return _Classes(keys, np.rint(count).astype(np.int64), np.stack(sums, axis=1))

    def __add__(self, other: "_Classes") -> "_Classes":
        """Both together."""
        return _Classes(
            np.concatenate([self.keys, other.keys]),
            np.concatenate([self.count, other.count]),
            np.concatenate([self.sums, other.sums]),
        ).merged()


@dataclass(frozen=True)
class _File:
    """A trace file: what begins each chunk of it, its first request, and the time to its last one [s]."""

    path: Path
    header: str
    first: str
    seconds: float | None

    @classmethod
    def open(cls, path: Path) -> "_File":
        """Read the ends of a file."""
        with path.open(encoding="utf-8-sig") as lines:
            head = next(lines, "")
            header, first = ("", head) if head.lstrip().startswith("{") else (head, next(lines, ""))
            last = first
            for line in lines:
                last = line if line.strip() else last
        begin = first if first.endswith("\n") else f"{first}\n"
        seconds = None
        # A request that is not allowed is named with its row by the chunk that it lies in.
        with suppress(DomainError):
            seconds = read_trace(header + begin + last).seconds
        return cls(path, header, begin, seconds)

    def chunks(self, rows: int) -> Iterator[tuple[str, int]]:
        """Text of each chunk with the file's first request before its own, and the rows of the file before it."""
        with self.path.open(encoding="utf-8-sig") as lines:
            before = bool(self.header)
            next(lines) if before else None
            read = int(before)
            while part := list(islice(lines, rows)):
                yield self.header + self.first + "".join(part), read
                read += len(part)


@dataclass(frozen=True, eq=False)
class _Chunk:
    """Requests of a chunk without the one that was put before it, and the hour of each."""

    trace: Trace
    hours: Whole

    def classes(self, cache: PrefixCache) -> tuple[_Classes, bool]:
        """Its classes, hits counted where they have blocks instead, and whether hits are known."""
        counted = self.trace.cached is None and self.trace.blocks is not None
        trace = cache.filled(self.trace) if counted else self.trace
        return _Classes.of(trace, self.hours), trace.cached is not None


def read_traces(
    paths: str | Path | Iterable[str | Path],
    *,
    rows: int = 100_000,
    client: Any = None,
    block_tokens: int = BLOCK_TOKENS,
    blocks_kept: int | None = None,
) -> Trace:
    """One trace of like requests, merged, from files of any size; each file's course is a day, and days lie on another.

    Chunks of `rows` lines are read one after another, or as tasks of a `client`: a dask.distributed Client (extra
    `[distributed]`) or anything else with `submit`. Requests of a file must be in order of arrival. Hits of prefix
    blocks are those of `with_prefix_hits` on the whole file: tasks only read, and requests of a chunk go through the
    cache once those before them have. Each file begins with an empty cache, because block numbers are a file's own.
    DomainError names the row of a value that is not allowed.
    """
    check_whole("rows", rows, 1)
    files = [_File.open(Path(path)) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    if not files:
        raise DomainError(Problem("paths", "is empty; must name at least one trace"))
    waiting: deque[tuple[Any, PrefixCache]] = deque()
    total: tuple[_Classes, bool] | None = None

    def take(chunk: _Chunk, cache: PrefixCache) -> None:
        nonlocal total
        found = chunk.classes(cache)
        total = found if total is None else (total[0] + found[0], total[1] and found[1])

    def take_first() -> None:
        task, cache = waiting.popleft()
        take(task.result(), cache)

    for file in files:
        cache = PrefixCache(block_tokens=block_tokens, blocks_kept=blocks_kept)
        for text, before in file.chunks(rows):
            arguments = (text, before, bool(file.header), file.seconds)
            if client is None:
                take(_chunk(*arguments), cache)
                continue
            waiting.append((client.submit(_chunk, *arguments), cache))
            if len(waiting) >= CHUNKS_AHEAD:
                take_first()
    while waiting:
        take_first()
    if total is None:
        raise DomainError(Problem("trace", "holds no request; must hold at least one"))
    seconds = [file.seconds for file in files if file.seconds is not None]
    return _trace(*total, sum(seconds) if len(seconds) == len(files) else None)


def _chunk(text: str, before: int, header: bool, seconds: float | None) -> _Chunk:  # noqa: FBT001
    """The requests of one chunk."""
    try:
        trace = read_trace(text)
    except DomainError as error:
        raise DomainError(_moved(problem, before - int(header) - 1) for problem in error.problems) from None
    first = read_trace("\n".join(text.splitlines()[: 1 + header]))
    if (trace.prompt[0], trace.output[0]) != (first.prompt[0], first.output[0]):
        raise DomainError(Problem("trace", f"requests after row {before} arrive before the first one of the file"))
    rest = slice(1, None)
    hours = np.zeros(len(trace) - 1, dtype=np.int64)
    if trace.arrival is not None and seconds:
        hours = np.minimum((trace.arrival[rest] / seconds * HOURS).astype(np.int64), HOURS - 1)
    cached = None if trace.cached is None else trace.cached[rest]
    blocks = None if trace.blocks is None else trace.blocks[1:]
    return _Chunk(Trace(trace.prompt[rest], trace.output[rest], None, cached, blocks), hours)


def _moved(problem: Problem, rows: int) -> Problem:
    """A problem of a chunk with its row counted in the file."""
    row = problem.origin.removeprefix("row ")
    return Problem(problem.field, problem.reason, f"row {int(row) + rows}" if row.isdigit() else problem.origin)


def _trace(classes: _Classes, hits: bool, seconds: float | None) -> Trace:  # noqa: FBT001
    """A row for each class, in order of its hour."""
    mean = np.rint(classes.sums / classes.count[:, None]).astype(np.int64)
    arrival = None
    if seconds:
        arrival = (classes.keys[:, 0] + 0.5) / HOURS * seconds
        arrival[-1] = seconds
    return Trace(mean[:, 0], mean[:, 1], arrival, mean[:, 2] if hits else None, None, classes.count)


def _length_class(lengths: Whole) -> Whole:
    """Number of the class of each length."""
    with np.errstate(divide="ignore"):
        above = np.floor(np.log2(np.maximum(lengths, 1)) * PER_OCTAVE).astype(np.int64)
    return np.where(lengths < EXACT_BELOW, lengths, above)
