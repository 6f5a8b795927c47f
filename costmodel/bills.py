"""Whole requests and fleets of a scenario as plain data, for JSON and CSV."""

from typing import Any

import numpy as np

from costmodel.errors import DomainError
from costmodel.evaluation import Evaluation
from costmodel.fleets.fleet import Fleet, fleet
from costmodel.fleets.market import market
from costmodel.fleets.owning import HOURS_PER_YEAR, owned_prices
from costmodel.fleets.pools import POOLS
from costmodel.fleets.power import Power
from costmodel.fleets.request import Request, deployed_request, request
from costmodel.io.link import to_query
from costmodel.planner.plan import Plan
from costmodel.requests.energy import assumed_power, tdp_estimates
from costmodel.scenario import Scenario
from costmodel.tabulated import rows_csv
from costmodel.units import TOKENS_PER_MILLION

Row = dict[str, Any]

REQUEST_UNITS = {
    "usd": "USD/request",
    "reservation_usd": "USD/request",
    "usd_per_million": "USD/1M tokens",
    "ttft": "s",
    "seconds": "accelerator-second/request",
    "joules": "J/request",
    "prefill_per_decode": "accelerators",
    "tokens_per_second_per_gpu": "token/s",
    "share": "1",
    "list_usd": "USD/request",
    "margin": "1",
}
FLEET_UNITS = {
    "tokens_per_second_per_gpu": "token/s",
    "servers": "servers",
    "spares": "servers",
    "utilization": "1",
    "usd": "USD",
    "kilowatts": "kW",
    "requests_per_second": "request/s",
    "context": "tokens",
    "joules": "J",
    "grams_per_request": "g CO2",
}


def request_report(scenario: Scenario) -> Row:
    """Link and the bill of a request: in the limit, on whole servers, on every accelerator, at list prices.

    `deployed` has a reason where no deployment keeps the SLA.
    """
    limit, mix, joules = request(scenario), scenario.request, _joules(scenario)
    deployed: Row
    try:
        found = deployed_request(scenario)
        deployed = _bill(found)
    except DomainError as error:
        found, deployed = None, {"missing": str(error)}
    return {
        "link": to_query(scenario),
        "units": REQUEST_UNITS,
        "prompt": mix.prompt,
        "output": mix.output,
        "cached": mix.cached,
        "utilization": mix.utilization,
        "limit": _bill(limit),
        "deployed": deployed,
        "pools": pool_costs(scenario),
        "joules": joules,
        "list_prices": [
            {
                "provider": offer.price.provider,
                "tier": offer.price.tier,
                "hours": list(offer.price.hours),
                "outside_hours": offer.price.outside_hours,
                "valid_from": offer.price.valid_from,
                "valid_until": offer.price.valid_until,
                "read_on": offer.price.read_on,
                "provenance": offer.price.provenance,
                "source": offer.price.source,
                "list_usd": offer.usd,
                "markup": float(offer.margin.markup),
                "gross_margin": float(offer.margin.gross_margin),
            }
            for offer in market(scenario.model, found or limit)
        ],
        "assumptions": [
            *(found or limit).assumptions,
            *((assumed_power(scenario.service),) if joules is not None else ()),
            *tdp_estimates(use.accelerator for use in limit.uses),
        ],
    }


def request_csv(scenario: Scenario) -> str:
    """The parts of the bill as CSV: level, part, value, unit; and the kernels that it borrows, where it does."""
    data = request_report(scenario)
    rows = []
    for level in ("limit", "deployed"):
        for name, value in data[level].items():
            if isinstance(value, float):
                # A part has the unit of the longest name that it starts with: usd_per_million_input is no usd.
                of = max((key for key in REQUEST_UNITS if name.startswith(key)), key=len)
                rows.append({"level": level, "part": name, "value": repr(value), "unit": REQUEST_UNITS[of]})
        if borrowed := data[level].get("borrowed"):
            rows.append({"level": level, "part": "borrowed", "value": "; ".join(borrowed), "unit": ""})
    return rows_csv(rows)


def pool_costs(scenario: Scenario) -> list[Row]:
    """Each pool of a request on each accelerator, in the limit [USD/request]; None where it has no cost."""
    run = Evaluation(scenario)
    decode, output = run.of_request, scenario.request.output / TOKENS_PER_MILLION
    costs = {
        "prefill": run.prefill_usd,
        "attention": [output * each.total for each in decode.attention],
        "ffn": [output * each for each in decode.ffn],
    }
    allowed = {pool: {each.id for each in scenario.candidates(f"{pool}_on")} for pool in POOLS}  # type: ignore[arg-type]
    rows = []
    for pool, values in costs.items():
        known = {
            each.id: float(usd) for each, usd in zip(scenario.accelerators, values, strict=True) if np.isfinite(usd)
        }
        least = min(usd for name, usd in known.items() if name in allowed[pool])
        rows += [
            {
                "pool": pool,
                "accelerator": each.id,
                "usd": known.get(each.id),
                "times_cheapest": known[each.id] / least if each.id in known else None,
            }
            for each in scenario.accelerators
        ]
    return rows


def fleet_report(scenario: Scenario) -> Row:
    """Link and the day of a fleet: bills, pools, power, ownership, and every slot of both schedules."""
    found = fleet(scenario)
    return {
        "link": to_query(scenario),
        "units": FLEET_UNITS,
        "usd_per_month": found.usd_per_month,
        "static_usd_per_month": found.static_usd_per_month,
        "usd_per_day": {name: each.usd_per_day for name, each in found.schedules.items()},
        "saved_usd_per_day": found.saved_usd_per_day,
        "usd_per_request": found.usd_per_request,
        "binding": found.binding,
        "instance": found.plan.words,
        **_output(found.plan),
        "pools": pool_rows(found),
        "power": power_row(found),
        "owned": owned_rows(scenario),
        "hours": hour_rows(found),
        "warnings": list(found.warnings),
        "assumptions": list(found.assumptions),
    }


def fleet_csv(scenario: Scenario) -> str:
    """`hours_csv` of the fleet that a scenario describes."""
    return hours_csv(fleet(scenario))


def hours_csv(found: Fleet) -> str:
    """Servers, spares, utilization and kW of every pool in every slot of both schedules as CSV."""
    return rows_csv(hour_rows(found))


def pool_rows(found: Fleet) -> list[Row]:
    """Each pool of the schedule that follows the context: accelerator, servers, spares, failures, bill."""
    schedule = found.follow
    return [
        {
            "pool": pool,
            "accelerator": schedule.accelerators[pool].id,
            "peak_servers": schedule.course(pool).peak,
            "mean_servers": schedule.course(pool).mean,
            "peak_spares": int(schedule.spares[pool].max()),
            "utilization": float(schedule.utilization[pool].mean()),
            "failures_per_day": found.failures_per_day(pool),
            "usd_per_day": float(schedule.pool_usd(pool).sum()),
            "saved_by_autoscaling": schedule.course(pool).saved_share,
        }
        for pool in POOLS
    ]


def power_row(found: Fleet) -> Row:
    """Power and energy of the day; the reason where a TDP is not known."""
    power: Power = found.power()
    try:
        kilowatts = power.kilowatts
    except DomainError as error:
        return {"missing": str(error)}
    budget = found.accelerators_in_budget
    return {
        "peak_kilowatts": float(kilowatts.max()),
        "mean_kilowatts": float(kilowatts.mean()),
        "joules_per_input_token": power.joules_per_input_token,
        "joules_per_output_token": power.joules_per_output_token,
        "joules_per_request": power.joules_per_request,
        "grams_per_request": power.grams_per_request,
        "electricity_usd_per_day": power.usd_per_day,
        **({} if budget is None else {"accelerators_in_budget": budget}),
    }


def owned_rows(scenario: Scenario) -> list[Row]:
    """Ownership of each accelerator whose purchase price and TDP are set [USD/h], beside its rent.

    None where it never pays, or where no rent is known.
    """
    rows = []
    for name, owned in owned_prices(scenario).items():
        rent = owned.accelerator.usd_per_hour
        hours = None if rent is None else float(owned.break_even_hours())
        months = np.inf if rent is None else float(owned.months_to_pay_back())
        rows.append(
            {
                "accelerator": name,
                "usd_per_hour": float(owned.usd_per_hour),
                "rent_usd_per_hour": rent,
                "capital": float(owned.capital),
                "upkeep": float(owned.upkeep),
                "electricity": float(owned.electricity),
                "hosting": float(owned.hosting),
                "break_even_hours_per_year": hours if hours is not None and hours <= HOURS_PER_YEAR else None,
                "months_to_pay_back": months if np.isfinite(months) else None,
            }
        )
    return rows


def hour_rows(found: Fleet) -> list[Row]:
    """Every slot of both schedules, a row for each pool."""
    hours = found.hours
    watts = hours["kilowatts"].values if "kilowatts" in hours else None
    return [
        {
            "schedule": schedule,
            "hour": float(hours["hour"].values[slot]),
            "pool": pool,
            "accelerator": found.schedules[schedule].accelerators[pool].id,
            "servers": int(hours["servers"].values[i, j, slot]),
            "spares": int(hours["spares"].values[i, j, slot]),
            "utilization": float(hours["utilization"].values[i, j, slot]),
            "kilowatts": None if watts is None else float(watts[i, j, slot]),
            "requests_per_second": float(hours["requests_per_second"].values[slot]),
            "context": float(hours["context"].values[slot]),
            "borrowed": [] if pool == "prefill" else list(found.plan.borrowed),
        }
        for i, schedule in enumerate(hours["schedule"].values.tolist())
        for slot in range(hours.sizes["slot"])
        for j, pool in enumerate(POOLS)
    ]


def _bill(found: Request) -> Row:
    price = found.price
    return {
        "usd": found.usd,
        "reservation_usd": float(price.reservation_usd),
        "usd_per_million_input": float(price.usd_per_million_input),
        "usd_per_million_cached": float(price.usd_per_million_cached),
        "usd_per_million_output": float(price.usd_per_million_output),
        "usd_per_million_blended": float(price.usd_per_million_blended),
        **{f"share_{kind}": float(share) for kind, share in price.shares.items()},
        **{f"usd_{use.pool}": use.usd for use in found.uses},
        **{f"seconds_{use.pool}": use.seconds for use in found.uses},
        "ttft": float(found.ttft.seconds),
        "prefill_per_decode": found.ratio,
        "accelerators": {use.pool: use.accelerator.id for use in found.uses},
        **({} if found.plan is None else _output(found.plan)),
    }


def _output(plan: Plan) -> Row:
    """Decoding at the rates of the scenario: output per accelerator, the ends of its band, and what it borrows."""
    low, high = plan.output_range or (None, None)
    return {
        "tokens_per_second_per_gpu": plan.tokens_per_second_per_gpu,
        "tokens_per_second_per_gpu_low": low,
        "tokens_per_second_per_gpu_high": high,
        "borrowed": list(plan.borrowed),
    }


def _joules(scenario: Scenario) -> float | Row:
    run = Evaluation(scenario)
    try:
        attention, ffn = run.of_request.decode_joules
        return float(run.prefill_joules + scenario.request.output * (attention + ffn))
    except DomainError as error:
        return {"missing": str(error)}
