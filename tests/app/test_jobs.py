"""Background work: two workers for all, places in the queue, and an end for what nobody waits for."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.jobs import FORGOTTEN_SECONDS, Cancel, Job, JobQueue, Progress
from costmodel import CostModelError, SearchCancelledError

PATIENCE_SECONDS = 30


class Clock:
    """Time that passes when it is asked to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Gate:
    """Work that says when it begins, goes on step by step until it may end, and stops when it should."""

    def __init__(self) -> None:
        self.begun, self.free = threading.Event(), threading.Event()

    def __call__(self, progress: Progress, cancel: Cancel) -> str:
        self.begun.set()
        while not self.free.wait(0.001):
            progress(0.5)
            if cancel():
                raise SearchCancelledError("stopped")
        return "found"


def ended(job: Job[str]) -> Job[str]:
    """The job once it is done."""
    finished = threading.Event()
    job._future.add_done_callback(lambda _: finished.set())
    assert finished.wait(PATIENCE_SECONDS)
    return job


@pytest.fixture
def queue() -> Iterator[JobQueue]:
    found = JobQueue(workers=2, most_waiting=3)
    yield found
    found.close()


def submitted(queue: JobQueue, number: int, clock: Callable[[], float]) -> tuple[list[Gate], list[Job[str]]]:
    gates = [Gate() for _ in range(number)]
    jobs = [Job(gate, clock) for gate in gates]
    for job in jobs:
        queue.submit(job)
    for gate in gates[:2]:
        assert gate.begun.wait(PATIENCE_SECONDS)
    return gates, jobs


def test_two_searches_run_and_the_others_have_a_place(queue: JobQueue) -> None:
    gates, jobs = submitted(queue, 4, Clock())
    assert [queue.place(job) for job in jobs] == [0, 0, 1, 2]
    assert [job.waiting for job in jobs] == [False, False, True, True]
    assert not gates[2].begun.is_set()
    gates[0].free.set()
    assert gates[2].begun.wait(PATIENCE_SECONDS)
    assert ended(jobs[0]).result == "found"
    assert queue.place(jobs[3]) == 1
    for gate in gates:
        gate.free.set()
    assert [ended(job).result for job in jobs] == ["found"] * 4


def test_a_search_nobody_looks_at_is_cancelled(queue: JobQueue) -> None:
    clock = Clock()
    gates, jobs = submitted(queue, 3, clock)
    clock.now = FORGOTTEN_SECONDS - 1
    jobs[1].look()
    jobs[2].look()
    clock.now = FORGOTTEN_SECONDS + 1
    assert ended(jobs[0]).cancelled
    assert jobs[0].forgotten
    assert gates[2].begun.wait(PATIENCE_SECONDS)
    assert not jobs[1].done


def test_a_forgotten_search_leaves_the_queue(queue: JobQueue) -> None:
    clock = Clock()
    gates, jobs = submitted(queue, 4, clock)
    clock.now = FORGOTTEN_SECONDS + 1
    for job in (jobs[0], jobs[1], jobs[3]):
        job.look()
    assert queue.place(jobs[3]) == 1
    for gate in gates:
        gate.free.set()
    assert ended(jobs[2]).cancelled
    assert not gates[2].begun.is_set()
    assert ended(jobs[3]).result == "found"


def test_cancel_stops_a_running_and_a_waiting_search(queue: JobQueue) -> None:
    gates, jobs = submitted(queue, 3, Clock())
    jobs[2].cancel()
    jobs[0].cancel()
    assert ended(jobs[0]).cancelled
    assert jobs[2].cancelled
    assert (jobs[0].result, jobs[0].error) == (None, "")
    gates[1].free.set()
    assert ended(jobs[1]).result == "found"
    assert not gates[2].begun.is_set()


def test_a_search_beyond_the_queue_is_refused_with_the_reason(queue: JobQueue) -> None:
    _, jobs = submitted(queue, 6, Clock())
    assert jobs[5].done
    assert jobs[5].error == "3 searches wait already; try again in a minute"
    assert not any(job.done for job in jobs[:5])


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (CostModelError("no such axis"), "no such axis"),
        (ZeroDivisionError("division by zero"), "unexpected ZeroDivisionError: division by zero"),
        (MemoryError(), "it needs more memory than this machine has; narrow the axes"),
        (SystemExit(), "unexpected SystemExit: "),
    ],
)
def test_any_exception_becomes_the_error_of_the_job(raised: BaseException, told: str, queue: JobQueue) -> None:
    def fails(progress: Progress, cancel: Cancel) -> str:
        raise raised

    for _ in range(3):
        job = Job(fails)
        queue.submit(job)
        assert ended(job).error == told
        assert (job.result, job.cancelled) == (None, False)


def test_the_time_left_never_grows() -> None:
    clock = Clock()
    shown = []

    def steps(progress: Progress, cancel: Cancel) -> str:
        for now, share in ((1.0, 0.005), (2.0, 0.5), (3.0, 0.51), (4.0, 0.9)):
            clock.now = now
            progress(share)
            shown.append(job.seconds_left)
        return "found"

    job: Job[str] = Job(steps, clock)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(job.run).result()
    # The third step is slower than the second foretold: no estimate at all is better than a wrong one.
    assert shown == [None, pytest.approx(2.0), None, pytest.approx(4 / 9)]
    assert (job.result, job.seconds) == ("found", 4.0)


def test_closing_the_queue_ends_every_job(queue: JobQueue) -> None:
    _, jobs = submitted(queue, 4, Clock())
    queue.close()
    assert [ended(job).cancelled for job in jobs] == [True] * 4
