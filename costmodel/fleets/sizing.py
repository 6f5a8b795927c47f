"""Servers of a pool over the day in closed form: Little's law, headroom, cold start, autoscaler against static."""

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from costmodel.units import SECONDS_PER_HOUR, Numeric

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

ROUNDING = 1e-9
"""A need this little above a whole number of servers is that number: the rest is rounding."""


def concurrent(tokens_per_second: Numeric, tpot: Numeric) -> Numeric:
    """Requests in flight by Little's law: output tokens per second x time per token [s]."""
    return tokens_per_second * tpot


def whole_servers(need: Floats) -> Whole:
    """A real-valued need as whole servers."""
    whole: Whole = np.ceil(need * (1 - ROUNDING)).astype(np.int64)
    return whole


def ahead(demand: Floats, slot_hours: float, cold_start_seconds: float) -> Floats:
    """The largest demand from each slot until a server started then would serve; the day repeats. Last axis: slots."""
    reach = ceil(cold_start_seconds / (slot_hours * SECONDS_PER_HOUR) * (1 - ROUNDING))
    shifts = range(min(reach, demand.shape[-1]) + 1)
    largest: Floats = np.maximum.reduce([np.roll(demand, -shift, axis=-1) for shift in shifts])
    return largest


@dataclass(frozen=True)
class Course:
    """Servers of a pool in every slot of a day, as a perfect autoscaler would run them."""

    servers: Whole
    slot_hours: float

    @property
    def peak(self) -> int:
        """Most servers in any slot."""
        return int(self.servers.max())

    @property
    def mean(self) -> float:
        """Mean servers over the day."""
        return float(self.servers.mean())

    @property
    def server_hours(self) -> float:
        """Server-hours of the day with a perfect autoscaler."""
        return float(self.servers.sum() * self.slot_hours)

    @property
    def static_server_hours(self) -> float:
        """Server-hours of the day when the peak runs all day."""
        return self.peak * self.servers.size * self.slot_hours

    @property
    def saved_share(self) -> float:
        """Share of the static server-hours that a perfect autoscaler saves: the bound for any real one."""
        return 1 - self.server_hours / self.static_server_hours if self.peak else 0.0
