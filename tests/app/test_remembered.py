"""A memory of answers that is bounded in bytes."""

import threading

import numpy as np
import pytest

import costmodel as cm
from app import planning
from app.remembered import Memory, remembered, size_of


def test_size_counts_what_is_inside_once() -> None:
    array = np.zeros(1000)
    assert 8000 <= size_of([array, array]) < 8300
    assert size_of([array, array.copy()]) > 16_000
    assert size_of({"key": ["x" * 5000]}) > 5000


def test_size_counts_values_that_were_computed_and_kept() -> None:
    plan = cm.plan(cm.default_scenario())
    assert size_of(plan) > 5000
    assert size_of((plan, plan)) - size_of((plan,)) < 100


def test_the_oldest_answers_leave_when_the_bytes_are_used_up() -> None:
    memory: Memory[str, bytes] = Memory(10_000)
    for name in "abc":
        memory.get(name, lambda: bytes(3000))
    memory.get("a", lambda: pytest.fail("a is held"))
    memory.get("d", lambda: bytes(3000))
    assert memory.bytes <= 10_000
    made = []
    for name in "acdb":
        memory.get(name, lambda name=name: made.append(name) or bytes(3000))
    assert made == ["b"]


def test_an_answer_larger_than_the_memory_is_not_held() -> None:
    memory: Memory[str, bytes] = Memory(10_000)
    memory.get("small", lambda: bytes(100))
    assert len(memory.get("large", lambda: bytes(20_000))) == 20_000
    assert len(memory) == 1


def test_a_failed_answer_is_asked_for_again() -> None:
    memory: Memory[str, int] = Memory(10_000)
    with pytest.raises(ZeroDivisionError):
        memory.get("a", lambda: 1 // 0)
    assert memory.get("a", lambda: 1) == 1


def test_threads_may_ask_at_once() -> None:
    memory: Memory[int, bytes] = Memory(50_000)

    def ask() -> None:
        for number in range(300):
            assert len(memory.get(number % 37, lambda: bytes(2000))) == 2000

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 < memory.bytes <= 50_000


def test_a_function_is_asked_once_for_equal_arguments() -> None:
    asked = []

    @remembered(10_000)
    def twice(number: int, *, plus: int = 0) -> int:
        asked.append(number)
        return 2 * number + plus

    assert [twice(1), twice(1), twice(1, plus=1), twice(2)] == [2, 2, 3, 4]
    assert asked == [1, 1, 2]


def test_many_rankings_stay_within_their_bytes() -> None:
    for context in range(1024, 1034):
        planning.answer(cm.default_scenario().replace(workload=cm.Workload(context=context)))
    memory = planning.answer.memory
    assert len(memory) >= 10
    assert memory.bytes <= planning.MOST_BYTES
