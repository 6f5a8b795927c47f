"""Demand of a day as a few numbers: requests, the course over its hours, growth and margins."""

import re
from dataclasses import dataclass
from math import cos, pi
from typing import Annotated

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from costmodel.errors import DomainError, quote
from costmodel.spec import Choice, Field, Spec
from costmodel.trace_text import NONE, TraceText

HOURS = 24
SECONDS_PER_DAY = 86_400

SINE, FLAT = "sine", "flat"
LARGEST_HOUR = 1e12
LONGEST_TEXT = 1000

_SEPARATOR = re.compile(r"[\s,;]+")
_NUMBER = re.compile(r"[0-9]{1,13}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?", re.ASCII)


@dataclass(frozen=True)
class DayShape(Choice):
    """A course of the day: one with a name, or 24 numbers as text, requests of each hour from midnight in any unit.

    Numbers are separated by commas, semicolons or blanks and kept with commas. Only their ratio counts: what a day
    amounts to is another field.
    """

    def allowed(self) -> str:
        """The accepted texts."""
        return f"{' or '.join(self.choices)}, or {HOURS} numbers from 0, one an hour, not all of them 0"

    def shown(self, value: str) -> str:
        """The name, or that the numbers are one's own."""
        return value if value in self.choices else "own hours"

    def check(self, value: object) -> str:
        """The name, or the numbers with commas between them; DomainError for hours that do not make a day."""
        if isinstance(value, str) and value in self.choices:
            return value
        if not isinstance(value, str) or len(value) > LONGEST_TEXT or not value.strip():
            raise DomainError(f"{quote(value)} is not allowed; must be {self.allowed()}")
        parts = _SEPARATOR.split(value.strip().strip(",;").strip())
        for hour, part in enumerate(parts):
            if not _NUMBER.fullmatch(part) or float(part) > LARGEST_HOUR:
                raise DomainError(
                    f"{quote(part)} at place {hour + 1} is not allowed; must be a number from 0 to {LARGEST_HOUR:.0e} "
                    f"({self.allowed()})"
                )
        if len(parts) != HOURS:
            raise DomainError(f"{len(parts)} hours do not make a day; must be {self.allowed()}")
        if not any(map(float, parts)):
            raise DomainError("all hours are 0; at least one must have requests")
        return ",".join(parts)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Title, description and how it is written."""
        numbers = rf"[0-9.eE+-]+(,[0-9.eE+-]+){{{HOURS - 1}}}"
        pattern = f"^({'|'.join(self.choices)}|{numbers})$"
        return {"title": self.label, "description": self.help, "type": "string", "pattern": pattern}


def _number(label: str, low: float, high: float, help_text: str, **more: object) -> Field:
    return Field(label=label, low=low, high=high, whole=False, help=help_text, **more)  # type: ignore[arg-type]


PerDay = Annotated[
    float,
    _number(
        "Requests", 1, 1e12, "Requests a day, mean of the week.", unit="requests/day", scale=1e6, scale_unit="M/day"
    ),
]
Shape = Annotated[
    str,
    DayShape(
        label="Course of the day",
        choices=(SINE, FLAT),
        help="sine: swings around the mean up to the peak. flat: every hour alike. Or 24 numbers, the requests of each "
        "hour from midnight in any unit: only their ratio counts.",
    ),
]
Peak = Annotated[
    float, _number("Peak over mean", 1, 2, "Busiest hour over the mean hour of a sine. 1: flat. DeepSeek: 1.23.")
]
TraceOfDay = Annotated[
    str,
    TraceText(
        label="Request trace",
        choices=(NONE,),
        help="Requests of a trace by hour, as `compact_trace` writes them: they bring lengths, hits and the course of "
        "the day in place of the request, its hit rate and the shape.",
    ),
]
Growth = Annotated[
    float, _number("Growth", -0.9, 10, "Growth of requests per month.", scale=0.01, scale_unit="% per month")
]
Month = Annotated[int, Field(label="Month", unit="months", low=0, high=120, help="Months of growth to size for.")]
Headroom = Annotated[float, _number("Headroom", 0, 10, "Capacity above demand.", scale=0.01, scale_unit="%")]
ColdStart = Annotated[
    float, _number("Cold start", 0, 86_400, "Time until a new server serves: capacity runs ahead by it.", unit="s")
]
Availability = Annotated[
    float,
    _number(
        "Availability",
        0,
        1 - 1e-9,
        "Share of time that each pool has all servers it needs; spares make it so. 0: no spares.",
        scale=0.01,
        scale_unit="%",
    ),
]
Burstiness = Annotated[
    float, _number("Burstiness", 0, 20, "Deviation over mean of the time between arrivals; 1: Poisson.")
]
TtftTarget = Annotated[
    float | None,
    _number(
        "TTFT",
        1e-3,
        3600,
        "Time to first token that is owed. Empty: prefill follows throughput alone.",
        unit="s",
        optional=True,
    ),
]
TtftShare = Annotated[
    float,
    _number("TTFT share", 0, 0.9999, "Share of requests whose wait is within the TTFT.", scale=0.01, scale_unit="%"),
]


class DailyDemand(Spec):
    """Requests over a day and what capacity must have beyond them."""

    requests_per_day: PerDay = 1e7
    shape: Shape = SINE
    peak: Peak = 1.23
    growth: Growth = 0.0
    month: Month = 0
    headroom: Headroom = 0.2
    cold_start: ColdStart = 300.0
    availability: Availability = 0.999
    burstiness: Burstiness = 1.0
    ttft: TtftTarget = None
    ttft_share: TtftShare = 0.99
    trace: TraceOfDay = NONE

    @property
    def requests_per_second(self) -> float:
        """Mean of the day in the month asked for."""
        return self.requests_per_day * (1 + self.growth) ** self.month / SECONDS_PER_DAY

    @property
    def multipliers(self) -> tuple[float, ...]:
        """Requests of 24 hours over the mean hour. The crest of a sine, the peak, is at noon."""
        if self.shape == FLAT:
            return (1.0,) * HOURS
        if self.shape == SINE:
            swing = self.peak - 1
            return tuple(1 + swing * cos(2 * pi * (hour - HOURS / 2) / HOURS) for hour in range(HOURS))
        hours = [float(part) for part in self.shape.split(",")]
        mean = sum(hours) / HOURS
        return tuple(each / mean for each in hours)
