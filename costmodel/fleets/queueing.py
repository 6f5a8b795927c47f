"""Waiting for one of c servers: Erlang-C with two-moment corrections for service and arrivals (Allen-Cunneen).

Numbers and arrays pass alike. Exact for M/M/c; otherwise approximate: two-moment forms of this kind err by 8 to 14 % on
chat traces, and Erlang-C is too low for agent traces (arXiv 2603.16054).
"""

from dataclasses import dataclass

import numpy as np

from costmodel.checks import check_range, check_whole
from costmodel.errors import DomainError, Problem, quote
from costmodel.units import Numeric

MOST_SERVERS = 100_000
"""Servers that `least_servers` tries before it gives up."""

APPROXIMATE = "Waiting times are a two-moment approximation (Allen-Cunneen); it is exact for M/M/c only."


@dataclass(frozen=True)
class Wait:
    """Waiting before service: the share of requests that wait, and the mean over all requests [s]."""

    probability: Numeric
    mean: Numeric

    def quantile(self, share: float) -> Numeric:
        """Wait [s] that a share of all requests stays below; the tail is taken as exponential."""
        if not 0 <= share < 1:
            raise DomainError(Problem("share", f"{quote(share)} is not allowed; must be from 0 to below 1"))
        # The mean wait of those that wait; nobody waits where the probability is 0.
        conditional = self.mean / np.maximum(self.probability, np.finfo(float).tiny)
        return conditional * np.log(np.maximum(self.probability / (1 - share), 1))


def erlang_b(servers: Numeric, offered: Numeric) -> Numeric:
    """Share of arrivals that find all servers of a system without a queue busy, by the recursion over servers.

    `offered` is the load in servers: arrivals per second x mean service time [s].
    """
    count = np.asarray(check_whole("servers", servers, 1))
    offered = np.asarray(check_range("offered", offered, 0), dtype=float)
    blocked = np.ones(np.broadcast_shapes(np.shape(count), np.shape(offered)))
    for busy in range(1, int(np.max(count)) + 1):
        blocked = np.where(count >= busy, offered * blocked / (busy + offered * blocked), blocked)
    return blocked if blocked.ndim else float(blocked)


def erlang_c(servers: Numeric, offered: Numeric) -> Numeric:
    """Share of arrivals that wait in M/M/c; 1 where the load is not below the servers.

    >>> round(erlang_c(2, 1.0), 4)
    0.3333
    """
    blocked = erlang_b(servers, offered)
    load = np.minimum(offered / servers, 1.0)
    waiting = blocked / (1 - load * (1 - blocked))
    return waiting if np.ndim(waiting) else float(waiting)


def wait(
    servers: Numeric,
    arrivals_per_second: Numeric,
    service_seconds: Numeric,
    *,
    service_cv: Numeric = 1.0,
    arrival_cv: Numeric = 1.0,
) -> Wait:
    """The wait for one of `servers`: E[W] = C s / (c (1 - rho)) x (cv_a^2 + cv_s^2) / 2.

    Infinite where arrivals exceed what the servers can do. `cv` is deviation over mean, of the service time and of the
    time between arrivals (1: Poisson; more: bursts).
    """
    offered = arrivals_per_second * service_seconds
    probability = erlang_c(servers, offered)
    spare = 1 - offered / servers
    variability = (check_range("arrival_cv", arrival_cv, 0) ** 2 + check_range("service_cv", service_cv, 0) ** 2) / 2
    with np.errstate(divide="ignore"):
        mean = probability * service_seconds / servers / np.maximum(spare, 0.0) * variability
    return Wait(probability, mean)


def least_servers(
    arrivals_per_second: Numeric,
    service_seconds: Numeric,
    limit_seconds: Numeric,
    *,
    share: float | None = None,
    service_cv: float = 1.0,
    arrival_cv: float = 1.0,
) -> Numeric:
    """The fewest servers whose mean wait, or the wait that `share` of the requests stays below, is within a limit [s].

    One pass of the Erlang-B recursion serves all elements of an array. 0 where nothing arrives.
    """
    arrivals, service, limit = np.broadcast_arrays(
        check_range("arrivals_per_second", arrivals_per_second, 0),
        check_range("service_seconds", service_seconds, 0),
        check_range("limit_seconds", limit_seconds, 0, above=True),
    )
    offered = arrivals * service
    variability = (check_range("arrival_cv", arrival_cv, 0) ** 2 + check_range("service_cv", service_cv, 0) ** 2) / 2
    found = np.zeros(offered.shape, dtype=np.int64)
    open_ = offered > 0
    blocked = np.ones(offered.shape)
    count = 0
    while open_.any():
        count += 1
        if count > MOST_SERVERS:
            raise DomainError(Problem("limit_seconds", f"needs more than {MOST_SERVERS:,} servers"))
        blocked = offered * blocked / (count + offered * blocked)
        if count <= offered[open_].min():
            continue
        load = np.minimum(offered / count, 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            probability = blocked / (1 - load * (1 - blocked))
            mean = np.where(load < 1, probability * service / (count * (1 - load)) * variability, np.inf)
        waited = Wait(probability, mean)
        kept = (load < 1) & ((waited.mean if share is None else waited.quantile(share)) <= limit)
        found = np.where(open_ & kept, count, found)
        open_ = open_ & ~kept
    return found if found.ndim else int(found)
