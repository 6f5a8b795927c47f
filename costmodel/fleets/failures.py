"""Servers that fail: availability of n of n + k servers, the fewest spares for a target, and what one failure stops."""

from collections.abc import Iterator

import numpy as np

from costmodel.checks import check_range, check_whole
from costmodel.errors import DomainError, Problem, quote
from costmodel.units import Numeric

MOST_SPARES = 10_000
HOURS_PER_YEAR = 8760


def down_share(repair_hours: Numeric, hours_between_failures: Numeric) -> Numeric:
    """Share of time that a server is down: MTTR / (MTBF + MTTR)."""
    check_range("repair_hours", repair_hours, 0)
    check_range("hours_between_failures", hours_between_failures, 0, above=True)
    return repair_hours / (hours_between_failures + repair_hours)


def server_hours_between_failures(failures_per_accelerator_year: Numeric, accelerators_per_server: Numeric) -> Numeric:
    """MTBF of one server [h] when each of its accelerators fails that often and any failure takes the server down."""
    return HOURS_PER_YEAR / (failures_per_accelerator_year * accelerators_per_server)


def availability(needed: Numeric, spares: Numeric, down: Numeric) -> Numeric:
    """Probability that at least `needed` of `needed + spares` servers are up, each down a share `down` of the time.

    sum over i >= n of C(n + k, i) (1 - q)^i q^(n + k - i), written as the chance of at most k failures before the n-th
    server that is up: the same number, with terms that do not depend on k.

    >>> round(availability(8, 1, 0.01), 5)
    0.99656
    """
    needed, spares, down = np.broadcast_arrays(
        check_whole("needed", needed), check_whole("spares", spares), _checked_share(down)
    )
    total = np.zeros(needed.shape)
    for extra, term in _terms(needed, down, int(spares.max(initial=0))):
        total = total + np.where(extra <= spares, term, 0.0)
    total = np.minimum(total, 1.0)
    return total if total.ndim else float(total)


def least_spares(needed: Numeric, down: Numeric, target: float) -> Numeric:
    """The fewest spares with which `needed` servers are up with probability `target`; 0 where none are needed."""
    if not isinstance(target, int | float) or not 0 <= target < 1:
        reason = f"{quote(target)} is not allowed; must be from 0 to below 1: no number of spares reaches 1"
        raise DomainError(Problem("availability", reason))
    needed, down = np.broadcast_arrays(check_whole("needed", needed), _checked_share(down))
    total = np.zeros(needed.shape)
    found = np.full(needed.shape, -1, dtype=np.int64)
    for extra, term in _terms(needed, down, MOST_SPARES):
        total = total + term
        found = np.where((found < 0) & (total >= target), extra, found)
        if (found >= 0).all():
            return found if found.ndim else int(found)
    raise DomainError(Problem("availability", f"{target} needs more than {MOST_SPARES:,} spares"))


def attention_blast_radius(attention_servers: Numeric) -> Numeric:
    """Share of an instance's requests that one lost attention server takes with it; they are prefilled again."""
    return 1 / attention_servers


def instance_availability(ffn_servers: Numeric, down: Numeric) -> Numeric:
    """Probability that an instance without spares runs: every one of its FFN servers must be up."""
    return (1 - _checked_share(down)) ** ffn_servers


def _terms(needed: Numeric, down: Numeric, most: int) -> Iterator[tuple[int, Numeric]]:
    """C(n - 1 + j, j) (1 - q)^n q^j for j = 0, 1 ... `most`, by logarithms: (1 - q)^n alone may underflow."""
    with np.errstate(divide="ignore"):
        log, log_down = needed * np.log1p(-down), np.log(down)
    for extra in range(most + 1):
        yield extra, np.exp(log)
        with np.errstate(divide="ignore"):
            log = log + np.log((needed + extra) / (extra + 1.0)) + log_down


def _checked_share(down: Numeric) -> Numeric:
    return check_range("down", down, 0, below=1)
