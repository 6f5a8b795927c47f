"""The same search on the workers of an existing dask cluster (extra `[distributed]`)."""

from typing import Any

from costmodel.designspace.join import Collector, combine, groups
from costmodel.designspace.query import Separation
from costmodel.designspace.steps import ROWS_PER_CHUNK, Fronts, Report, condition_of, merge, ranges
from costmodel.designspace.table import Candidates, side_candidates
from costmodel.errors import SearchCancelledError

RETRIES = 3


def run_on(client: Any, split: Separation, report: Report) -> tuple[Fronts, int]:
    """As `run_here`, with the chunks as tasks of a dask.distributed Client.

    Tasks are pure functions of their arguments, so those of a worker that dies simply run again elsewhere.
    """
    work = _Cluster(client, split, report)
    try:
        return work.run()
    except SearchCancelledError:
        client.cancel(work.submitted)
        raise


class _Cluster:
    def __init__(self, client: Any, split: Separation, report: Report) -> None:
        self.client, self.split, self.report = client, split, report
        self.submitted: list[Any] = []

    def run(self) -> tuple[Fronts, int]:
        """Reduce all sides, then combine them; both over all steps of the outer axes at once."""
        question = self.split.question
        sides = self.reduced_sides()
        grouped = [self.submit(groups, self.split, first) for first in sides[::2]]
        parts = self.client.gather([self.submit(len, each) for each in grouped])
        sizes = self.client.gather([self.submit(_size, side) for side in sides])
        fronts = [Collector() for _ in range(question.count(question.condition_axes))]
        valid = 0
        shares: dict[Any, tuple[int, float]] = {}
        for step in range(self.report.steps):
            (_, valid_first), (others, valid_second) = sizes[2 * step : 2 * step + 2]
            valid += valid_first * valid_second
            tasks = parts[step] if others else 0
            for part in range(tasks):
                future = self.submit(_combine_part, self.split, grouped[step], sides[2 * step + 1], part)
                shares[future] = (step, 1 / tasks)
            if not tasks:
                self.report.pairs_done(1.0)
        for future in self.completed(list(shares)):
            step, share = shares[future]
            fronts[condition_of(self.split, step)].add(future.result())
            self.report.pairs_done(share)
        return [front.result() for front in fronts], valid

    def reduced_sides(self) -> list[Any]:
        """Futures of the reduced sides: first and second of the first step, then of the next."""
        sides, rows = [], {}
        for step in range(self.report.steps):
            for side in (0, 1):
                chunks = []
                for start, stop in ranges(self.split.question.count(self.split.sides[side]), ROWS_PER_CHUNK):
                    chunks.append(self.submit(side_candidates, self.split, step, side, start, stop))
                    rows[chunks[-1]] = stop - start
                sides.append(self.submit(merge, self.split, chunks))
        for future in self.completed(list(rows)):
            self.report.rows_done(rows[future])
        return sides

    def submit(self, function: Any, *args: Any) -> Any:
        """A task; it may fail and be tried again, because workers come and go."""
        future = self.client.submit(function, *args, pure=False, retries=RETRIES)
        self.submitted.append(future)
        return future

    def completed(self, futures: list[Any]) -> Any:
        """The futures in the order in which they finish."""
        from distributed import as_completed  # noqa: PLC0415 - dask belongs to an extra

        return as_completed(futures)  # type: ignore[no-untyped-call]


def _size(rows: Candidates) -> tuple[int, int]:
    return len(rows), rows.valid


def _combine_part(split: Separation, grouped: list[Candidates], second: Candidates, part: int) -> Candidates | None:
    found = Collector()
    combine(split, grouped[part], second, found)
    return found.result()
