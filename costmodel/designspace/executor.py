"""Where the tasks of a search run: in threads of this process, or on the workers of a dask cluster."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor as Pool
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from threading import Event
from types import TracebackType
from typing import Any, Self, TypeVar

from costmodel.designspace.pareto import Checkpoint
from costmodel.designspace.table import Table, joined
from costmodel.errors import SearchCancelledError

Result = TypeVar("Result")
Arguments = tuple[Any, ...]

MOST_THREADS = 4
LOOK_SECONDS = 0.1
"""How often the caller is asked whether to go on while a task runs."""

TASKS_AHEAD = 4
"""Tasks per worker that are handed out before the first of them is back: more would only take memory."""

RETRIES = 3
ROWS_PER_PIECE = 1 << 16


class Executor:
    """Runs pure functions as tasks; `check` is called while waiting and raises where the caller has cancelled.

    Tasks take a `check` of their own by keyword and call it now and then, so that those which run in threads end soon
    after the search has ended. With a dask.distributed Client tasks run on its cluster, where those of a worker that
    dies run again elsewhere; merging stays in threads here.
    """

    def __init__(self, check: Checkpoint, client: Any = None) -> None:
        self._check_caller, self._client = check, client
        self._ended = Event()
        threads = min(MOST_THREADS, os.cpu_count() or 1)
        self._threads = ThreadPoolExecutor(threads)
        self._cluster: Pool | None = None
        if client is not None:
            self._cluster = client.get_executor(pure=False, retries=RETRIES)
            threads = sum(client.nthreads().values())
        self._ahead = TASKS_AHEAD * max(1, threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._threads.shutdown(cancel_futures=True)
        if self._cluster is not None:
            self._cluster.shutdown(wait=False)

    @property
    def is_remote(self) -> bool:
        """True where results travel between processes."""
        return self._cluster is not None

    def each(self, function: Callable[..., Result], arguments: Iterable[Arguments]) -> Iterator[Result]:
        """The results of a task for each set of arguments, in their order; arguments are read as workers get free."""
        waiting: deque[Future[Result]] = deque()
        for given in arguments:
            if len(waiting) >= self._ahead:
                yield self.result(waiting.popleft())
            waiting.append(self.start(function, *given))
        while waiting:
            yield self.result(waiting.popleft())

    def each_light(self, function: Callable[..., Result], arguments: Iterable[Arguments]) -> Iterator[Result]:
        """As `each` on a cluster; else one after another here: threads with small arrays only wait for each other."""
        if self._cluster is not None:
            yield from self.each(function, arguments)
        else:
            for given in arguments:
                yield function(*given, check=self._check_caller)

    def start(self, function: Callable[..., Result], *arguments: Any) -> "Future[Result]":
        """Begin one task, on the cluster where there is one."""
        if self._cluster is None:
            return self.start_here(function, *arguments)
        return self._cluster.submit(function, *arguments)

    def start_here(self, function: Callable[..., Result], *arguments: Any) -> "Future[Result]":
        """Begin one task in a thread."""
        return self._threads.submit(partial(function, check=self._check_ended), *arguments)

    def result(self, task: "Future[Result]") -> Result:
        """The result of a task, once it is there."""
        self._check_caller()
        while not task.done():
            wait([task], timeout=LOOK_SECONDS)
            self._check_caller()
        return task.result()

    def share(self, value: Any) -> Any:
        """Something that many tasks take, sent to a cluster once; it can be sent again when a worker dies."""
        return value if self._client is None else self._client.submit(_same, value, pure=False)

    def share_table(self, table: Table) -> list[Any]:
        """A table as `share`, in pieces that a cluster takes well."""
        if self._client is None:
            return [table]
        starts = range(0, max(1, len(table)), ROWS_PER_PIECE)
        return [self.share(table.take(slice(start, start + ROWS_PER_PIECE))) for start in starts]

    def _check_ended(self) -> None:
        if self._ended.is_set():
            raise SearchCancelledError("search has ended")


class Gathered:
    """Tables that arrive one by one, reduced in a thread whenever many rows have gathered."""

    def __init__(self, executor: Executor, reduce: Callable[..., Table], most_rows: int) -> None:
        self._executor, self._reduce, self._most_rows = executor, reduce, most_rows
        self._reduced: Future[Table] | None = None
        self._tables: list[Table] = []
        self._kept = self._fresh = 0

    def add(self, table: Table) -> None:
        """Take in one more."""
        self._tables.append(table)
        self._fresh += len(table)
        if self._fresh > max(self._most_rows, self._kept):
            tables = self._all()
            self._kept = len(tables[0])
            self._reduced = self._executor.start_here(self._reduce, joined(tables))
            self._tables, self._fresh = [], 0

    def result(self, reduce: Callable[..., Table]) -> Table:
        """All of them, reduced; a single one as it came."""
        tables = self._all()
        if len(tables) == 1 and self._reduced is None:
            return tables[0]
        return self._executor.result(self._executor.start_here(reduce, joined(tables)))

    def _all(self) -> list[Table]:
        return self._tables if self._reduced is None else [self._executor.result(self._reduced), *self._tables]


def _same(value: Result) -> Result:
    return value
