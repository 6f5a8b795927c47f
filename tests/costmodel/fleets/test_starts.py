"""Start costs: optimal schedules against the closed form and brute force, stock and power limits."""

from itertools import product

import numpy as np
import pytest

import costmodel as cm

pytest.importorskip("scipy", reason="extra [schedule]")


def problem(need, usd=1.0, start=0.0, **values) -> cm.StartProblem:
    need = np.array(need, dtype=float)
    kinds = need.shape[:2]
    return cm.StartProblem(need, np.full(kinds, usd), np.full(kinds, start), np.ones(kinds), **values)


def test_without_start_costs_every_slot_holds_its_need() -> None:
    found = cm.schedule(problem([[[2.5, 0.0, 4.0, 1.0]]]))
    assert found.units.ravel().tolist() == [3, 0, 4, 1]
    assert found.optimal
    assert found.gap == 0
    assert found.usd_per_day == pytest.approx(8)


def test_dear_starts_keep_servers_running() -> None:
    found = cm.schedule(problem([[[4.0, 1.0, 4.0, 1.0]]], start=2.0))
    assert found.units.ravel().tolist() == [4, 4, 4, 4]
    assert found.starts.sum() == 0


@pytest.mark.parametrize("start", [0.0, 0.7, 1.5, 3.0])
def test_schedules_are_as_cheap_as_the_best_of_all(start: float) -> None:
    need = np.array([2.0, 0.5, 1.5, 3.0])
    best = min(
        sum(units)
        + start * sum(max(now - before, 0) for now, before in zip(units, (units[-1], *units[:-1]), strict=True))
        for units in product(range(4), repeat=4)
        if all(unit >= want for unit, want in zip(units, need, strict=True))
    )
    assert cm.schedule(problem([[need]], start=start)).usd_per_day == pytest.approx(best)


def test_scarce_stock_sends_the_rest_to_a_dearer_kind() -> None:
    need = [[[4.0, 4.0], [4.0, 4.0]]]
    usd = np.array([[1.0, 3.0]])
    free = cm.StartProblem(np.array(need), usd, 0 * usd, np.ones((1, 2)))
    scarce = cm.StartProblem(np.array(need), usd, 0 * usd, np.ones((1, 2)), stock=np.array([3.0, np.inf]))
    assert cm.schedule(free).units[0].tolist() == [[4, 4], [0, 0]]
    assert cm.schedule(scarce).units[0].tolist() == [[3, 3], [1, 1]]


def test_power_limits_all_pools_together() -> None:
    need = np.full((2, 1, 2), 2.0)
    watts = np.array([[100.0], [200.0]])
    assert cm.schedule(problem(need, watts=watts, power_limit=600.0)).usd_per_day == pytest.approx(8)
    with pytest.raises(cm.DomainError, match="stock: or power_limit do not suffice"):
        cm.schedule(problem(need, watts=watts, power_limit=500.0))


def test_a_fleet_with_start_costs_is_at_least_as_dear_as_without() -> None:
    shape = tuple(1 + 0.8 * np.sin(np.arange(24) / 24 * 2 * np.pi))
    day = cm.Demand(requests_per_second=60, prompt=4000, output=500, hit_rate=0.0, shape=shape, cold_start_seconds=900)
    scenario = cm.default_scenario().replace(accelerators=(cm.load_accelerator("h800"), cm.load_accelerator("h20")))
    fleet = cm.fleet(scenario, demand=day, tdp_watts={"h800": 700, "h20": 500})
    free = cm.schedule(cm.start_problem(fleet, start_seconds=0), time_limit=10)
    paid = cm.schedule(cm.start_problem(fleet), time_limit=10)
    alone = sum(
        min(fleet.table.usd_per_day(each, pool) for each in scenario.accelerators)
        for pool in ("prefill", "attention", "ffn")
    )
    assert free.least_usd_per_day <= alone
    assert paid.usd_per_day >= free.least_usd_per_day * (1 - 1e-9)
    capped = cm.start_problem(fleet, stock={"h20": 1}, power_limit=1e6)
    found = cm.schedule(capped, time_limit=10)
    assert (found.units[:, 1].sum(axis=0) <= 1).all()
    with pytest.raises(cm.UnknownNameError, match="unknown accelerator in stock 'b200'"):
        cm.start_problem(fleet, stock={"b200": 1})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"need": [[[-1.0]]]}, "need: must be"),
        ({"need": [[[1.0]]], "power_limit": 1.0}, "power_limit: and watts must be given together"),
        ({"need": [[[1.0]]], "usd": -1.0}, "usd_per_slot: .* is not allowed"),
    ],
)
def test_bad_problems_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(cm.DomainError, match=message):
        problem(**values)


def test_a_time_limit_must_be_positive() -> None:
    with pytest.raises(cm.DomainError, match="time_limit: 0 is not allowed; must be above 0 to 3600"):
        cm.schedule(problem([[[1.0]]]), time_limit=0)
