"""Tasks of a search: bounded ahead, cancelled soon, in order, wherever they run."""

import threading
import time

import pytest

import costmodel as cm
from costmodel.designspace.executor import TASKS_AHEAD, Executor
from costmodel.errors import SearchCancelledError


def never():
    pass


def square(number, check):
    return number * number


def test_results_come_in_order_and_arguments_are_read_as_needed():
    read = []

    def arguments():
        for number in range(1000):
            read.append(number)
            yield (number,)

    with Executor(never) as executor:
        results = executor.each(square, arguments())
        assert [next(results) for _ in range(3)] == [0, 1, 4]
        assert len(read) <= 3 + TASKS_AHEAD * executor.threads + 1
        assert list(results) == [number * number for number in range(3, 1000)]


def test_a_running_task_ends_after_its_search_was_cancelled():
    ended = threading.Event()

    def endless(check):
        try:
            while True:
                check()
                time.sleep(0.001)
        finally:
            ended.set()

    def cancelled():
        raise SearchCancelledError("enough")

    with pytest.raises(SearchCancelledError, match="enough"), Executor(cancelled) as executor:
        executor.result(executor.start(endless))
    assert ended.is_set()


def test_an_error_of_a_task_is_the_error_of_the_search():
    def fails(check):
        raise cm.DomainError("no")

    with pytest.raises(cm.DomainError, match="no"), Executor(never) as executor:
        executor.result(executor.start(fails))


def test_no_thread_outlives_a_search():
    before = set(threading.enumerate())
    space = cm.Space("step-3", {"attention.0.heads": [32, 64], "ffn.1.top_k": [2, 3]})
    cm.search(space, ["h20"], minimise=["cost"])
    with pytest.raises(cm.SearchCancelledError):
        cm.search(space, ["h20"], minimise=["cost"], cancel=lambda: True)
    assert set(threading.enumerate()) <= before
