"""Demand of a day as a few numbers: requests, swing, growth and margins."""

from math import cos, pi
from typing import Annotated

from costmodel.spec import Field, Spec

HOURS = 24
SECONDS_PER_DAY = 86_400


def _number(label: str, low: float, high: float, help_text: str, **more: object) -> Field:
    return Field(label=label, low=low, high=high, whole=False, help=help_text, **more)  # type: ignore[arg-type]


PerDay = Annotated[
    float,
    _number(
        "Requests", 1, 1e12, "Requests a day, mean of the week.", unit="requests/day", scale=1e6, scale_unit="M/day"
    ),
]
Peak = Annotated[
    float, _number("Peak", 1, 2, "Busiest hour over the mean hour; the day swings as a sine. 1: flat. DeepSeek: 1.23.")
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
    peak: Peak = 1.23
    growth: Growth = 0.0
    month: Month = 0
    headroom: Headroom = 0.2
    cold_start: ColdStart = 300.0
    availability: Availability = 0.999
    burstiness: Burstiness = 1.0
    ttft: TtftTarget = None
    ttft_share: TtftShare = 0.99

    @property
    def requests_per_second(self) -> float:
        """Mean of the day in the month asked for."""
        return self.requests_per_day * (1 + self.growth) ** self.month / SECONDS_PER_DAY

    @property
    def shape(self) -> tuple[float, ...]:
        """Multipliers of 24 hours with mean 1: a sine whose crest, the peak, is at noon."""
        swing = self.peak - 1
        return tuple(1 + swing * cos(2 * pi * (hour - HOURS / 2) / HOURS) for hour in range(HOURS))
