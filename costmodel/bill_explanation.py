"""Explanations of the headlines of a request and of a fleet: formula, and each symbol with its value and unit."""

from contextlib import suppress

import numpy as np

from costmodel.errors import DomainError
from costmodel.explanation import Explanation, Term
from costmodel.fleets.fleet import DAYS_PER_MONTH, Fleet
from costmodel.fleets.owning import OwnedPrice, owned_prices
from costmodel.fleets.pools import POOLS
from costmodel.fleets.queueing import APPROXIMATE
from costmodel.fleets.request import Request, request
from costmodel.fleets.schedules import down_time
from costmodel.requests.energy import busy_watts, tdp_estimates
from costmodel.scenario import Scenario
from costmodel.units import SECONDS_PER_HOUR

USD = "USD/1M tokens"
PER_REQUEST = "USD/request"


def explain_request(scenario: Scenario, bill: Request) -> list[Explanation]:
    """Explanations of the headlines of a request, in the order in which a page shows them."""
    parts = [_cost(bill), _prefill(bill), _ttft(scenario, bill), _ratio(bill), _reservation(bill)]
    limit = request(scenario)
    # Without a TDP there is no energy to explain.
    known = all(use.accelerator.tdp_watts is not None for use in limit.uses)
    return [*parts, _request_energy(scenario, limit)] if known else parts


def explain_fleet(found: Fleet) -> list[Explanation]:
    """Explanations of the headlines of a fleet, in the order in which a page shows them."""
    parts = [_bill(found), _servers(found), _spares(found), _wait(found)]
    # Without a TDP there is no headline to explain.
    with suppress(DomainError):
        parts.append(_energy(found))
    return parts + [_owned(each) for each in owned_prices(found.sizes.scenario).values()]


def _cost(bill: Request) -> Explanation:
    price = bill.price
    decode = "that of the ideal limit" if bill.ideal else "that of the plan on whole servers"
    return Explanation(
        "Cost of a request",
        "[ (P - h) u_in + h u_hit + D u_out ] / 1e6;  u_in, u_hit: seconds of prefill x price;  u_out: decoding",
        (
            Term("P", "mean prompt, cached tokens included", price.prompt, "tokens"),
            Term("h", "of it found in the prefix cache", price.cached, "tokens"),
            Term("D", "mean output", price.output, "tokens"),
            Term("u_in", f"computed input on {bill.use('prefill').accelerator.name}", price.usd_per_million_input, USD),
            Term("u_hit", "cached input: its expansion", price.usd_per_million_cached, USD),
            Term("u_out", f"output, {decode}", price.usd_per_million_output, USD),
            *(
                Term(f"C_{use.pool}", f"{use.pool} pool on {use.accelerator.name}", use.usd, PER_REQUEST)
                for use in bill.uses
            ),
            Term("C", "sum of the pools", bill.usd, PER_REQUEST),
        ),
        "Step-3, arXiv 2507.19427 sec. 4 for decoding; prefill by FLOPs of the prompt's pairs",
        " ".join(bill.assumptions),
    )


def _prefill(bill: Request) -> Explanation:
    first, accelerator = bill.prefill, bill.prefill.accelerator
    work, rate = first.flops, accelerator.flops_per_second(first.core_bits)
    formula = (
        "seconds = linear / R_linear + core / R_core + reread / R_linear;  linear = 2 (P - h) active parameters;"
        "  core: (query, key) pairs (P (P + 1) - h (h + 1)) / 2 under the causal mask"
    )
    network: tuple[Term, ...] = ()
    if first.servers > 1:
        formula += ";  with the network: max + (1 - overlap) min of the two"
        network = (
            Term("computing", "of one accelerator", first.compute_seconds, "s"),
            Term("network", f"expert parallelism over {first.servers} servers", first.network_seconds, "s"),
            Term("overlap", "of computing and network", first.overlap, "1"),
        )
    return Explanation(
        "Prefill",
        formula,
        (
            Term("linear", "projections and active FFN of the computed tokens", work.linear, "FLOP"),
            Term("core", "attention core, expected over the prompts", work.core, "FLOP"),
            Term("index", "indexers of sparse attention", work.index, "FLOP"),
            Term("reread", "expansion of cached tokens", work.reread, "FLOP"),
            Term(
                "R_core",
                f"{accelerator.name}: rate of the core",
                rate,
                "FLOP/s",
            ),
            *network,
            Term("seconds", "of one accelerator", first.seconds, "s"),
            Term("price", f"{accelerator.name}", accelerator.price(), "USD/h"),
            Term("u_in", "computed input and its share of the cached", first.usd_per_million_tokens, USD),
        ),
        "mechanisms' prefill forms: MLA expanded (DeepSeek-V2, arXiv 2405.04434), others as in decode",
        f"{first.rates.words().capitalize()}; the core computes in {first.core_bits} bit.",
    )


def _ttft(scenario: Scenario, bill: Request) -> Explanation:
    parts = bill.ttft
    return Explanation(
        "Time to first token",
        "wait + prefill seconds / (accelerators x efficiency) + cache transfer + first decode step",
        (
            Term("wait", "for a prefill worker: none counted here, see Fleet", parts.wait, "s"),
            Term("accelerators", "that work on one prompt", scenario.service.accelerators_per_prompt, "accelerators"),
            Term("efficiency", "of their work together", scenario.service.parallel_efficiency, "1"),
            Term("prefill", "of one prompt", parts.prefill, "s"),
            Term("transfer", "cache of the prompt over one accelerator's share of the NICs", parts.transfer, "s"),
            Term("first step", "TPOT", parts.first_step, "s"),
            Term("TTFT", "sum", parts.seconds, "s"),
        ),
        "sum of its parts; waiting by Erlang-C with Allen-Cunneen's correction on Fleet",
        "Sending layer by layer would hide all but the last layer of the transfer.",
    )


def _ratio(bill: Request) -> Explanation:
    return Explanation(
        "Prefill accelerators per decode accelerator",
        "n_P : n_D = seconds of prefill : (seconds of attention + seconds of FFN), per request",
        (
            *(Term(use.pool, f"accelerator-seconds on {use.accelerator.name}", use.seconds, "s") for use in bill.uses),
            Term("ratio", "at which neither side waits", bill.ratio, "1"),
        ),
        "flow balance: what arrives at one pool leaves the other",
        "Whole servers are counted on Fleet.",
    )


def _reservation(bill: Request) -> Explanation:
    price = bill.price
    return Explanation(
        "Cost of reserved capacity",
        "C / u;  gross margin = (list - C / u) / list;  markup = (list - C / u) / (C / u)",
        (
            Term("C", "cost at full load", price.usd, PER_REQUEST),
            Term("u", "mean load over capacity", price.utilization, "1"),
            Term("C / u", "what a list price is compared with", price.reservation_usd, PER_REQUEST),
        ),
        "capacity is paid whether it is used or not",
        "Staff, storage, traffic and free tiers are in no price here.",
    )


def _bill(found: Fleet) -> Explanation:
    schedule = found.follow
    return Explanation(
        "Bill of a month",
        "sum over pools and hours of (servers + spares) x accelerators x price, x 365 / 12",
        (
            *(
                Term(pool, f"server-hours a day on {on.name}", schedule.course(pool).server_hours, "h")
                for pool, on in schedule.accelerators.items()
            ),
            *(
                Term(f"price {pool}", f"server of {on.name}", on.accelerators_per_server * on.price(), "USD/h")
                for pool, on in schedule.accelerators.items()
            ),
            Term("day", "perfect autoscaler", schedule.usd_per_day, "USD"),
            Term("static", "each pool's peak all day", schedule.static_usd_per_day, "USD"),
            Term("month", "day x 365 / 12", schedule.usd_per_day * DAYS_PER_MONTH, "USD"),
        ),
        "ceiling per pool and hour, exact where starts cost nothing",
        " ".join(found.assumptions),
    )


def _servers(found: Fleet) -> Explanation:
    slot, demand, slots = found.busiest, found.demand, found.slots
    return Explanation(
        "Servers at the peak",
        "decode: requests in flight = arrivals x D x TPOT (Little), over what a server carries;"
        "  prefill: arrivals x seconds;  x (1 + headroom), the most over the cold start ahead, rounded up",
        (
            Term("hour", "busiest", slot * slots.hours, "h"),
            Term("arrivals", "in that slot", slots.arrivals[slot], "requests/s"),
            Term("D", "mean output", slots.output[slot], "tokens"),
            Term("TPOT", "owed", found.sizes.scenario.sla.tpot, "s"),
            Term("in flight", "requests decoded together", found.sizes.in_flight[slot], "requests"),
            Term("context", "mean of a decode step", slots.context[slot], "tokens"),
            Term("headroom", "above demand", demand.headroom, "1"),
            Term("cold start", "until a new server serves", demand.cold_start_seconds, "s"),
            *(Term(pool, "servers", int(found.follow.servers[pool][slot]), "servers") for pool in POOLS),
        ),
        "Little 1961; Step-3 sec. 6 for what a server carries",
        found.plan.words,
    )


def _spares(found: Fleet) -> Explanation:
    slot, service = found.busiest, found.sizes.service
    return Explanation(
        "Spares",
        "least k with sum over i >= n of C(n + k, i) (1 - q)^i q^(n + k - i) >= target;  q = MTTR / (MTBF + MTTR)",
        (
            Term("failures", "of an accelerator per year", service.failures_per_accelerator_year, "1/year"),
            Term("MTTR", "until a server is back", service.repair_hours, "h"),
            *(
                Term(f"q {pool}", f"server of {on.name} is down", down_time(on, service), "1")
                for pool, on in found.follow.accelerators.items()
            ),
            Term("target", "all servers needed are up", found.demand.availability, "1"),
            *(Term(pool, "spares at the peak", int(found.follow.spares[pool][slot]), "servers") for pool in POOLS),
            Term("instance", "share of time that one runs without spares", found.instance_availability, "1"),
            Term("blast radius", "requests lost with an attention server", found.requests_prefilled_again, "1"),
        ),
        "419 interruptions in 54 days on 16,384 H100: Llama 3 training, Meta, July 2024",
        "One lost FFN server stops its instance; requests of a lost attention server are prefilled again.",
    )


def _wait(found: Fleet) -> Explanation:
    """The wait for a prefill worker in the worst slot, which the page shows."""
    demand, slots, service = found.demand, found.slots, found.sizes.service
    waits = np.asarray(found.prefill_wait.quantile(demand.ttft_share))
    slot = int(np.argmax(waits))
    on, rates = found.prefill_on, found.sizes.rates_for(found.prefill_on)
    accelerators = int(found.follow.servers["prefill"][slot]) * on.accelerators_per_server
    workers = max(accelerators // service.accelerators_per_prompt, 1)
    _, parts = found.sizes.ttft_left(on, np.asarray(found.sizes.work.prefill(on, rates).seconds))
    seconds = float(np.broadcast_to(parts, waits.shape)[slot])
    return Explanation(
        "Prefill wait",
        "E[W] = C s / [ c (1 - rho) ] (cv_a^2 + cv_s^2) / 2;  C: Erlang-C, the share that waits;"
        "  W_q = E[W] / C ln( C / (1 - q) )",
        (
            Term("hour", "with the longest wait", slot * slots.hours, "h"),
            Term("arrivals", "in that slot", slots.arrivals[slot], "requests/s"),
            Term("c", f"prefill workers of {service.accelerators_per_prompt} x {on.name}", workers, "workers"),
            Term("s", "mean prefill of a prompt", seconds, "s"),
            Term("rho", "arrivals x s / c", slots.arrivals[slot] * seconds / workers, "1"),
            Term("cv_a", "burstiness of arrivals", demand.arrival_cv, "1"),
            Term("cv_s", "spread of prefill times", found.sizes.work.service_cv(on, rates), "1"),
            Term("C", "share of requests that wait", np.ravel(found.prefill_wait.probability)[slot], "1"),
            Term("E[W]", "mean wait of all requests", np.ravel(found.prefill_wait.mean)[slot], "s"),
            Term("q", "share of requests asked about", demand.ttft_share, "1"),
            Term("W_q", "wait that they stay below", waits[slot], "s"),
        ),
        "Erlang-C with the correction of Allen and Cunneen; arXiv 2603.16054 for its errors",
        APPROXIMATE,
    )


def _request_energy(scenario: Scenario, limit: Request) -> Explanation:
    """Energy of a request in the limit, pool by pool."""
    service = scenario.service
    shares = {"prefill": service.prefill_share, "attention": service.decode_share, "ffn": service.decode_share}
    terms: list[Term] = []
    total = 0.0
    for use in limit.uses:
        tdp, share = float(use.accelerator.tdp_watts or 0), float(shares[use.pool])
        joules = float(busy_watts(tdp, share, service)) * use.seconds
        total += joules
        terms += [
            Term(f"TDP {use.pool}", use.accelerator.name, tdp, "W"),
            Term(f"share {use.pool}", "of TDP that a busy accelerator draws", share, "1"),
            Term(f"seconds {use.pool}", "of one accelerator", use.seconds, "s"),
            Term(f"J {use.pool}", "at the meter", joules, "J/request"),
        ]
    return Explanation(
        "Energy of a request",
        "J = sum over pools of (share x TDP + host) PUE seconds",
        (
            *terms,
            Term("host", "an accelerator's share of its server", service.host_watts, "W"),
            Term("PUE", "meter over servers", service.pue, "1"),
            Term("J", "sum of the pools", total, "J/request"),
        ),
        "shares of TDP: vllm-sr-sim's fit of H100, semantic-router's study of B200",
        " ".join(["TDP is an upper bound, not the draw.", *tdp_estimates(use.accelerator for use in limit.uses)]),
    )


def _energy(found: Fleet) -> Explanation:
    power, service = found.power(), found.sizes.service
    return Explanation(
        "Energy",
        "W = [ idle + (busy - idle) u + host ] x accelerators x PUE;  J per token = W / (tokens/s);  spares idle",
        (
            *(Term(f"kW {pool}", "mean of the day", power.watts(pool).mean() / 1000, "kW") for pool in POOLS),
            Term("PUE", "meter over servers", service.pue, "1"),
            Term("J_in", "per computed input token", power.joules_per_input_token, "J"),
            Term("J_out", "per output token", power.joules_per_output_token, "J"),
            Term("J", "per request", power.joules_per_request, "J"),
            Term("CO2", f"at {service.grams_per_kwh:g} g/kWh", power.grams_per_request, "g/request"),
        ),
        "shares of TDP: vllm-sr-sim's fit of H100, semantic-router's study of B200",
        " ".join(["TDP is an upper bound, not the draw.", *tdp_estimates(found.follow.accelerators.values())]),
    )


def _owned(owned: OwnedPrice) -> Explanation:
    return Explanation(
        f"Owning {owned.accelerator.name}",
        "[ (capex - resale / (1 + r)^n) CRF + capex x upkeep ] / 8760 + kW PUE USD/kWh + kW hosting 12 / 8760;"
        "  CRF = r / (1 - (1 + r)^-n);"
        "  months to pay back = capex x 12 / [ (rent - electricity - upkeep - hosting) 8760 ], interest left out",
        (
            Term("capex", "accelerator with its share of server and network", owned.capex, "USD"),
            Term("capital", "recovered with interest", owned.capital, "USD/h"),
            Term("upkeep", "maintenance and insurance", owned.upkeep, "USD/h"),
            Term("electricity", "at the meter", owned.electricity, "USD/h"),
            Term("hosting", "space and cooling", owned.hosting, "USD/h"),
            Term("sum", "of an hour that is on", owned.usd_per_hour, "USD/h"),
            *_paid_back(owned),
        ),
        f"capital recovery factor; an hour is {SECONDS_PER_HOUR} s, a year 8,760 h",
        "The purchase price is yours; rent is that of the price book.",
    )


def _paid_back(owned: OwnedPrice) -> tuple[Term, ...]:
    """Rent, and the months until the rent not paid has returned the capital; none where that never happens."""
    if owned.accelerator.usd_per_hour is None:
        return ()
    rent = Term("rent", "of the price book", owned.accelerator.price(), "USD/h")
    months = owned.months_to_pay_back()
    if not np.isfinite(months):
        return (rent,)
    return (rent, Term("months", "to pay back, on all year", months, "months"))
