"""Axes of a search as people write them: `16..256..16`, `1..8`, or `64, 128, 192`."""

import re

from costmodel.errors import DomainError, Problem
from costmodel.spec import Field

MOST_VALUES = 10_000
LONGEST_AXIS = 1_800

_NUMBER = r"-?[0-9]{1,12}(?:\.[0-9]{1,9})?(?:e[+-]?[0-9]{1,2})?"
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER})(?:\.\.({_NUMBER}))?", re.ASCII)
_ONE = re.compile(_NUMBER, re.ASCII)


def read_axis(path: str, text: str) -> list[int | float]:
    """The values of an axis; DomainError names the axis and what may be written. The library checks each value."""
    text = text.strip()
    span = _RANGE.fullmatch(text) if len(text) <= LONGEST_AXIS else None
    if span:
        low, high, step = (_number(part) for part in (span[1], span[2], span[3] or "1"))
        if step <= 0 or high < low or (high - low) / step >= MOST_VALUES:
            raise DomainError(Problem(path, f"must go up from..to..step in at most {MOST_VALUES:,} values"))
        return [low + index * step for index in range(int((high - low) / step + 1e-9) + 1)]
    parts = [part.strip() for part in text.split(",")] if len(text) <= LONGEST_AXIS else []
    if not parts or not all(_ONE.fullmatch(part) for part in parts):
        raise DomainError(Problem(path, "must be a range such as 16..256..16 or a list such as 64, 128"))
    return [_number(part) for part in parts]


def first_axis(field: Field, value: float | None) -> str:
    """A first range to try: twelve steps from half the present value up, or all choices where there are few."""
    if field.choices:
        return ", ".join(map(str, field.choices))
    if not value:
        return f"{field.low:g}"
    if not field.whole:
        near = (value * factor for factor in (0.5, 0.75, 1, 1.5, 2))
        return ", ".join(f"{each:.6g}".replace("e+", "e") for each in near if field.low <= each <= field.high)
    step = max(1, int(value) // 8)
    low = int(max(field.low, value - step * (value // 2 // step)))
    return f"{low}..{int(min(field.high, low + 12 * step))}..{step}"


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value
