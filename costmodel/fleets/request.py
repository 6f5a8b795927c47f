"""Price, time to first token and pools of a whole request on the accelerators of a scenario."""

from dataclasses import dataclass, field
from math import ceil

from costmodel.accelerator import Accelerator
from costmodel.checks import check_range, check_whole
from costmodel.cost import attention_seconds, cheapest, ffn_seconds
from costmodel.errors import DomainError, Problem
from costmodel.fleets.capacity import prefill_unit
from costmodel.fleets.ttft import Ttft
from costmodel.lengths import Lengths, whole_context
from costmodel.planner.plan import Plan
from costmodel.planner.plans import plan as best_plan
from costmodel.rates import IDEAL, Rates
from costmodel.request_mix import UNKNOWN_HIT_RATE, RequestMix
from costmodel.requests.prefill import Prefill, prefill
from costmodel.requests.prefill_work import prefill_work
from costmodel.requests.price import RequestPrice, Storage
from costmodel.requests.transfer import KvTransfer, kv_transfer, nic_bytes_per_second
from costmodel.scenario import Scenario
from costmodel.service import Service
from costmodel.units import SECONDS_PER_HOUR, TOKENS_PER_MILLION
from costmodel.workload import Workload

POOLS = ("prefill", "attention", "ffn")

FREE_STORAGE = "Cached tokens are stored and moved free of charge."
IDEAL_DECODE = "Decoding costs the ideal limit: no plan was given."
FULL_LOAD = "Prices are those at full load: no capacity stands idle."


@dataclass(frozen=True)
class PoolUse:
    """One pool's part in a request: its accelerator, the accelerator-seconds it takes [s] and their price [USD]."""

    pool: str
    accelerator: Accelerator
    seconds: float

    @property
    def usd(self) -> float:
        """Price of the seconds [USD]."""
        return float(self.seconds * self.accelerator.price() / SECONDS_PER_HOUR)

    def servers(self, requests_per_second: float) -> int:
        """Whole servers that this many requests per second keep busy."""
        check_range("requests_per_second", requests_per_second, 0)
        return ceil(requests_per_second * self.seconds / self.accelerator.accelerators_per_server)


@dataclass(frozen=True)
class Request:
    """Cost and times of a request, mean over its lengths. `ideal` is False where a `plan` gives the cost of decoding.

    `uses` are the three pools with the accelerator-seconds of a request; `assumptions` what was taken for granted.
    """

    lengths: Lengths = field(repr=False)
    price: RequestPrice
    prefill: Prefill = field(repr=False)
    transfer: KvTransfer | None
    ttft: Ttft
    uses: tuple[PoolUse, ...]
    ideal: bool
    assumptions: tuple[str, ...]
    plan: Plan | None = field(default=None, repr=False)

    @property
    def usd(self) -> float:
        """Cost at full load [USD per request]."""
        return float(self.price.usd)

    @property
    def input_usd(self) -> float:
        """Computed prompt tokens [USD per request]."""
        return float(self.price.input_usd)

    @property
    def cached_usd(self) -> float:
        """Cached prompt tokens [USD per request]."""
        return float(self.price.cached_usd)

    @property
    def output_usd(self) -> float:
        """Output tokens [USD per request]."""
        return float(self.price.output_usd)

    @property
    def shares(self) -> dict[str, float]:
        """Share of input, cached and output tokens in the cost."""
        return {kind: float(share) for kind, share in self.price.shares.items()}

    def use(self, pool: str) -> PoolUse:
        """The part of "prefill", "attention" or "ffn"."""
        return next(each for each in self.uses if each.pool == pool)

    @property
    def ratio(self) -> float:
        """Prefill accelerators per decode accelerator at which neither waits for the other."""
        return self.use("prefill").seconds / (self.use("attention").seconds + self.use("ffn").seconds)

    def servers(self, requests_per_second: float) -> dict[str, int]:
        """Whole servers of each pool by the flow balance, at full load."""
        return {each.pool: each.servers(requests_per_second) for each in self.uses}

    def binding(self, servers: dict[str, int]) -> str:
        """The pool of those servers that limits the requests per second."""
        return min(self.uses, key=lambda use: _capacity(use, servers)).pool

    def requests_per_second(self, servers: dict[str, int]) -> float:
        """Requests per second that those servers can carry together."""
        return min(_capacity(use, servers) for use in self.uses)


def request(
    scenario: Scenario,
    *,
    prompt: float | None = None,
    output: float | None = None,
    cached: float | None = None,
    lengths: Lengths | None = None,
    plan: Plan | None = None,
    prefill_rates: Rates = IDEAL,
    prefill_servers: int | None = None,
    overlap: float | None = None,
    core_bits: int | None = None,
    accelerators_per_prompt: int | None = None,
    parallel_efficiency: float | None = None,
    storage: Storage | None = None,
    utilization: float | None = None,
) -> Request:
    """Price of a request of the scenario: mean `prompt` and `output` tokens, a share `cached` of the prompt found.

    What is given stands in place of the scenario's own; equal requests or `lengths` in place of its spread. Each pool
    stands on the cheapest candidate, or decoding on those of a `plan`. It costs what the plan does, or the ideal of the
    paper at the context that the lengths cause. `prefill_servers` share the experts: one in the limit; with a plan, the
    unit of the service or the fewest that hold the weights. An unknown hit rate is taken as 0, and the result says so.

    >>> import costmodel as cm
    >>> bill = request(cm.default_scenario(), prompt=8192, output=1024, cached=0.0)
    >>> f"{bill.price.shares['input'] * 100:.0f} % of the cost is prefill on {bill.use('prefill').accelerator.name}"
    '81 % of the cost is prefill on H800'
    """
    asked, service = scenario.request, scenario.service
    requests = _lengths(asked, prompt, output, cached, lengths)
    used = asked.utilization if utilization is None else utilization
    workers = service.accelerators_per_prompt if accelerators_per_prompt is None else accelerators_per_prompt
    efficiency = service.parallel_efficiency if parallel_efficiency is None else parallel_efficiency
    check_whole("accelerators_per_prompt", workers, 1)
    check_range("parallel_efficiency", efficiency, 0, 1, above=True)
    first = _cheapest_prefill(
        scenario,
        requests,
        rates=prefill_rates,
        service=service,
        servers=1 if prefill_servers is None and plan is None else prefill_servers,
        overlap=service.overlap if overlap is None else overlap,
        core_bits=service.core_bits if core_bits is None else core_bits,
    )
    workload = _workload(scenario, requests)
    decode = _decode_uses(scenario, requests, workload, plan)
    uses = (PoolUse("prefill", first.accelerator, float(first.seconds)), *decode)
    kept = Storage() if storage is None else storage
    moved = _transfer(scenario, first, requests)
    tpot = scenario.sla.tpot if plan is None else plan.tpot
    return Request(
        lengths=requests,
        price=_price(scenario, first, requests, uses, storage=kept, utilization=used),
        prefill=first,
        transfer=moved,
        ttft=Ttft(
            wait=0.0,
            prefill=float(first.seconds) / (workers * efficiency),
            transfer=0.0 if moved is None else moved.seconds,
            first_step=tpot,
        ),
        uses=uses,
        ideal=plan is None and bool(prefill_rates.is_ideal),
        assumptions=(
            *((UNKNOWN_HIT_RATE,) if _unknown_hits(asked, cached, lengths) else ()),
            *_assumptions(first, kept, moved, used, ideal_decode=plan is None),
            *(() if plan is None else plan.assumptions),
        ),
        plan=plan,
    )


def deployed_request(scenario: Scenario) -> Request:
    """The request of a scenario on whole servers within the SLA: decoding is that of the best plan at its context.

    DomainError where no deployment keeps the SLA.
    """
    at = scenario.model_copy(update={"workload": _workload(scenario, scenario.request.lengths())})
    found = best_plan(at)
    if not found.feasible:
        raise DomainError(Problem("sla.tpot", found.reason))
    return request(scenario, plan=found)


def _workload(scenario: Scenario, requests: Lengths) -> Workload:
    # A context derived from allowed lengths may exceed the limit of the input field.
    return scenario.workload.model_copy(update={"context": int(whole_context(requests.decode_context))})


def _unknown_hits(asked: RequestMix, cached: float | None, lengths: Lengths | None) -> bool:
    return lengths is None and cached is None and asked.cached is None


def _lengths(
    asked: RequestMix, prompt: float | None, output: float | None, cached: float | None, lengths: Lengths | None
) -> Lengths:
    """The requests priced: `lengths`, equal ones of what is given, or the scenario's with their spread."""
    given = (prompt, output, cached)
    if lengths is not None:
        if given != (None, None, None):
            raise DomainError(Problem("lengths", "and prompt, output or cached are given; only one of them can be"))
        return lengths
    if given == (None, None, None):
        return asked.lengths()
    if cached is not None:
        # The share has another name where lengths are made of it.
        check_range("cached", cached, 0, 1 - 1 / (asked.prompt if prompt is None else max(prompt, 1)))
    return Lengths.spread(
        asked.prompt if prompt is None else prompt,
        asked.output if output is None else output,
        prompt_cv=asked.prompt_cv if prompt is None else 0,
        output_cv=asked.output_cv if output is None else 0,
        hit_rate=float(asked.hit_rate) if cached is None else cached,
    )


def _cheapest_prefill(
    scenario: Scenario,
    requests: Lengths,
    *,
    rates: Rates,
    service: Service,
    servers: int | None,
    overlap: float,
    core_bits: int,
) -> Prefill:
    """Prefill on the cheapest candidate that has a price, the rates and a unit; DomainError where none has."""
    candidates = scenario.candidates("prefill_on")
    bits = prefill_work(scenario.model, 1, 0).bits(core_bits)
    found: list[Prefill] = []
    unpriced: list[str] = []
    unfit: list[str] = []
    for each in candidates:
        reason = each.unranked(*bits, reads=False)
        if reason is not None and (len(candidates) > 1 or each.unknown(*bits, reads=False) is not None):
            unpriced.append(reason)
            continue
        try:
            unit = prefill_unit(scenario.model, each, requests.mean_prompt, service) if servers is None else servers
            one = prefill(
                scenario.model,
                each,
                lengths=requests,
                rates=rates,
                servers=unit,
                overlap=overlap,
                core_bits=core_bits,
            )
        except DomainError as error:
            if servers is not None:
                raise
            unfit.append(error.problems[0].reason)
        else:
            found.append(one)
    if not found:
        needs = [*unpriced, "set one to compute costs"] if unpriced else []
        raise DomainError(Problem("prefill_on", "; ".join((*needs, *unfit))))
    return min(found, key=lambda each: float(each.usd_per_million_tokens))


def _decode_uses(
    scenario: Scenario, requests: Lengths, workload: Workload, plan: Plan | None
) -> tuple[PoolUse, PoolUse]:
    """Accelerator-seconds of attention and FFN for the output of a request: of the plan, or of the ideal."""
    output = requests.mean_output
    if plan is not None:
        each = output / plan.tokens_per_second
        return (
            PoolUse("attention", plan.attention_on, plan.attention_accelerators * each),
            PoolUse("ffn", plan.ffn_on, plan.ffn_accelerators * each),
        )
    best = cheapest(scenario.replace(workload=workload)).pair
    work = scenario.model.decode_work(workload)
    return (
        PoolUse("attention", best.attention_on, float(output * attention_seconds(work, best.attention_on).total)),
        PoolUse("ffn", best.ffn_on, float(output * ffn_seconds(work, best.ffn_on))),
    )


def _price(
    scenario: Scenario,
    first: Prefill,
    requests: Lengths,
    uses: tuple[PoolUse, ...],
    *,
    storage: Storage,
    utilization: float,
) -> RequestPrice:
    """The bill by kind of token: expanding cached tokens is charged to them, the rest of prefill to input."""
    spent = {use.pool: use.usd for use in uses}
    reread = float(first.reread_share) * spent["prefill"]
    cached = requests.mean_cached
    per_cached = storage.usd_per_million_cached(scenario.model.kv_bytes_per_token, reread / cached if cached else 0.0)
    return RequestPrice(
        prompt=requests.mean_prompt,
        cached=cached,
        output=requests.mean_output,
        usd_per_million_input=(spent["prefill"] - reread) / requests.mean_missed * TOKENS_PER_MILLION,
        usd_per_million_cached=per_cached,
        usd_per_million_output=(spent["attention"] + spent["ffn"]) / requests.mean_output * TOKENS_PER_MILLION,
        utilization=utilization,
    )


def _transfer(scenario: Scenario, first: Prefill, requests: Lengths) -> KvTransfer | None:
    """The mean cache sent over the prefill accelerator's NIC; None where its network is not known."""
    if first.accelerator.nics_per_server is None:
        return None
    rate = nic_bytes_per_second(first.accelerator, first.rates)
    each = kv_transfer(scenario.model, requests.prompt, rate)
    return KvTransfer(*(float(requests.mean(part)) for part in (each.bytes, each.seconds, each.last_layer_seconds)))


def _assumptions(
    first: Prefill, storage: Storage, moved: KvTransfer | None, utilization: float, *, ideal_decode: bool
) -> tuple[str, ...]:
    said = [f"The attention core of prefill computes in {first.core_bits} bit at {first.rates.words()}."]
    if first.servers > 1:
        said.append(first.network_words)
    if ideal_decode:
        said.append(IDEAL_DECODE)
    if storage == Storage():
        said.append(FREE_STORAGE)
    if utilization == 1:
        said.append(FULL_LOAD)
    if moved is None:
        said.append(f"No network is known for {first.accelerator.name}: cache transfer takes no time.")
    return tuple(said)


def _capacity(use: PoolUse, servers: dict[str, int]) -> float:
    return servers[use.pool] * use.accelerator.accelerators_per_server / use.seconds
