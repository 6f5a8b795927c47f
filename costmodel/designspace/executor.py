"""Executor of search tasks: threads of this process, or the workers of a dask cluster."""

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
from costmodel.designspace.table import Table
from costmodel.errors import SearchCancelledError

Result = TypeVar("Result")
Arguments = tuple[Any, ...]

MOST_THREADS = 4
LOOK_SECONDS = 0.1
"""How often the caller is asked whether to go on while a task runs."""

TASKS_AHEAD = 4
"""Tasks per worker in flight: more would only take memory."""

RETRIES = 3
ROWS_PER_PIECE = 1 << 16


class Executor:
    """Runs pure functions as tasks; `check` is called while waiting and raises where the caller has cancelled.

    Tasks take a `check` of their own by keyword and call it often, so that tasks in threads end soon after the search
    has ended. With a dask.distributed Client tasks run on its cluster, which runs those of a dead worker again; merging
    stays in threads here.
    """

    def __init__(self, check: Checkpoint, client: Any = None) -> None:
        self._check_caller, self._client = check, client
        self._ended = Event()
        self.threads = min(MOST_THREADS, os.cpu_count() or 1)
        self._threads = ThreadPoolExecutor(self.threads)
        self._cluster: Pool | None = None
        self._ahead = TASKS_AHEAD * self.threads
        if client is not None:
            self._cluster = client.get_executor(pure=False, retries=RETRIES)
            self._ahead = TASKS_AHEAD * max(1, sum(client.nthreads().values()))

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
        return self._each(self.start, function, arguments)

    def each_here(self, function: Callable[..., Result], arguments: Iterable[Arguments]) -> Iterator[Result]:
        """As `each`, in threads."""
        return self._each(self.start_here, function, arguments)

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
        """An argument of many tasks, sent to a cluster once, and again when a worker dies."""
        return value if self._client is None else self._client.submit(_same, value, pure=False)

    def share_table(self, table: Table) -> list[Any]:
        """A table as `share`, in pieces of a size that suits a cluster."""
        if self._client is None:
            return [table]
        starts = range(0, max(1, len(table)), ROWS_PER_PIECE)
        return [self.share(table.take(slice(start, start + ROWS_PER_PIECE))) for start in starts]

    def _each(
        self,
        start: Callable[..., "Future[Result]"],
        function: Callable[..., Result],
        arguments: Iterable[Arguments],
    ) -> Iterator[Result]:
        waiting: deque[Future[Result]] = deque()
        for given in arguments:
            if len(waiting) >= self._ahead:
                yield self.result(waiting.popleft())
            waiting.append(start(function, *given))
        while waiting:
            yield self.result(waiting.popleft())

    def _check_ended(self) -> None:
        if self._ended.is_set():
            raise SearchCancelledError("search has ended")


def _same(value: Result) -> Result:
    return value
