"""The one error tree of the library. Every message names the field, the value, what is allowed and the origin."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LONGEST_QUOTE = 60


class CostModelError(Exception):
    """Base of everything this library raises on purpose.

    Errors pass between processes unchanged and are equal when their problems are.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, self.__dict__)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.args == other.args and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), self.args))


@dataclass(frozen=True)
class Problem:
    """One refused value: dotted field path, the reason (value and allowed range included), and where it came from."""

    field: str
    reason: str
    origin: str = ""

    def __str__(self) -> str:
        text = f"{self.field}: {self.reason}" if self.field else self.reason
        return f"{text} [{self.origin}]" if self.origin else text


class DomainError(CostModelError, ValueError):
    """A value outside its domain. `problems` lists each refused value on its own."""

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem("", problems)
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))

    def at(self, origin: str) -> "DomainError":
        """The same problems with an `origin` (a file, an axis, a URL parameter)."""
        return type(self)(Problem(problem.field, problem.reason, problem.origin or origin) for problem in self.problems)


class PresetError(DomainError):
    """A preset file that is unreadable or invalid."""


class UnknownNameError(CostModelError, LookupError):
    """A name (preset, metric, field path) that does not exist; near matches are listed."""

    def __init__(self, what: str, name: object, known: Iterable[str]) -> None:
        self.known = tuple(known)
        super().__init__(f"unknown {what} {quote(name)}{near_matches(name, self.known)}")


class SearchCancelledError(CostModelError):
    """A search was cancelled; a frontier of a part of the space would not be exact, so none is returned."""


def _restored(kind: type[CostModelError], args: tuple[Any, ...], state: dict[str, Any]) -> CostModelError:
    """An unpickled error, made without its constructor."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


def near_matches(name: object, known: Iterable[str]) -> str:
    """`; did you mean ...?` for the closest known names, or the whole list when it is short, else nothing."""
    known = tuple(known)
    close = difflib.get_close_matches(str(name)[:LONGEST_QUOTE], known, n=3, cutoff=0.6)
    close += [other for other in known if other.endswith(f".{name}")][: 3 - len(close)]
    if close:
        return f"; did you mean {' or '.join(close)}?"
    return f"; known: {', '.join(known)}" if 0 < len(known) <= 24 else ""


def quote(value: object) -> str:
    """`repr` of a refused value, cut so that a hostile value cannot flood a message."""
    if isinstance(value, str):
        text = repr(value[:LONGEST_QUOTE])
        return text if len(value) <= LONGEST_QUOTE else f"{text}... ({len(value):,} characters)"
    if isinstance(value, int) and abs(value) >= 10**LONGEST_QUOTE:
        return "a number of more than 60 digits"
    try:
        text = repr(value)
    except (RecursionError, ValueError):
        return "a value too deep or too large to be shown"
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "..."
