"""What a trace looks like: arrivals, lengths and hits over its course stretched to a day, and how lengths spread."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.trace import Trace

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

HOURS = 24
LENGTH_EDGES = 2.0 ** np.arange(0, 24.5, 0.5)
"""Edges of the classes of lengths [token], two to the octave."""


@dataclass(frozen=True, eq=False)
class TraceProfile:
    """Sums over the requests of a trace: by hour of a day that its course is stretched to, and by class of length.

    `requests`, `prompt_tokens`, `output_tokens`, `cached_tokens` [hour]; all in hour 0 where the trace has no arrivals.
    `prompts` and `outputs` count requests between neighbouring `LENGTH_EDGES`. `cached_tokens` is None where hits are
    not known.
    """

    requests: Whole
    prompt_tokens: Floats
    output_tokens: Floats
    cached_tokens: Floats | None
    prompts: Whole
    outputs: Whole

    def __add__(self, other: "TraceProfile") -> "TraceProfile":
        """Both together; hits are known where they are in both."""
        known = self.cached_tokens is not None and other.cached_tokens is not None
        return TraceProfile(
            self.requests + other.requests,
            self.prompt_tokens + other.prompt_tokens,
            self.output_tokens + other.output_tokens,
            np.add(self.cached_tokens, other.cached_tokens) if known else None,  # type: ignore[arg-type]
            self.prompts + other.prompts,
            self.outputs + other.outputs,
        )

    @property
    def hit_rate(self) -> Floats | None:
        """Share of prompt tokens found in the cache, by hour; nan in an hour without requests."""
        if self.cached_tokens is None:
            return None
        with np.errstate(invalid="ignore"):
            return self.cached_tokens / self.prompt_tokens

    @property
    def mean_prompt(self) -> float:
        """Mean prompt [token]."""
        return float(self.prompt_tokens.sum() / self.requests.sum())

    @property
    def mean_output(self) -> float:
        """Mean output [token]."""
        return float(self.output_tokens.sum() / self.requests.sum())

    @property
    def total_hit_rate(self) -> float | None:
        """Share of all prompt tokens found in the cache."""
        return None if self.cached_tokens is None else float(self.cached_tokens.sum() / self.prompt_tokens.sum())


def trace_profile(trace: Trace) -> TraceProfile:
    """The profile of one trace, or of a chunk of one that is summed up with others."""
    place = np.zeros(len(trace), dtype=np.int64)
    if trace.arrival is not None and trace.arrival[-1] > 0:
        place = np.minimum((trace.arrival / trace.arrival[-1] * HOURS).astype(np.int64), HOURS - 1)

    counts = trace.counts

    def by_hour(values: Whole) -> Floats:
        return np.bincount(place, weights=values * counts, minlength=HOURS).astype(float)

    return TraceProfile(
        requests=np.bincount(place, weights=counts, minlength=HOURS).astype(np.int64),
        prompt_tokens=by_hour(trace.prompt),
        output_tokens=by_hour(trace.output),
        cached_tokens=None if trace.cached is None else by_hour(trace.cached),
        prompts=np.histogram(np.maximum(trace.prompt, 1), LENGTH_EDGES, weights=counts)[0],
        outputs=np.histogram(np.maximum(trace.output, 1), LENGTH_EDGES, weights=counts)[0],
    )
