"""Demand on a fleet: requests over the day, their lengths, growth, and margins."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from costmodel.daily_demand import SECONDS_PER_DAY
from costmodel.errors import DomainError, Problem
from costmodel.fleets.compact_traces import trace_of_text
from costmodel.lengths import MOST_CV, Lengths
from costmodel.scenario import Scenario
from costmodel.spec import Field, Rule, Spec
from costmodel.trace import Trace
from costmodel.trace_text import NONE
from costmodel.units import Numeric

Floats = NDArray[np.float64]

HOURS_PER_DAY = 24
SLOTS = (24, 96)
"""Slots that make a day: hours or quarters of an hour."""


def _length(name: str, low: float) -> Field:
    return Field(
        label=f"Mean {name}",
        unit="tokens",
        low=low,
        high=10_000_000,
        whole=False,
        optional=True,
        help=f"Mean {name} length of a request. Empty: from the trace.",
    )


def _spread(name: str) -> Field:
    help_text = f"Deviation over mean of the {name} length; 0: all alike."
    return Field(label=f"{name.capitalize()} spread", low=0, high=MOST_CV, whole=False, help=help_text)


Arrivals = Annotated[
    float | None,
    Field(
        label="Requests",
        unit="requests/s",
        low=1e-6,
        high=1e7,
        whole=False,
        optional=True,
        help="Requests per second, mean over the day. Empty: those of the trace.",
    ),
]
Prompt = Annotated[float | None, _length("prompt", 1)]
Output = Annotated[float | None, _length("output", 1)]
PromptCv = Annotated[float, _spread("prompt")]
OutputCv = Annotated[float, _spread("output")]
HitRate = Annotated[
    float | None,
    Field(
        label="Hit rate",
        low=0,
        high=0.9999,
        whole=False,
        optional=True,
        help="Share of prompt tokens found in the prefix cache. An unknown hit rate is not 0.",
    ),
]
Multiplier = Annotated[
    float, Field(label="Multiplier", low=0, high=1000, whole=False, help="Requests of a slot over the daily mean.")
]
Growth = Annotated[
    float, Field(label="Growth", low=-0.9, high=10, whole=False, help="Growth of requests per month: 0.05 is 5 %.")
]
Month = Annotated[int, Field(label="Month", unit="months", low=0, high=120, help="Months of growth to size for.")]
Headroom = Annotated[
    float, Field(label="Headroom", low=0, high=10, whole=False, help="Capacity above demand: 0.2 is 20 % more.")
]
ColdStart = Annotated[
    float,
    Field(
        label="Cold start",
        unit="s",
        low=0,
        high=86_400,
        whole=False,
        help="Time until a new server serves: capacity is there that much ahead of demand.",
    ),
]
Availability = Annotated[
    float,
    Field(
        label="Availability",
        low=0,
        high=1 - 1e-9,
        whole=False,
        help="Share of time that each pool has all servers it needs; spares make it so. 0: no spares.",
    ),
]
ArrivalCv = Annotated[
    float,
    Field(
        label="Burstiness",
        low=0,
        high=20,
        whole=False,
        help="Deviation over mean of the time between arrivals; 1: Poisson.",
    ),
]
TtftTarget = Annotated[
    float | None,
    Field(
        label="TTFT",
        unit="s",
        low=1e-3,
        high=3600,
        whole=False,
        optional=True,
        help="Time to first token that a request of mean length keeps. Empty: prefill is sized by throughput alone.",
    ),
]
TtftShare = Annotated[
    float,
    Field(label="TTFT share", low=0, high=0.9999, whole=False, help="Share of requests whose wait is within the TTFT."),
]


class Demand(Spec):
    """Requests to serve: from their mean and spread, or from a trace; over a day of 24 or 96 slots.

    With a trace and no `shape`, the trace's own course is the day, stretched to 24 hours: rates and lengths change with
    it. Otherwise `shape` multiplies the mean rate, and lengths are the same all day.
    """

    requests_per_second: Arrivals = None
    prompt: Prompt = None
    prompt_cv: PromptCv = 0.0
    output: Output = None
    output_cv: OutputCv = 0.0
    hit_rate: HitRate = None
    trace: Trace | None = None
    shape: tuple[Multiplier, ...] = ()
    growth: Growth = 0.0
    month: Month = 0
    headroom: Headroom = 0.0
    cold_start_seconds: ColdStart = 0.0
    availability: Availability = 0.0
    arrival_cv: ArrivalCv = 1.0
    ttft: TtftTarget = None
    ttft_share: TtftShare = 0.99

    def rules(self) -> Iterable[Rule]:
        """Lengths and rates come from one place, hits are known, and the slots make a day of mean 1."""
        given = {"prompt": self.prompt, "output": self.output}
        if self.trace is None:
            yield Rule(None not in given.values(), "prompt and output must be given, or a trace", given)
            values = {"requests_per_second": self.requests_per_second}
            yield Rule(self.requests_per_second is not None, "requests_per_second must be given, or a trace", values)
        else:
            yield Rule(set(given.values()) == {None}, "prompt and output are those of the trace", given)
            timed = self.trace.arrival is not None
            yield Rule(
                timed or (self.requests_per_second is not None and len(self.shape) > 0),
                "a trace without arrivals needs requests_per_second and a shape",
                {"requests_per_second": self.requests_per_second, "shape": len(self.shape)},
            )
        known = self.trace is not None and self.trace.cached is not None
        yield Rule(
            known != (self.hit_rate is not None),
            "hit_rate must be given where the trace has no hits, and only there: an unknown one is not 0",
            {"hit_rate": self.hit_rate},
        )
        if self.shape:
            yield Rule(len(self.shape) in SLOTS, "shape must have 24 or 96 slots", {"slots": len(self.shape)})
            mean = sum(self.shape) / len(self.shape)
            yield Rule(abs(mean - 1) < 1e-6, "shape must have a mean of 1", {"mean": mean})

    @classmethod
    def of(cls, scenario: Scenario, trace: Trace | None = None) -> "Demand":
        """The demand of a scenario, with its own trace or the one given, and the scenario's growth and margins.

        A trace brings lengths, and its course where it has arrivals: its requests are then spread over a day of the
        scenario's requests. A hit rate that is not known is taken as 0.
        """
        asked, day = scenario.request, scenario.demand
        trace = trace_of(scenario) if trace is None else trace
        timed = trace is not None and trace.arrival is not None
        own_lengths: dict[str, Any] = {"trace": trace}
        if trace is None:
            own_lengths = {
                "prompt": asked.prompt,
                "prompt_cv": asked.prompt_cv,
                "output": asked.output,
                "output_cv": asked.output_cv,
            }
        return cls(
            **own_lengths,
            requests_per_second=day.requests_per_day / SECONDS_PER_DAY,
            hit_rate=None if trace is not None and trace.cached is not None else asked.hit_rate,
            shape=() if timed else day.multipliers,
            growth=day.growth,
            month=day.month,
            headroom=day.headroom,
            cold_start_seconds=day.cold_start,
            availability=day.availability,
            arrival_cv=day.burstiness,
            ttft=day.ttft,
            ttft_share=day.ttft_share,
        )

    def slots(self) -> "Slots":
        """The day in slots: arrivals of the month asked for, and what each slot's requests are like."""
        lengths = self._lengths()
        if not lengths.mean_output:
            raise DomainError(Problem("output", "all are 0; at least one request must decode a token"))
        growth = (1 + self.growth) ** self.month
        arrival = None if self.trace is None else self.trace.arrival
        if self.shape or arrival is None:
            shape = np.array(self.shape) if self.shape else np.ones(HOURS_PER_DAY)
            return Slots(lengths, None, self._mean_rate() * growth * shape)
        place = np.minimum((arrival / arrival[-1] * HOURS_PER_DAY).astype(int), HOURS_PER_DAY - 1)
        weights = None if self.trace is None else self.trace.count
        counts = np.bincount(place, weights=weights, minlength=HOURS_PER_DAY)
        return Slots(lengths, place, self._mean_rate() * growth * counts / counts.mean())

    def _lengths(self) -> Lengths:
        if self.trace is not None:
            return self.trace.lengths(hit_rate=self.hit_rate)
        return Lengths.spread(
            self.prompt or 0,
            self.output or 0,
            prompt_cv=self.prompt_cv,
            output_cv=self.output_cv,
            hit_rate=self.hit_rate or 0,
        )

    def _mean_rate(self) -> float:
        """Requests per second, mean over the day: as given, or those of the trace."""
        if self.requests_per_second is not None:
            return self.requests_per_second
        seconds = None if self.trace is None else self.trace.seconds
        if not seconds:
            raise DomainError(Problem("trace", "has no time between arrivals; requests_per_second must be given"))
        return (0 if self.trace is None else self.trace.requests) / seconds


def trace_of(scenario: Scenario) -> Trace | None:
    """The trace that a scenario holds; None where it holds none."""
    return None if scenario.demand.trace == NONE else trace_of_text(scenario.demand.trace)


@dataclass(frozen=True)
class Slots:
    """A day in equal slots: requests per second of each, and the requests behind it.

    `place` is the slot of each request; None where all slots have the same lengths.
    """

    lengths: Lengths
    place: NDArray[np.int64] | None
    arrivals: Floats

    @property
    def count(self) -> int:
        """Slots of the day."""
        return len(self.arrivals)

    @property
    def hours(self) -> float:
        """Length of a slot [h]."""
        return HOURS_PER_DAY / self.count

    def mean(self, values: Numeric) -> Floats:
        """Mean of a value per request over the requests of each slot; the overall mean where a slot has none."""
        overall = float(self.lengths.mean(values))
        if self.place is None:
            return np.full(self.count, overall)
        share = self.lengths.share
        shares = np.bincount(self.place, weights=share, minlength=self.count)
        sums = np.bincount(self.place, weights=share * values, minlength=self.count)
        return np.where(shares > 0, sums / np.where(shares > 0, shares, 1.0), overall)

    @cached_property
    def missed(self) -> Floats:
        """Mean prompt tokens that are computed, per request of each slot."""
        return self.mean(self.lengths.missed)

    @cached_property
    def output(self) -> Floats:
        """Mean output tokens per request of each slot."""
        return self.mean(self.lengths.output)

    @cached_property
    def context(self) -> Floats:
        """Mean context of a decode step in each slot [token]; that of the day where nothing is decoded."""
        prompt, output = self.lengths.prompt, self.lengths.output
        seen = self.mean(prompt * output + output * (output + 1) / 2)
        decoded = self.output > 0
        return np.where(decoded, seen / np.where(decoded, self.output, 1), self.lengths.decode_context)

    @property
    def output_tokens_per_second(self) -> Floats:
        """Tokens to decode per second in each slot."""
        return self.arrivals * self.output

    @property
    def busiest(self) -> int:
        """Slot with the most output tokens per second."""
        return int(np.argmax(self.output_tokens_per_second))
