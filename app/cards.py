"""What the picture of a page says: the library's answer to its scenario, in the words of the app."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from app.picture import MOST_BARS, Bar, Card
from app.searching import at_once, described, settings_words
from app.verdicts import RATES
from app.wording import count, digits, duration, percent, tokens, usd
from costmodel import (
    DomainError,
    Plan,
    Scenario,
    accuracy_words,
    cheapest,
    claim_costs,
    claims,
    compared,
    deployed_request,
    design_name,
    designs_of_query,
    error_summary,
    fleet,
    from_query,
    models_report,
    plan_report,
    request,
    scenarios_report,
    search_of_query,
    search_report,
)

SAVING_SHOWN = 0.0005
PER = 1000
IDEAL = "AFD Explorer. USD per 1M tokens at ideal peak rates; decoding only."


def of_cost(query: str) -> Card:
    """Explore: the cheapest pair and every accelerator alone."""
    scenario = from_query(query).scenario
    best = cheapest(scenario)
    alone = sorted(best.alone.values(), key=lambda cost: float(cost.total))
    bars = [Bar(f"{cost.attention_on.name} alone", usd(cost.total), float(cost.total)) for cost in alone]
    pair = f"{best.pair.attention_on.name} + {best.pair.ffn_on.name}"
    single = best.single.attention_on.name
    if best.saving < SAVING_SHOWN:
        subtitle = f"on {single} alone; a second kind of accelerator saves nothing"
    else:
        bars.insert(0, Bar(f"AFD: {pair}", usd(best.pair.total), float(best.pair.total)))
        subtitle = f"with AFD on {pair}, {percent(best.saving)} less than {single} alone"
    title = f"{_asked(scenario)}: {usd(min(float(best.pair.total), float(best.single.total)))} per 1M tokens"
    return Card(title, subtitle, tuple(bars), IDEAL)


def of_plan(query: str) -> Card:
    """Plan: the ranking in whole servers."""
    scenario = from_query(query).scenario
    rows = plan_report(scenario)["rows"]
    sla = f"{duration(scenario.sla.tpot)} per token"
    note = f"AFD Explorer. Whole servers, {scenario.rates} rates, {scenario.prices} prices, {sla}."
    names = {each.id: each.name for each in scenario.accelerators}
    feasible = [row for row in rows if row["feasible"]]
    if not feasible:
        return Card(f"{_asked(scenario)}: nothing meets {sla}", rows[0]["reason"], (), note)
    best, *others = feasible
    # The best of the other kind is what the answer is measured against, however low it ranks.
    rival = next((row for row in others if row["kind"] != best["kind"]), None)
    listed = feasible[:MOST_BARS]
    if rival is not None and rival not in listed:
        listed[-1] = rival
    bars = tuple(_deployment(row, names) for row in listed)
    note += _lent([loan for row in listed for loan in row["borrowed"]])
    return Card(f"{_asked(scenario)}: {_figure(best)}", _against(best, rival, names), bars, note)


def of_designs(query: str) -> Card:
    """Compare: the cost of each design at the rates of the scenario, the cheapest first."""
    designs, _ = designs_of_query(query)
    found = compared(designs)
    if not found.deployed:
        costs, subtitle, note = found.limit, "Each with AFD on its cheapest pair of accelerators", IDEAL
    else:
        known = {name: each.usd_per_million_tokens for name, each in found.deployed.items()}
        costs = {name: cost for name, cost in known.items() if cost is not None}
        subtitle = f"Each on its cheapest whole servers, at {RATES[found.rates]}"
        note = f"AFD Explorer. USD per 1M tokens on whole servers within the SLA, {found.rates} rates; decoding only."
        note += _lent([loan for each in found.deployed.values() for loan in each.borrowed])
    first = found.leader
    if first is None:
        reasons = dict.fromkeys(each.reason for each in found.deployed.values())
        return Card("No design has a cost", " ".join(reasons), (), note)
    ordered = sorted(costs, key=lambda name: costs[name])
    bars = tuple(Bar(name, usd(costs[name]), costs[name]) for name in ordered)
    context = tokens(designs[first.name].workload.context)
    title = f"{first.name} is the cheapest of {len(ordered)} designs at {context} tokens"
    return Card(title, subtitle, bars, note)


def of_search(query: str) -> Card:
    """Search: the first designs of the frontier, by its first objective."""
    asked = search_of_query(query).search
    report = at_once(asked, search_report)
    title = f"{_asked(asked.scenario)}: {report['designs']:,} designs on the frontier of {report['searched']:,}"
    if not report["rows"]:
        left = [f"removed by {each['removed_by']}" for each in report["empty"]]
        return Card(title, f"No design is left: {', '.join(dict.fromkeys(left))}", (), IDEAL)
    first, *_ = report["objectives"]
    rows = report["rows"][:MOST_BARS]
    bars = tuple(
        Bar(settings_words({path: row[path] for path in asked.axes}), described(first, row[first]), row[first])
        for row in rows
    )
    return Card(title, f"The first by {first}, with {', '.join(report['constraints']) or 'no constraint'}", bars, IDEAL)


def of_request(query: str) -> Card:
    """Request: what it costs, pool by pool."""
    scenario = from_query(query).scenario
    try:
        bill, level = deployed_request(scenario), "on whole servers"
    except DomainError:
        bill, level = request(scenario), "in the limit"
    mix = scenario.request
    names = {"prefill": "Prefill", "attention": "Attention", "ffn": "FFN"}
    bars = tuple(
        Bar(f"{names[use.pool]} on {use.accelerator.name}", usd(use.usd * PER), use.usd * PER) for use in bill.uses
    )
    title = f"{design_name(scenario)}: {usd(bill.usd * PER)} per 1,000 requests {level}"
    known = "hit rate assumed 0" if mix.cached is None else f"{percent(mix.cached)} cached"
    subtitle = f"{tokens(mix.prompt)} prompt ({known}) and {tokens(mix.output)} output tokens"
    note = "AFD Explorer. USD per 1,000 requests at full load."
    return Card(title, subtitle, bars, note + ("" if bill.plan is None else _decoding(scenario, bill.plan)))


def of_fleet(query: str) -> Card:
    """Fleet: the bill of a month in three ways."""
    scenario = from_query(query).scenario
    found = fleet(scenario)
    peak = ", ".join(
        f"{int(found.follow.total(pool)[found.busiest]):,} {name}"
        for pool, name in (("prefill", "prefill"), ("attention", "attention"), ("ffn", "FFN"))
    )
    ways = {"follow": "Attention follows context", "fixed": "Fixed instances", "static": "Peak all day"}
    sums = {name: sum(found.monthly_bills[name].values()) for name in ways}
    bars = tuple(Bar(words, usd(sums[name]), sums[name]) for name, words in ways.items())
    title = f"{design_name(scenario)}: {usd(found.usd_per_month)} a month"
    subtitle = f"{scenario.demand.requests_per_day / 1e6:,.4g} M requests a day: {peak} servers at the peak"
    note = "AFD Explorer. USD a month; the first two with a perfect autoscaler."
    return Card(title, subtitle, bars, note + _decoding(scenario, found.plan))


def of_paper(_: str) -> Card:
    """Paper: the claims with their verdicts, and the cost beside the other models at the longest context."""
    costs = claim_costs()
    longest = max(cost.context for cost in costs)
    listed = sorted((cost for cost in costs if cost.context == longest), key=lambda cost: cost.usd)
    bars = tuple(Bar(f"{cost.model} at {tokens(longest)}", usd(cost.usd), cost.usd) for cost in listed)
    said = " ".join(f"{claim.text}: {claim.state}." for claim in claims())
    return Card("Is the abstract of Step-3 is Large yet Affordable true?", said, bars, IDEAL)


def of_measurements(_: str) -> Card:
    """Truth: how far off predictions are, by model, accelerator and engine with the most rows."""
    groups = sorted(error_summary(), key=lambda each: -each.rows)[:MOST_BARS]
    bars = tuple(
        Bar(each.group, f"{percent(each.median_error)}, {each.rows} rows", each.median_error) for each in groups
    )
    note = "AFD Explorer. Predicted with measured kernels; rows that a constant was fitted to are apart."
    return Card(accuracy_words(), "Median error by model, accelerator and engine", bars, note)


def of_models(_: str) -> Card:
    """Library: the models with the most stored parameters."""
    rows = sorted(models_report()["rows"], key=lambda row: -row["parameters"])
    bars = tuple(Bar(row["name"], count(row["parameters"]), row["parameters"]) for row in rows[:MOST_BARS])
    title, subtitle = f"{len(rows)} models, every parameter counted", "Those with the most stored parameters"
    return Card(title, subtitle, bars, "AFD Explorer. Counted from the published shape of each model.")


def of_scenarios(_: str) -> Card:
    """Scenarios: each question with the cheapest way of the limit."""
    rows = scenarios_report()["rows"]
    priced = [row for row in rows if row["usd_per_million_tokens"] is not None][:MOST_BARS]
    bars = tuple(
        Bar(row["title"], f"{row['best']}, {usd(row['usd_per_million_tokens'])}", row["usd_per_million_tokens"])
        for row in priced
    )
    return Card(f"{len(rows)} questions and their answers", "The cheapest way of each, in the limit", bars, IDEAL)


CARDS: dict[str, Callable[[str], Card]] = {
    "cost": of_cost,
    "plan": of_plan,
    "compare": of_designs,
    "search": of_search,
    "request": of_request,
    "fleet": of_fleet,
    "measurements": of_measurements,
    "paper": of_paper,
    "models": of_models,
    "scenarios": of_scenarios,
}
"""By the address of a page's numbers in the API."""


def card(data: str, query: str) -> Card:
    """The card of a page's numbers; where there are none, the reason."""
    try:
        return CARDS[data](query)
    except DomainError as error:
        return Card(_asked(from_query(query).scenario), str(error), (), IDEAL)


def _asked(scenario: Scenario) -> str:
    return f"{design_name(scenario)} at {tokens(scenario.workload.context)} tokens"


def _deployment(row: Mapping[str, Any], names: Mapping[str, str]) -> Bar:
    """A row of the ranking; without a price its throughput, and no bar."""
    cost = row["usd_per_million_tokens"]
    return Bar(_servers(row, names), _figure(row) if cost is None else usd(cost), cost)


def _servers(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    attention, ffn = names[row["attention_on"]], names[row["ffn_on"]]
    if row["kind"] == "AFD":
        return f"AFD: {row['attention_servers']} servers of {attention}, {row['ffn_servers']} of {ffn}"
    return f"{row['servers']} servers of {attention} without AFD"


def _figure(row: Mapping[str, Any]) -> str:
    cost = row["usd_per_million_tokens"]
    if cost is None:
        low, high = row["tokens_per_second_per_gpu_low"], row["tokens_per_second_per_gpu_high"]
        band = "" if low is None else f" ({digits(low)} to {digits(high)})"
        return f"{digits(row['tokens_per_second_per_gpu'])} tokens/s per accelerator{band}"
    return f"{usd(cost)} per 1M tokens"


def _decoding(scenario: Scenario, plan: Plan) -> str:
    """The rates of decoding, where they are not ideal."""
    return "" if scenario.rates == "ideal" else f" Decoding at {RATES[scenario.rates]}.{_lent(plan.borrowed)}"


def _lent(borrowed: Collection[str]) -> str:
    return " Some kernels are borrowed." if borrowed else ""


def _against(best: Mapping[str, Any], rival: Mapping[str, Any] | None, names: Mapping[str, str]) -> str:
    """The best deployment, and how much less or more it costs than the best of the other kind."""
    if rival is None or None in (best["usd_per_million_tokens"], rival["usd_per_million_tokens"]):
        return _servers(best, names)
    share = 1 - best["usd_per_million_tokens"] / rival["usd_per_million_tokens"]
    direction = "less" if share >= 0 else "more"
    return f"{_servers(best, names)}; {percent(abs(share))} {direction} than {_servers(rival, names)}"
