"""The one error of the importer."""

from typing import NoReturn

from costmodel.errors import DomainError, Problem, quote


class ImportRefusedError(DomainError):
    """A file that cannot be imported exactly. `problems` name the key, its value, why, and what would help."""


def refuse(key: str, value: object, why: str, instead: str = "") -> NoReturn:
    """Refuse the file because of one key. `instead` says what can be done."""
    shown = "" if value is None else f"{quote(value)}: "
    raise ImportRefusedError(Problem(key, f"{shown}{why}{f'; {instead}' if instead else ''}"))
