"""A memory of answers that is bounded in bytes: one answer may be as large as a thousand others."""

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np

MEGABYTE = 1_000_000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
P = ParamSpec("P")


def size_of(value: object) -> int:
    """Bytes of a value and of everything inside it [byte], each object counted once."""
    seen: set[int] = set()
    total, pending = 0, [value]
    while pending:
        item = pending.pop()
        if id(item) in seen or isinstance(item, type):
            continue
        seen.add(id(item))
        total += item.nbytes if isinstance(item, np.ndarray) else sys.getsizeof(item, 0)
        pending += _inside(item)
    return total


class Memory(Generic[K, V]):
    """The answers used last, as many as fit into some bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()
        self.bytes = 0

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The answer that is held, or the one that `make` gives; one larger than the memory is not held."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key][0]
        value = make()
        weight = size_of((key, value))
        with self._lock:
            if key not in self._held and weight <= self._most:
                self._held[key] = value, weight
                self.bytes += weight
            while self.bytes > self._most:
                self.bytes -= self._held.popitem(last=False)[1][1]
        return value

    def __len__(self) -> int:
        return len(self._held)


def remembered(most_bytes: int) -> Callable[[Callable[P, V]], Callable[P, V]]:
    """Remember the answers of a function of hashable arguments, as many as fit into `most_bytes`."""

    def decorated(function: Callable[P, V]) -> Callable[P, V]:
        memory: Memory[Any, V] = Memory(most_bytes)

        @wraps(function)
        def answer(*args: P.args, **kwargs: P.kwargs) -> V:
            key = (args, tuple(sorted(kwargs.items())))
            return memory.get(key, lambda: function(*args, **kwargs))

        answer.memory = memory  # type: ignore[attr-defined]
        return answer

    return decorated


def _inside(item: object) -> Iterable[object]:
    """The objects that an object holds."""
    if isinstance(item, str | bytes | int | float | np.ndarray):
        return ()
    if isinstance(item, Mapping):
        return (*item.keys(), *item.values())
    if isinstance(item, list | tuple | set | frozenset):
        return item
    # Properties that were computed and kept lie in the same dictionary.
    return (vars(item),) if hasattr(item, "__dict__") else ()
