"""Background work of all visitors: two workers, a queue with places, and nothing that nobody waits for any more."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from costmodel import CostModelError, SearchCancelledError

WORKERS = 2
MOST_WAITING = 32
SLOWER = 1.25
"""Estimates of the time left that grow by more than this factor are not shown."""

FORGOTTEN_SECONDS = 10.0
"""Work that no page has asked about for so long is cancelled: its tab was closed, or shows something else."""

T = TypeVar("T")
Progress = Callable[[float], object]
Cancel = Callable[[], bool]
Work = Callable[[Progress, Cancel], T]
"""Work calls the first argument with the share that is done, and ends with SearchCancelledError once the second one
returns True.
"""


class QueueFullError(CostModelError):
    """More work waits than a visitor would wait for."""


class Job(Generic[T]):
    """One piece of work in the queue: how far it is, what it gave, and why it gave nothing."""

    def __init__(self, work: Work[T], clock: Callable[[], float] = time.monotonic) -> None:
        self._work, self._clock = work, clock
        self._future: Future[T] = Future()
        self._stop = threading.Event()
        self._seen = clock()
        self._started: float | None = None
        self._left: float | None = None
        self.seconds = 0.0
        self.share = 0.0

    def look(self) -> None:
        """Say that a page still shows this job."""
        self._seen = self._clock()

    def cancel(self) -> None:
        """Leave the queue, or stop at the next step."""
        self._stop.set()
        self._future.cancel()

    def drop_forgotten(self) -> None:
        """Leave the queue if no page looks at it any more; a job at work notices by itself."""
        if self.waiting and self.forgotten:
            self._future.cancel()

    @property
    def forgotten(self) -> bool:
        """Whether no page has looked at it for `FORGOTTEN_SECONDS`."""
        return self._clock() - self._seen > FORGOTTEN_SECONDS

    @property
    def waiting(self) -> bool:
        """In the queue, not at work yet."""
        return self._started is None and not self.done

    @property
    def done(self) -> bool:
        """Finished, failed or cancelled."""
        return self._future.done()

    @property
    def cancelled(self) -> bool:
        """Ended before it gave anything, because it was asked to or forgotten."""
        return self._future.cancelled() or isinstance(self._exception, SearchCancelledError)

    @property
    def stopped_unseen(self) -> bool:
        """Cancelled because no page looked at it, not because it was asked to end."""
        return self.cancelled and not self._stop.is_set()

    @property
    def result(self) -> T | None:
        """What the work gave; None while it is not done, and where it gave nothing."""
        failed = not self.done or self._future.cancelled() or self._exception is not None
        return None if failed else self._future.result()

    @property
    def error(self) -> str:
        """Why the work failed; empty where it did not."""
        error = self._exception
        if error is None or self.cancelled:
            return ""
        if isinstance(error, MemoryError):
            return "it needs more memory than this machine has; narrow the axes"
        return str(error) if isinstance(error, CostModelError) else f"unexpected {type(error).__name__}: {error}"

    @property
    def seconds_left(self) -> float | None:
        """Time left at the pace so far [s], which never grows; None before there is a pace, and while the search is
        slower than it was.
        """
        if self._started is None or self.share <= 0.01:
            return None
        left = self.seconds_run * (1 - self.share) / self.share
        if self._left is not None and left > self._left * SLOWER:
            return None
        self._left = left if self._left is None else min(self._left, left)
        return self._left

    @property
    def seconds_run(self) -> float:
        """Time at work so far [s]."""
        return 0.0 if self._started is None else self._clock() - self._started

    @property
    def _exception(self) -> BaseException | None:
        return self._future.exception() if self.done and not self._future.cancelled() else None

    def run(self) -> None:
        """Do the work in this thread; whatever it raises becomes the job's error."""
        if not self._future.set_running_or_notify_cancel():
            return
        self._started = self._clock()
        try:
            result = self._wanted_work()
        except BaseException as error:
            if not isinstance(error, CostModelError | MemoryError):
                logging.getLogger(__name__).exception("background work failed")
            self.seconds = self._clock() - self._started
            # Frames of a traceback would keep the arrays of a failed search alive.
            self._future.set_exception(error.with_traceback(None))
        else:
            self.seconds = self._clock() - self._started
            self._future.set_result(result)

    def fail(self, error: CostModelError) -> None:
        """End before the work has begun."""
        self._future.set_exception(error)

    def _wanted_work(self) -> T:
        if self._unwanted():
            raise SearchCancelledError("cancelled in the queue")
        return self._work(self._progress, self._unwanted)

    def _unwanted(self) -> bool:
        return self._stop.is_set() or self.forgotten

    def _progress(self, share: float) -> None:
        self.share = share


class JobQueue:
    """Jobs in the order in which they came, a few at a time."""

    def __init__(self, workers: int = WORKERS, most_waiting: int = MOST_WAITING) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="search")
        self._lock = threading.Lock()
        self._jobs: list[Job[Any]] = []
        self._most_waiting = most_waiting

    def submit(self, job: Job[Any]) -> None:
        """Put a job at the end; it fails at once where too many wait already."""
        with self._lock:
            for each in self._jobs:
                each.drop_forgotten()
            if sum(each.waiting for each in self._jobs) >= self._most_waiting:
                job.fail(QueueFullError(f"{self._most_waiting} searches wait already; try again in a minute"))
                return
            self._jobs.append(job)
        self._threads.submit(self._work, job)

    def place(self, job: Job[Any]) -> int:
        """Place in the queue, 1 for the next; 0 for a job that is at work or done."""
        with self._lock:
            if job not in self._jobs or not job.waiting:
                return 0
            before = self._jobs[: self._jobs.index(job)]
        return 1 + sum(each.waiting and not each.forgotten for each in before)

    def close(self) -> None:
        """Cancel everything: the server is about to end."""
        with self._lock:
            for job in self._jobs:
                job.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _work(self, job: Job[Any]) -> None:
        try:
            job.run()
        finally:
            with self._lock:
                self._jobs.remove(job)


SEARCHES = JobQueue()
"""The queue of this server."""
