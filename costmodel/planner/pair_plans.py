"""One pair of accelerators: its best deployment, and any given one."""

from collections.abc import Mapping
from dataclasses import replace

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError, Problem, quote
from costmodel.model import Model
from costmodel.planner.build import build
from costmodel.planner.inputs import LARGEST_POOL, REQUESTS, SERVERS, check_objective, checked
from costmodel.planner.optimum import Found, given, search
from costmodel.planner.pipeline import Pipeline
from costmodel.planner.plan import Plan, PoolLimit, Remedy
from costmodel.planner.remedies import deployment_remedies, least_bad, reason, remedies
from costmodel.planner.stages import AttentionStage, FfnStage
from costmodel.rates import IDEAL, Rates
from costmodel.scenario import Objective
from costmodel.sla import Sla
from costmodel.workload import Workload

RatesByAccelerator = Rates | Mapping[str, Rates]

GAIN_SHOWN = 1e-4
"""A largest pool binds where twice as many servers would improve the objective by more than this share."""


def rates_of(accelerator: Accelerator, rates: RatesByAccelerator) -> Rates:
    """The rates of an accelerator: the same for all, or by accelerator id; DomainError when its id is not named."""
    if isinstance(rates, Rates):
        return rates
    if accelerator.id not in rates:
        named = ", ".join(map(str, rates)) or "none"
        raise DomainError(Problem("rates", f"names no rates for {accelerator.id}; rates are given for {quote(named)}"))
    return rates[accelerator.id]


def pipeline_of(
    model: Model,
    attention_on: Accelerator,
    ffn_on: Accelerator,
    *,
    workload: Workload,
    sla: Sla | None,
    rates: RatesByAccelerator,
) -> Pipeline:
    """The pipeline of a pair of accelerators, each at its own rates; the paper's SLA by default."""
    kept = Sla() if sla is None else sla
    at_attention, at_ffn = rates_of(attention_on, rates), rates_of(ffn_on, rates)
    slower = max(at_attention.step_seconds, at_ffn.step_seconds)
    return Pipeline(
        AttentionStage(model, attention_on, workload, kept, at_attention, slower),
        FfnStage(model, ffn_on, workload, kept, at_ffn, slower),
    )


def pair_plan(
    model: Model,
    *,
    attention_on: Accelerator,
    ffn_on: Accelerator,
    workload: Workload,
    sla: Sla | None = None,
    rates: RatesByAccelerator = IDEAL,
    objective: Objective = "usd",
    largest_pool: int = LARGEST_POOL,
) -> Plan:
    """The best deployment of a model with attention and FFN on the given accelerators, searched exactly.

    `objective` is "usd" (USD per token), "throughput" (tokens/s per accelerator) or "accelerators" (fewest); ties go to
    fewer accelerators. `rates` is the same for all accelerators or one per accelerator id. When nothing meets the SLA,
    the plan has `feasible` False, shows the least bad deployment, and says in `reason` and `remedies` what stops it and
    what helps. DomainError for a fact that is needed and not known: memory, network, and with "usd" the price.

    >>> import costmodel as cm
    >>> h20, h800 = cm.load_accelerator("h20"), cm.load_accelerator("h800")
    >>> best = pair_plan(cm.load_model("step-3"), attention_on=h20, ffn_on=h800, workload=cm.Workload(context=8192))
    >>> best.attention_servers, best.ffn_servers, best.binding
    (6, 1, 'attention')
    """
    pipeline = pipeline_of(model, attention_on, ffn_on, workload=workload, sla=sla, rates=rates)
    return best_of(pipeline, objective, largest_pool)


def best_of(pipeline: Pipeline, objective: Objective, largest_pool: int, *, ffn_pool: int | None = None) -> Plan:
    """The best deployment of a pipeline, with at most `largest_pool` servers per pool, or `ffn_pool` of the FFN."""
    check_objective(objective)
    most = checked(SERVERS, "largest_pool", largest_pool)
    found = search(pipeline, most, objective, ffn_pool=ffn_pool)
    if found is not None:
        plan = build(pipeline, found)
        if ffn_pool is not None:
            return _explained(plan)
        return _explained(replace(plan, pool_limit=_pool_limit(pipeline, found, plan, objective, most)))
    shown = build(pipeline, given(pipeline, *least_bad(pipeline, most), batch=1))
    return _explained(shown, remedies(pipeline, most))


def deployment(
    model: Model,
    *,
    attention_on: Accelerator,
    ffn_on: Accelerator,
    attention_servers: int,
    ffn_servers: int,
    micro_batch: int,
    workload: Workload,
    sla: Sla | None = None,
    rates: RatesByAccelerator = IDEAL,
) -> Plan:
    """The plan of a given deployment: `micro_batch` requests in flight per stage, over the attention accelerators.

    Where the micro-batch does not divide evenly, the fullest accelerator sets the time. Paper sec. 7.

    >>> import costmodel as cm
    >>> h800 = cm.load_accelerator("h800")
    >>> stages = deployment(
    ...     cm.load_model("step-3"), attention_on=h800, ffn_on=h800, attention_servers=2, ffn_servers=2,
    ...     micro_batch=2048, workload=cm.Workload(context=4096),
    ... ).stage_seconds
    >>> [round(seconds * 1e6) for seconds in (stages.attention, stages.network, stages.ffn)]
    [102, 110, 101]
    """
    pipeline = pipeline_of(model, attention_on, ffn_on, workload=workload, sla=sla, rates=rates)
    n_attention = checked(SERVERS, "attention_servers", attention_servers)
    n_ffn = checked(SERVERS, "ffn_servers", ffn_servers)
    requests = checked(REQUESTS, "micro_batch", micro_batch)
    batch = -(-requests // (n_attention * pipeline.attention.per_server))
    found = given(pipeline, n_attention, n_ffn, batch)
    built = build(pipeline, found, requests)
    return _explained(built, () if built.feasible else deployment_remedies(pipeline, found))


def _pool_limit(pipeline: Pipeline, found: Found, plan: Plan, objective: Objective, most: int) -> PoolLimit | None:
    """The largest pool as a limit, where a plan that uses it up would be better with twice as many servers."""
    pools = {"attention": found.attention_servers, "FFN": found.ffn_servers}
    full = [name for name, servers in pools.items() if servers == most]
    wider = min(2 * most, int(SERVERS.high))
    if not full or wider == most or objective == "accelerators":
        return None
    twice = search(pipeline, wider, objective)
    if twice is None:
        return None
    better = build(pipeline, twice)
    if objective == "usd":
        gain = 1 - (better.usd_per_million_tokens or 0.0) / (plan.usd_per_million_tokens or 1.0)
    else:
        gain = better.tokens_per_second_per_gpu / plan.tokens_per_second_per_gpu - 1
    return PoolLimit(" and ".join(full), most, gain) if gain > GAIN_SHOWN else None


def _explained(built: Plan, changes: tuple[Remedy, ...] = ()) -> Plan:
    """The plan with its reason in words; a largest pool that binds is named first."""
    bound = next(item for item in built.constraints if item.name == built.binding)
    text = reason(bound, changes)
    if built.pool_limit is None:
        return replace(built, remedies=changes, reason=text)
    return replace(
        built,
        remedies=changes,
        binding="largest pool",
        reason=f"{built.pool_limit.text} {text}",
    )
