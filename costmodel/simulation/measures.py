"""Measures of a run: cycle time with its interval, quantiles and idle shares, in a window after the warm-up."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.errors import DomainError, Problem
from costmodel.simulation.events import Durations, Times

Floats = NDArray[np.float64]

BATCHES = 20
STUDENT_95 = 2.093
"""Two-sided 95 % quantile of Student's t with 19 degrees of freedom, one less than `BATCHES`."""


@dataclass(frozen=True)
class Sampled:
    """Mean with the half width of its 95 % interval, by batch means, and two quantiles; all in seconds."""

    mean: float
    half_width: float
    median: float
    p99: float

    @property
    def low(self) -> float:
        """Lower end of the interval [s]."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """Upper end of the interval [s]."""
        return self.mean + self.half_width


@dataclass(frozen=True)
class Window:
    """The part of a run that is measured: all micro-batches are past the warm-up and none has ended."""

    start: float
    end: float

    @classmethod
    def after(cls, times: Times, warm_up: int) -> "Window":
        """From the slowest micro-batch's layer step `warm_up` to the end of the fastest."""
        start, end = float(times.ffn[:, warm_up].max()), float(times.ffn[:, -1].min())
        if end <= start:
            raise DomainError(Problem("steps", "are too few for all micro-batches to be past the warm-up together"))
        return cls(start, end)

    def within(self, moments: Floats) -> Floats:
        """The moments inside the window, in order."""
        inside = np.sort(moments.ravel())
        return inside[(inside >= self.start) & (inside <= self.end)]

    def idle_share(self, ends: Floats, durations: Floats) -> float:
        """Share of the window in which no span [end - duration, end] is under way."""
        finishes, begins = ends.ravel(), (ends - durations).ravel()
        order = np.argsort(begins)
        covered = np.maximum.accumulate(np.clip(finishes[order], self.start, self.end))
        begins = np.clip(begins[order], self.start, self.end)
        gaps = np.maximum(begins - np.concatenate(([self.start], covered[:-1])), 0).sum() + self.end - covered[-1]
        return float(gaps / (self.end - self.start))


def sampled(values: Floats) -> Sampled:
    """Mean, interval and quantiles of successive, correlated values; the interval from the means of 20 batches."""
    if len(values) < BATCHES:
        raise DomainError(Problem("steps", f"leave {len(values)} values to measure; must leave at least {BATCHES}"))
    means = np.array([part.mean() for part in np.array_split(values, BATCHES)])
    half = STUDENT_95 * float(means.std(ddof=1)) / BATCHES**0.5
    median, p99 = np.quantile(values, (0.5, 0.99))
    return Sampled(float(values.mean()), half, float(median), float(p99))


def cycle_times(times: Times, window: Window) -> Sampled:
    """Time between successive layer steps that leave the FFN, whichever micro-batch they belong to."""
    return sampled(np.diff(window.within(times.ffn)))


def step_times(times: Times, layers: int, window: Window) -> Sampled:
    """Time of whole decode steps of a micro-batch, from the end of one to the end of the next."""
    ends = times.combine[:, layers - 1 :: layers]
    inside = (ends[:, :-1] >= window.start) & (ends[:, 1:] <= window.end)
    # By time, so that batch means see the correlation in its order.
    order = np.argsort(ends[:, 1:][inside])
    return sampled(np.diff(ends, axis=1)[inside][order])


def idle_shares(durations: Durations, times: Times, window: Window) -> dict[str, float]:
    """Share of the window in which attention, network and FFN do nothing."""
    sent = np.stack((times.dispatch, times.combine)), np.stack((durations.dispatch, durations.combine))
    return {
        "attention": window.idle_share(times.attention, durations.attention),
        "network": window.idle_share(*sent),
        "ffn": window.idle_share(times.ffn, durations.ffn),
    }
