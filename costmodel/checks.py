"""Checks of the plain numbers that functions take: one clear error with argument, value and allowed range."""

import numpy as np
from numpy.typing import NDArray

from costmodel.errors import DomainError, Problem, quote
from costmodel.units import Numeric


def check_range(
    name: str,
    value: Numeric,
    low: float,
    high: float = np.inf,
    *,
    above: bool = False,
    below: float = np.inf,
) -> Numeric:
    """`value` when every element is finite and from `low` (above it, where asked) to `high`, and less than `below`."""
    numbers = _numbers(name, value)
    kept = (numbers > low if above else numbers >= low) & (numbers <= high) & (numbers < below)
    if not np.all(kept):
        start = f"above {low:g}" if above else f"from {low:g}"
        end = f" to below {below:g}" if np.isfinite(below) else f" to {high:g}" if np.isfinite(high) else ""
        raise DomainError(Problem(name, f"{quote(value)} is not allowed; must be {start}{end}"))
    return value


def check_whole(name: str, value: Numeric, low: int = 0) -> Numeric:
    """`value` when every element is a whole number from `low`; else DomainError."""
    numbers = _numbers(name, value)
    if not np.all((numbers >= low) & np.isfinite(numbers) & (numbers == np.floor(numbers))):
        raise DomainError(Problem(name, f"{quote(value)} is not allowed; must be whole numbers from {low}"))
    return value


def _numbers(name: str, value: Numeric) -> NDArray[np.float64]:
    """The elements as float; DomainError for text and truth values, which NumPy would read as numbers."""
    if np.asarray(value).dtype.kind in "USb":
        raise DomainError(Problem(name, f"{quote(value)} is not allowed; must be a number"))
    return np.asarray(value, dtype=float)
