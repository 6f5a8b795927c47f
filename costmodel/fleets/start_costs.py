"""The start-cost problem of a fleet: every pool on any mix of the scenario's accelerators."""

from collections.abc import Mapping

import numpy as np

from costmodel.checks import check_range
from costmodel.errors import UnknownNameError
from costmodel.fleets.fleet import Fleet
from costmodel.fleets.pools import POOLS
from costmodel.fleets.power import draw_of
from costmodel.fleets.starts import StartProblem
from costmodel.units import SECONDS_PER_HOUR


def start_problem(
    fleet: Fleet,
    *,
    start_seconds: float | None = None,
    stock: Mapping[str, int] | None = None,
    power_limit: float | None = None,
) -> StartProblem:
    """The pools of a fleet on any mix of its priced accelerators, a start paid like `start_seconds` of running.

    The default is the cold start of the demand. `stock` limits servers by accelerator id, all pools together;
    `power_limit` [W] their power at the meter, for which every TDP must be known.
    """
    seconds = fleet.demand.cold_start_seconds if start_seconds is None else start_seconds
    check_range("start_seconds", seconds, 0)
    table = fleet.table
    priced = [index for index, each in enumerate(table.accelerators) if each.usd_per_hour is not None]
    kinds = [table.accelerators[index] for index in priced]
    for name in stock or {}:
        if name not in [each.id for each in kinds]:
            raise UnknownNameError("accelerator in stock", name, [each.id for each in kinds])
    servers = table.unit[priced].T.astype(float)
    hourly = servers * np.array([each.accelerators_per_server * float(each.price()) for each in kinds])
    watts = None
    if power_limit is not None:
        each_watts = [
            [
                each.accelerators_per_server
                * float(draw_of(each, pool, fleet.sizes.service, fleet.tdp_watts).facility_watts(1))
                for each in kinds
            ]
            for pool in POOLS
        ]
        watts = servers * np.array(each_watts)
    return StartProblem(
        need=np.moveaxis(table.units[priced], 0, 1),
        usd_per_slot=hourly * table.slot_hours,
        start_usd=hourly * seconds / SECONDS_PER_HOUR,
        servers=servers,
        stock=None if stock is None else np.array([stock.get(each.id, np.inf) for each in kinds]),
        watts=watts,
        power_limit=power_limit,
    )
