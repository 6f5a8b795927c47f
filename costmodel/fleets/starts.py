"""Servers over the day where starting one costs: start costs, shared stock and power caps couple the hours.

A mixed-integer program, solved by HiGHS through SciPy (extra `[schedule]`). Minutes, not milliseconds, for 15
accelerators: a button, never a slider.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.checks import check_range
from costmodel.errors import CostModelError, DomainError, Problem

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

LONGEST_SECONDS = 3600.0
STATUS_INFEASIBLE = 2


@dataclass(frozen=True, eq=False)
class StartProblem:
    """Pools to hold through the slots of a repeating day, each by units of several kinds.

    `need` [pool, kind, slot] is the real-valued number of units of that kind that would carry the pool's whole demand
    alone, infinite where a kind cannot. `usd_per_slot` and `start_usd` [pool, kind] price a running unit and a start.
    `stock` [kind] and `power_limit` bound all pools together, `servers` [pool, kind] a unit takes of the stock and
    `watts` [pool, kind] it draws.
    """

    need: Floats
    usd_per_slot: Floats
    start_usd: Floats
    servers: Floats
    stock: Floats | None = None
    watts: Floats | None = None
    power_limit: float | None = None

    def __post_init__(self) -> None:
        if self.need.ndim != 3 or not (self.need >= 0).all():
            raise DomainError(Problem("need", "must be [pool, kind, slot] of numbers from 0"))
        kinds = self.need.shape[:2]
        for name in ("usd_per_slot", "start_usd", "servers"):
            check_range(name, getattr(self, name), 0)
            if getattr(self, name).shape != kinds:
                raise DomainError(Problem(name, f"has shape {getattr(self, name).shape}; must be {kinds}"))
        if (self.power_limit is None) != (self.watts is None):
            raise DomainError(Problem("power_limit", "and watts must be given together"))


@dataclass(frozen=True, eq=False)
class StartSchedule:
    """Units [pool, kind, slot] and their starts, the bill of the day [USD] and how far it may be from the least."""

    units: Whole
    starts: Whole
    usd_per_day: float
    least_usd_per_day: float
    optimal: bool

    @property
    def gap(self) -> float:
        """Share of the bill that a perfect schedule might still save; 0 where this one is optimal."""
        return 1 - self.least_usd_per_day / self.usd_per_day if self.usd_per_day else 0.0


def schedule(problem: StartProblem, *, time_limit: float = 60.0) -> StartSchedule:
    """The cheapest schedule within a time limit [s]; DomainError where stock or power do not suffice.

    The day repeats: units that run in the last slot run on into the first. Starts follow from units, so only units are
    searched as integers. CostModelError where no schedule was found in time.
    """
    # SciPy belongs to an extra.
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415
    from scipy.sparse import csr_array  # noqa: PLC0415

    check_range("time_limit", time_limit, 0, LONGEST_SECONDS, above=True)
    size, most = problem.need.size, _most_units(problem)
    rows = _constraints(problem)
    matrix = csr_array((rows.values, (rows.rows, rows.columns)), shape=(len(rows.low), 2 * size))
    slots = problem.need.shape[-1]
    found = milp(
        np.concatenate([np.repeat(usd.ravel(), slots) for usd in (problem.usd_per_slot, problem.start_usd)]),
        integrality=np.repeat([1, 0], size),
        bounds=Bounds(0, np.concatenate([most, most])),
        constraints=LinearConstraint(matrix, rows.low, rows.high),
        options={"time_limit": float(time_limit)},
    )
    if found.status == STATUS_INFEASIBLE:
        raise DomainError(Problem("stock", "or power_limit do not suffice for the demand of some slot"))
    if found.x is None:
        raise CostModelError(f"no schedule was found within {time_limit:g} s")
    units = np.rint(found.x[:size]).astype(np.int64).reshape(problem.need.shape)
    starts = np.maximum(units - np.roll(units, 1, axis=-1), 0)
    usd = float((units.sum(-1) * problem.usd_per_slot + starts.sum(-1) * problem.start_usd).sum())
    optimal = bool(found.status == 0)
    return StartSchedule(units, starts, usd, usd if optimal else min(float(found.mip_dual_bound), usd), optimal)


@dataclass(frozen=True)
class _Rows:
    """A sparse matrix over units, then starts, and what each of its rows lies between."""

    rows: Whole
    columns: Whole
    values: Floats
    low: Floats
    high: Floats


def _most_units(problem: StartProblem) -> Floats:
    """Units of a kind that its pool's busiest slot needs; none where the kind cannot hold the pool."""
    need = problem.need
    usable = np.isfinite(need)
    most = np.where(usable, np.ceil(need), 0).max(axis=-1, keepdims=True)
    return np.where(usable, most, 0.0).ravel()


def _constraints(problem: StartProblem) -> _Rows:
    """Demand of each pool and slot, starts, stock of each kind and slot, power of each slot."""
    need = problem.need
    index = np.arange(need.size).reshape(need.shape)
    with np.errstate(divide="ignore"):
        carried = np.where(need > 0, 1 / need, 0.0)
    asked = (need > 0).any(axis=1).ravel()
    blocks = [
        # Units carry the whole demand of every pool and slot.
        _block(np.moveaxis(index, 1, -1), np.moveaxis(carried, 1, -1), asked.astype(float), np.inf),
        # A start for every unit that did not run in the slot before.
        _block(
            np.stack([index + need.size, index, np.roll(index, 1, axis=-1)], axis=-1),
            np.broadcast_to([1.0, -1.0, 1.0], (*need.shape, 3)),
            np.zeros(need.size),
            np.inf,
        ),
    ]
    by_kind = np.moveaxis(index, 0, -1)
    if problem.stock is not None:
        taken = np.broadcast_to(problem.servers.T[:, None, :], by_kind.shape)
        blocks.append(_block(by_kind, taken, np.zeros(by_kind[..., 0].size), np.repeat(problem.stock, need.shape[-1])))
    if problem.watts is not None and problem.power_limit is not None:
        by_slot = np.moveaxis(index, -1, 0).reshape(need.shape[-1], -1)
        drawn = np.broadcast_to(problem.watts.ravel(), by_slot.shape)
        blocks.append(_block(by_slot, drawn, np.zeros(len(by_slot)), problem.power_limit))
    starts = np.cumsum([0, *(len(block.low) for block in blocks)])
    return _Rows(
        rows=np.concatenate([block.rows + start for block, start in zip(blocks, starts[:-1], strict=True)]),
        columns=np.concatenate([block.columns for block in blocks]),
        values=np.concatenate([block.values for block in blocks]),
        low=np.concatenate([block.low for block in blocks]),
        high=np.concatenate([block.high for block in blocks]),
    )


def _block(columns: Whole, values: Floats, low: Floats, high: Floats | float) -> _Rows:
    """Rows of a sparse matrix from the columns and values of each, along the last axis."""
    count = columns.shape[-1]
    rows = np.repeat(np.arange(len(low)), count)
    return _Rows(rows, columns.ravel(), np.ascontiguousarray(values).ravel(), low, np.broadcast_to(high, low.shape))
