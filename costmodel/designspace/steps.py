"""How a search is cut into chunks, and the loop that runs them in this process."""

from collections.abc import Callable, Iterator

from costmodel.designspace.join import Collector, combine, groups
from costmodel.designspace.query import Separation
from costmodel.designspace.table import Candidates, joined, reduce_candidates, side_candidates
from costmodel.errors import SearchCancelledError

ROWS_PER_CHUNK = 1 << 17
"""Sized so that a chunk takes a fraction of a second and some tens of megabytes."""

Progress = Callable[[float], object]
Cancel = Callable[[], bool]
Fronts = list[Candidates | None]


def ranges(count: int, chunk: int) -> Iterator[tuple[int, int]]:
    """Half-open ranges that cover 0 to `count`."""
    for start in range(0, count, chunk):
        yield start, min(start + chunk, count)


class Report:
    """Passes on the share of the work that is done and asks whether to go on.

    A step of the outer axes counts the same as any other; in a step, reducing the sides counts half when there are two
    of them and everything when there is one.
    """

    def __init__(self, split: Separation, progress: Progress | None, cancel: Cancel | None) -> None:
        question = split.question
        self.progress, self.cancel = progress, cancel
        self.steps = question.count(split.outer)
        self.rows = self.steps * sum(question.count(axes) for axes in split.sides)
        self.reducing = 0.5 if split.sides[1] else 1.0
        self.done = 0.0

    def rows_done(self, rows: int) -> None:
        """So many rows of a side are evaluated and reduced."""
        self._add(self.reducing * rows / self.rows)

    def pairs_done(self, share_of_step: float) -> None:
        """That share of the pairs of one step is put together."""
        self._add((1 - self.reducing) * share_of_step / self.steps)

    def check(self) -> None:
        """SearchCancelledError when the caller no longer wants the answer."""
        if self.cancel is not None and self.cancel():
            raise SearchCancelledError(f"search cancelled at {self.done:.0%}")

    def _add(self, share: float) -> None:
        self.done = min(1.0, self.done + share)
        if self.progress is not None:
            self.progress(self.done)
        self.check()


def run_here(split: Separation, report: Report) -> tuple[Fronts, int]:
    """The frontier of each condition, and how many designs (times conditions) met every relation between fields."""
    question = split.question
    conditions = question.count(question.condition_axes)
    fronts = [Collector() for _ in range(conditions)]
    valid = 0
    for step in range(report.steps):
        first, second = (_reduced_side(split, step, side, report) for side in (0, 1))
        valid += first.valid * second.valid
        if len(first) and len(second):
            found = fronts[condition_of(split, step)]
            for part in groups(split, first):
                combine(split, part, second, found, done=report.pairs_done, share=len(part) / len(first))
        else:
            report.pairs_done(1.0)
    return [front.result() for front in fronts], valid


def condition_of(split: Separation, step: int) -> int:
    """The condition that a step of the outer axes belongs to: conditions are the slowest of them."""
    question = split.question
    return step // (question.count(split.outer) // question.count(question.condition_axes))


def merge(split: Separation, chunks: list[Candidates]) -> Candidates:
    """One side of one step from its chunks."""
    return chunks[0] if len(chunks) == 1 else reduce_candidates(split, joined(chunks))


def _reduced_side(split: Separation, step: int, side: int, report: Report) -> Candidates:
    chunks = []
    for start, stop in ranges(split.question.count(split.sides[side]), ROWS_PER_CHUNK):
        chunks.append(side_candidates(split, step, side, start, stop))
        report.rows_done(stop - start)
    return merge(split, chunks)
