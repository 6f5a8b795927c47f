"""The text of a compact trace: weighed requests of a day, or of each of its hours, as a link and a file hold them.

    hours joined by `_`, requests of an hour by `,`, and a request's weight, prompt, output and cached tokens by `.`

`30.4096.512,10.800.64_...` begins a day whose first hour has three requests of 4,096 tokens for each of 800.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from costmodel.errors import DomainError, quote
from costmodel.lengths import LONGEST
from costmodel.spec import Choice

Whole = NDArray[np.int64]

NONE = "none"
HOURS = 24
LONGEST_TEXT = 6000
MOST_REQUESTS = 400

_NUMBER = r"(?:0|[1-9][0-9]{0,7})"
_REQUEST = re.compile(rf"{_NUMBER}(?:\.{_NUMBER}){{2,3}}", re.ASCII)


@dataclass(frozen=True)
class TraceText(Choice):
    """A compact trace, or `none`."""

    def allowed(self) -> str:
        """The accepted texts."""
        return f"{NONE}, or weighed requests of 1 or {HOURS} hours: weight.prompt.output or weight.prompt.output.cached"

    def shown(self, value: str) -> str:
        """How many requests it holds."""
        return value if value == NONE else f"{sum(map(len, read_trace_text(value)))} kinds of requests"

    def check(self, value: object) -> str:
        """The text, where it can be read; DomainError with the request that cannot."""
        if value == NONE:
            return NONE
        if not isinstance(value, str):
            raise DomainError(f"{quote(value)} is not allowed; must be {self.allowed()}")
        read_trace_text(value)
        return value

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Title, description and how it is written."""
        pattern, longest = rf"^({NONE}|[0-9.,_]+)$", LONGEST_TEXT
        described = {"title": self.label, "description": self.help}
        return {**described, "type": "string", "pattern": pattern, "maxLength": longest}


def write_trace_text(hours: Sequence[Whole]) -> str:
    """The text of rows of weight, prompt, output and, where they are known, cached tokens, for each hour."""
    return "_".join(",".join(".".join(map(str, row)) for row in hour.tolist()) for hour in hours)


def read_trace_text(text: str) -> list[Whole]:
    """Rows of weight, prompt, output and, where they are known, cached tokens, for each hour or for the whole day.

    DomainError names the hour and request of what is not allowed.
    """
    if len(text) > LONGEST_TEXT:
        raise DomainError(f"is longer than {LONGEST_TEXT:,} characters")
    hours = text.split("_")
    if len(hours) not in (1, HOURS):
        raise DomainError(f"{len(hours)} hours do not make a day; must be {HOURS}, or 1 for requests of the whole day")
    if text.count(",") + len(hours) > MOST_REQUESTS + HOURS:
        raise DomainError(f"has more than {MOST_REQUESTS} requests")
    found = [
        [_request(part, hour, place) for place, part in enumerate(each.split(","), start=1)] if each else []
        for hour, each in enumerate(hours)
    ]
    width = {len(row) for rows in found for row in rows}
    if not width:
        raise DomainError("holds no request; must hold at least one")
    if len(width) > 1:
        raise DomainError("has cached tokens for some requests only; must have them for all or for none")
    if not any(row[0] and row[2] for rows in found for row in rows):
        raise DomainError("decodes nothing; at least one request must have a weight and an output")
    if not found[-1]:
        raise DomainError("has no request in its last hour, which ends the day")
    return [np.array(rows, dtype=np.int64).reshape(len(rows), width.copy().pop()) for rows in found]


def _request(text: str, hour: int, place: int) -> list[int]:
    where = f"request {place} of hour {hour}"
    if not _REQUEST.fullmatch(text):
        raise DomainError(f"{quote(text)} ({where}) is not allowed; must be weight.prompt.output or with .cached")
    row = [int(part) for part in text.split(".")]
    _, prompt, output, *cached = row
    if not 1 <= prompt <= LONGEST or output > LONGEST:
        raise DomainError(f"{quote(text)} ({where}) is not allowed; lengths must be up to {LONGEST:,}, a prompt from 1")
    if cached and cached[0] >= prompt:
        raise DomainError(f"{quote(text)} ({where}) is not allowed; cached tokens must be below the prompt")
    return row
