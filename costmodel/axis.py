"""The values of one axis of a sweep or a search, checked one by one before they become an array."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.errors import DomainError, Problem, quote
from costmodel.spec import Choice, Field, check_elements


def axis_values(path: str, values: Iterable[Any], field: Field | Choice) -> NDArray[Any]:
    """The values in the order given; DomainError names an axis that is empty, repeats a value or holds a bad one."""
    origin = f"axis {path}"
    listed = [item.item() if isinstance(item, np.generic) else item for item in list_of_values(path, values)]
    if not listed:
        raise DomainError(Problem(path, "axis is empty; must hold at least one value", origin))
    for value in listed:
        if isinstance(value, Iterable) and not isinstance(value, str):
            raise DomainError(Problem(path, f"{quote(value)} is not allowed; must be one value", origin))
        try:
            check_elements(path, field, value)
        except DomainError as error:
            raise error.at(origin) from None
    if len(set(listed)) != len(listed):
        raise DomainError(Problem(path, "axis holds a value twice", origin))
    return np.asarray(listed)


def list_of_values(path: str, values: Iterable[Any]) -> Sequence[Any]:
    """The values, read once: a generator must give the same axis at every later look."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise DomainError(Problem(path, f"{quote(values)} is not allowed; must be a list of values", f"axis {path}"))
    return values if isinstance(values, range) else list(values)
