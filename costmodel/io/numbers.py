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
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        digits = next(text for text in (f"{value:.{n}g}" for n in range(1, 18)) if float(text) == value)
        return digits.replace("e+", "e")
    return str(value)


def read(field: Field | Choice, text: str) -> Any:
    """The value of a field from its text, checked; DomainError says what is allowed."""
    if isinstance(field, Choice):
        return field.check(text)
    if field.optional and text == NONE:
        return None
    if _WHOLE.fullmatch(text):
        return field.check(int(text) if field.whole else float(text))
    if not field.whole and _NUMBER.fullmatch(text):
        return field.check(float(text))
    raise DomainError(f"{quote(text)} is not allowed; must be {field.allowed()}")
