"""Numbers as text that reads back to the same number: what links and scenario files are written in."""

import re
from typing import Any

from costmodel.errors import DomainError, quote
from costmodel.spec import Choice, Field

NONE = "none"
_WHOLE = re.compile(r"-?[0-9]{1,30}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", re.ASCII)


def write(value: Any) -> str:
    """Shortest text that reads back exactly; an empty optional field is `none`."""
    if value is None:
        return NONE
    if isinstance(value, float):
        digits = next(text for text in (f"{value:.{n}g}" for n in range(1, 18)) if float(text) == value)
        return digits.replace("e+", "e")
    return str(value)


def read(mark: Field | Choice, text: str) -> Any:
    """The value of a field from its text, checked; DomainError says what is allowed."""
    if isinstance(mark, Choice):
        return mark.check(text)
    if mark.optional and text == NONE:
        return None
    if _WHOLE.fullmatch(text):
        return mark.check(int(text) if mark.whole else float(text))
    if not mark.whole and _NUMBER.fullmatch(text):
        return mark.check(float(text))
    raise DomainError(f"{quote(text)} is not allowed; must be {mark.allowed()}")
