"""The planner's questions: the best deployment of a pair, a given deployment, and all pairs side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError
from costmodel.model import Model
from costmodel.planner.build import build
from costmodel.planner.inputs import MOST_SERVERS, REQUESTS, SERVERS, checked
from costmodel.planner.optimum import Objective, check_objective, given, search
from costmodel.planner.pipeline import RatesByAccelerator, split
from costmodel.planner.plan import Plan, Remedy
from costmodel.planner.remedies import deployment_remedies, least_bad, reason, remedies
from costmodel.rates import IDEAL
from costmodel.sla import Sla
from costmodel.workload import Workload


@dataclass(frozen=True)
class PairRow:
    """One pair of accelerators in a comparison: its rank from 1, its plan, and why it delivers no more.

    `rank` is None where there is no feasible plan, `plan` where a fact about an accelerator is missing; `reason` says
    which.
    """

    rank: int | None
    attention_on: Accelerator
    ffn_on: Accelerator
    plan: Plan | None
    reason: str

    @property
    def feasible(self) -> bool:
        """Whether the pair keeps the sla."""
        return self.plan is not None and self.plan.feasible


def plan(
    model: Model,
    *,
    attention_on: Accelerator,
    ffn_on: Accelerator,
    workload: Workload,
    sla: Sla | None = None,
    rates: RatesByAccelerator = IDEAL,
    objective: Objective = "usd",
    most_attention_servers: int = MOST_SERVERS,
    most_ffn_servers: int = MOST_SERVERS,
) -> Plan:
    """The best deployment of a model with attention and FFN on the given accelerators, searched exactly.

    `objective` is "usd" (USD per token), "throughput" (tokens/s per accelerator) or "accelerators" (fewest); ties go to
    fewer accelerators. `efficiency` is one profile for all accelerators or one per accelerator id. When nothing keeps
    the sla, the plan has `feasible` False, shows the least bad deployment, and says in `reason` and `remedies` what
    stops it and what helps. DomainError for a fact that is needed and not known: memory, network, and with "usd" the
    price.

    >>> import costmodel as cm
    >>> h20, h800 = cm.load_accelerator("h20"), cm.load_accelerator("h800")
    >>> best = plan(cm.load_model("step-3"), attention_on=h20, ffn_on=h800, workload=cm.Workload(context=8192))
    >>> best.attention_servers, best.ffn_servers, best.binding
    (6, 1, 'attention')
    """
    check_objective(objective)
    pipeline = split(model, attention_on, ffn_on, workload=workload, sla=sla, rates=rates)
    most_attention = checked(SERVERS, "most_attention_servers", most_attention_servers)
    most_ffn = checked(SERVERS, "most_ffn_servers", most_ffn_servers)
    found = search(pipeline, most_attention, most_ffn, objective)
    if found is not None:
        return _told(build(pipeline, found))
    shown = build(pipeline, given(pipeline, *least_bad(pipeline, most_attention, most_ffn), batch=1))
    return _told(shown, remedies(pipeline, most_attention, most_ffn))


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
    """What a given deployment does: `micro_batch` requests in flight per stage, spread over the attention accelerators.

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
    pipeline = split(model, attention_on, ffn_on, workload=workload, sla=sla, rates=rates)
    n_attention = checked(SERVERS, "attention_servers", attention_servers)
    n_ffn = checked(SERVERS, "ffn_servers", ffn_servers)
    requests = checked(REQUESTS, "micro_batch", micro_batch)
    batch = -(-requests // (n_attention * pipeline.attention_accelerators_per_server))
    found = given(pipeline, n_attention, n_ffn, batch)
    built = build(pipeline, found, requests)
    return _told(built, () if built.feasible else deployment_remedies(pipeline, found))


def plans(
    model: Model,
    accelerators: Sequence[Accelerator],
    workload: Workload,
    sla: Sla | None = None,
    *,
    rates: RatesByAccelerator = IDEAL,
    objective: Objective = "usd",
    most_attention_servers: int = MOST_SERVERS,
    most_ffn_servers: int = MOST_SERVERS,
) -> tuple[PairRow, ...]:
    """The best plan of every ordered pair of accelerators, best first; infeasible pairs follow with their reason.

    A pair about which a fact is missing (price, memory, network) is listed last and says which.
    """
    check_objective(objective)
    if not accelerators:
        raise DomainError("accelerators must name at least one accelerator, got none")
    rows = []
    for attention_on in accelerators:
        for ffn_on in accelerators:
            try:
                found = plan(
                    model,
                    attention_on=attention_on,
                    ffn_on=ffn_on,
                    workload=workload,
                    sla=sla,
                    rates=rates,
                    objective=objective,
                    most_attention_servers=most_attention_servers,
                    most_ffn_servers=most_ffn_servers,
                )
                rows.append(PairRow(None, attention_on, ffn_on, found, found.reason))
            except DomainError as error:
                rows.append(PairRow(None, attention_on, ffn_on, None, str(error)))
    rows.sort(key=lambda row: _order(row.plan, objective))
    return tuple(replace(row, rank=place if row.feasible else None) for place, row in enumerate(rows, start=1))


def _order(found: Plan | None, objective: Objective) -> tuple[int, float, float]:
    if found is None:
        return 2, 0.0, 0.0
    if not found.feasible:
        return 1, found.load, 0.0
    if objective == "usd":
        return 0, found.usd_per_million_tokens or 0.0, found.accelerator_count
    if objective == "throughput":
        return 0, -found.tokens_per_second_per_gpu, found.accelerator_count
    return 0, found.accelerator_count, -found.tokens_per_second


def _told(built: Plan, changes: tuple[Remedy, ...] = ()) -> Plan:
    """The plan with its reason in words."""
    bound = next(item for item in built.constraints if item.name == built.binding)
    return replace(built, remedies=changes, reason=reason(bound, changes))
