"""Whole requests and fleets for a page, remembered: a slider that comes back to a value shows it at once."""

from dataclasses import dataclass
from typing import Any

from app.remembered import MEGABYTE, remembered
from costmodel import (
    DomainError,
    Fleet,
    Offer,
    Request,
    RequestCurve,
    Scenario,
    Trace,
    deployed_request,
    fleet,
    hour_rows,
    market,
    metric,
    owned_rows,
    pool_costs,
    pool_rows,
    power_row,
    request,
    request_curve,
)
from costmodel import Evaluation as Run

MOST_BYTES = 30 * MEGABYTE


@dataclass(frozen=True)
class Bill:
    """A request in the limit and on whole servers (or why not), at list prices, pool by pool, and its energy."""

    limit: Request
    deployed: Request | None
    reason: str
    offers: tuple[Offer, ...]
    pools: list[dict[str, Any]]
    joules: float | None
    no_joules: str

    @property
    def best(self) -> Request:
        """The one on whole servers, or the limit where no deployment keeps the SLA."""
        return self.deployed or self.limit


@remembered(MOST_BYTES)
def bill(scenario: Scenario) -> Bill:
    """Everything the page shows about one request; DomainError where it has no price at all."""
    limit = request(scenario)
    deployed, reason = None, ""
    try:
        deployed = deployed_request(scenario)
    except DomainError as error:
        reason = str(error)
    joules, no_joules = None, ""
    try:
        joules = float(metric("request.joules").value(Run(scenario)))
    except DomainError as error:
        no_joules = error.problems[0].reason
    offers = market(scenario.model, deployed or limit)
    return Bill(limit, deployed, reason, offers, pool_costs(scenario), joules, no_joules)


@dataclass(frozen=True)
class Day:
    """A fleet with its rows for tables, and its power or why it is not known."""

    fleet: Fleet
    hours: list[dict[str, Any]]
    pools: list[dict[str, Any]]
    power: dict[str, Any]
    owned: list[dict[str, Any]]


@remembered(MOST_BYTES)
def day(scenario: Scenario) -> Day:
    """Everything the page shows about one fleet; DomainError where no accelerator can hold a pool."""
    found = fleet(scenario)
    return Day(found, hour_rows(found), pool_rows(found), power_row(found), owned_rows(scenario))


@remembered(MOST_BYTES)
def every_request(scenario: Scenario, trace: Trace) -> Fleet:
    """The fleet for each request of a trace, which the scenario holds in short."""
    return fleet(scenario, trace=trace)


@remembered(MOST_BYTES)
def curve(scenario: Scenario, path: str) -> RequestCurve:
    """The cost of the request over one of its fields."""
    return request_curve(scenario, path)
