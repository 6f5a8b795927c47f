"""Exact search of a design space: the Pareto frontier of every condition, with nothing sampled."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from itertools import groupby
from typing import Any

from costmodel.accelerator import Accelerator
from costmodel.designspace.emptied import emptied_by
from costmodel.designspace.executor import Executor
from costmodel.designspace.front import Front
from costmodel.designspace.join import ROWS_KEPT_UNMERGED, join
from costmodel.designspace.merging import COLUMNS_WORTH_BLOCKS, Gathered, front_in_blocks, takes_long
from costmodel.designspace.pareto import Checkpoint, unchecked
from costmodel.designspace.progress import Report
from costmodel.designspace.query import ROWS_PER_BLOCK, Block, Query, Stack
from costmodel.designspace.question import ask
from costmodel.designspace.separation import separate
from costmodel.designspace.space import Space
from costmodel.designspace.table import Table, joined

PAIRS_PER_TASK = 1 << 25
"""An axis step with fewer pairs of rows is one task; a larger one is cut into blocks and parts."""

STEPS_PER_TASK, ROWS_PER_TASK = 16, 1 << 15
"""Axis steps with small tables share a task, so that the overhead of tasks stays small."""

MOST_UNREAD = 1000
"""Conditions without designs whose constraint is still being found: more would only take memory."""

PARTS = 16
"""Parts of a large attention table; fixed, so that every executor keeps the same one of equal designs."""


def search(
    space: Space,
    accelerators: Sequence[str | Accelerator] | None = None,
    *,
    minimise: Sequence[str] = (),
    maximise: Sequence[str] = (),
    where: Sequence[str] = (),
    client: Any = None,
    progress: Callable[[float], object] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Front:
    """Designs that no other design of the space dominates, one frontier for each combination of the condition axes.

    `accelerators` are preset names or Accelerator objects; a space over a scenario brings its own. Attention and FFN
    each go to the one that is cheapest for them. `minimise` and `maximise` are expressions over metrics (`cost`,
    `parameters.active`, `2 * kv_bytes`), `where` are comparisons of such expressions, all of which a design must meet.
    Metrics that differ by accelerator take an id (`single@h20`); their bare names stand for the values that
    `Metric.terms` lists.

    A design is on the frontier when no other one is at least as good in every objective and better in one. Of designs
    with equal objectives one is kept, always the same: the first in axis order, unless another one leaves more room
    under a constraint. The frontier is that of trying every design, but attention and FFN are searched apart and only
    designs that can still matter are combined (docs/decisions/search.md).

    `client` is a dask.distributed Client on whose cluster the tasks run (extra `[distributed]`). `progress` is called
    with the share of the work done, which never falls; `cancel` is asked several times a second: when it returns True,
    SearchCancelledError within two seconds. Raises UnknownNameError (near matches are listed) and DomainError (what is
    refused and why) before anything runs.

    >>> space = Space("step-3", {"attention.0.heads": [32, 64, 128], "ffn.1.top_k": [2, 3, 4]})
    >>> front = search(space, ["h800", "h20"], minimise=["cost"], where=["parameters.active >= 37e9"])
    >>> front.designs
    [{'attention.0.heads': 32, 'ffn.1.top_k': 4}]
    """
    report = Report(progress, cancel)
    report.check()
    query = separate(ask(space, accelerators, minimise, maximise, where))
    with Executor(report.check, client) as executor:
        run = _Run(query, executor, report)
        run.fill()
    report.finish()
    return Front.of(query, run.fronts, run.emptied, space.size - run.valid)


class _Run:
    """One search: its frontiers by condition, and why other conditions have none."""

    def __init__(self, query: Query, executor: Executor, report: Report) -> None:
        self._query, self._executor, self._report = query, executor, report
        self._shared = executor.share(query)
        merging = 0.1 if len(query.question.objectives) < COLUMNS_WORTH_BLOCKS else 0.8
        # Integers may be beyond the range of a float, their quotients are not.
        self._merging = merging * (1 / query.question.conditions)
        self._step = (1 - merging) * (1 / query.steps)
        rows = [query.rows(stack) for stack in Stack]
        self._rows = sum(rows)
        self._is_light = max(rows) <= ROWS_PER_BLOCK and rows[0] * rows[1] <= PAIRS_PER_TASK
        self.fronts: dict[int, Table] = {}
        self.emptied: dict[int, str] = {}
        self.valid = 0

    def fill(self) -> None:
        """Fill the frontiers condition by condition, with memory for one condition at a time."""
        reasons: deque[tuple[int, Future[str]]] = deque()
        for condition, found in groupby(self._designs(), key=self._condition):
            gathered = Gathered(self._executor, Table.minimal, ROWS_KEPT_UNMERGED)
            for _, designs in found:
                gathered.add(designs)
            front = self._front(gathered)
            if len(front):
                self.fronts[condition] = front
            else:
                reasons.append((condition, self._executor.start(emptied_by, self._shared, condition)))
            while reasons and (reasons[0][1].done() or len(reasons) > MOST_UNREAD):
                self._note(*reasons.popleft())
        while reasons:
            self._note(*reasons.popleft())

    def _front(self, gathered: Gathered) -> Table:
        """The frontier of one condition."""
        designs = gathered.result()
        if takes_long(designs):
            return front_in_blocks(designs, self._executor, lambda share: self._report.add(share * self._merging))
        if not (self._is_light and gathered.count == 1):
            designs = self._executor.result(self._executor.start_here(Table.front, designs))
        self._report.add(self._merging)
        return designs

    def _note(self, condition: int, reason: "Future[str]") -> None:
        self.emptied[condition] = self._executor.result(reason)

    def _condition(self, found: tuple[int, Table]) -> int:
        return found[0] // self._query.steps_per_condition

    def _designs(self) -> Iterator[tuple[int, Table]]:
        """Designs that may be on a frontier, with their axis step, in the order of the steps."""
        if not self._is_light:
            for step in range(self._query.steps):
                for designs in self._designs_of_large_step(step):
                    yield step, designs
            return
        alone = self._query.steps_per_condition == 1
        task = _fronts_of_steps if alone or self._executor.is_remote else _designs_of_steps
        size = max(1, min(STEPS_PER_TASK, ROWS_PER_TASK // self._rows, self._query.steps // STEPS_PER_TASK))
        starts = range(0, self._query.steps, size)
        tasks = ((self._shared, start, min(start + size, self._query.steps)) for start in starts)
        for start, several in zip(starts, self._executor.each_light(task, tasks), strict=True):
            for step, designs in enumerate(several, start):
                self.valid += designs.valid
                self._report.add(self._step)
                yield step, designs

    def _designs_of_large_step(self, step: int) -> Iterator[Table]:
        tables = []
        for stack in Stack:
            gathered = Gathered(self._executor, Table.pruned, ROWS_KEPT_UNMERGED)
            blocks = ((self._shared, stack, block) for block in self._query.blocks(stack, step))
            for block, table in zip(
                self._query.blocks(stack, step), self._executor.each(_pruned_block, blocks), strict=True
            ):
                gathered.add(table)
                self._report.add(self._step / 2 * (block.stop - block.start) / self._rows)
            table = gathered.result()
            whole = gathered.count == 1
            tables.append(table if whole else self._executor.result(self._executor.start_here(Table.pruned, table)))
        attention, ffn = tables
        self.valid += attention.valid * ffn.valid
        pieces = self._executor.share_table(ffn)
        parts = attention.parts(PARTS) or [attention]
        found = self._executor.each(_designs_of_part, ((part, *pieces) for part in parts))
        for part, designs in zip(parts, found, strict=True):
            self._report.add(self._step / 2 * len(part) / max(1, len(attention)))
            yield designs


def _designs_of_steps(query: Query, start: int, stop: int, check: Checkpoint = unchecked) -> list[Table]:
    """Designs of some axis steps, from table to join, one table for each step."""
    tables: dict[tuple[Stack, tuple[int, ...]], Table] = {}

    def table(stack: Stack, step: int) -> Table:
        key = stack, query.table_at(stack, step)
        if key not in tables:
            tables[key] = query.table(stack, Block(step, 0, query.rows(stack))).pruned(check)
        return tables[key]

    found = []
    for step in range(start, stop):
        check()
        attention, ffn = (table(stack, step) for stack in Stack)
        designs = join(attention, ffn, check)
        found.append(Table(designs.values, designs.order, attention.valid * ffn.valid))
    return found


def _fronts_of_steps(query: Query, start: int, stop: int, check: Checkpoint = unchecked) -> list[Table]:
    """As `_designs_of_steps`, reduced to the frontier of each step where that does not take long."""
    several = _designs_of_steps(query, start, stop, check)
    return [designs if takes_long(designs) else designs.front(check) for designs in several]


def _pruned_block(query: Query, stack: Stack, block: Block, check: Checkpoint = unchecked) -> Table:
    return query.table(stack, block).pruned(check)


def _designs_of_part(attention: Table, *ffn: Table, check: Checkpoint = unchecked) -> Table:
    return join(attention, joined(ffn), check)
