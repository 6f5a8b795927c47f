"""The cost of decoding with large language models, with and without attention-FFN disaggregation (AFD).

    import costmodel as cm
    step3 = cm.load_model("step-3")
    cost = cm.decode_cost(step3, attention_on=h20, ffn_on=h800, workload=cm.Workload(context=8192))

Units: FLOP, byte, second, USD, token; costs are USD per 1M decoded tokens. Paper: arXiv 2507.19427.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from costmodel.accelerator import Accelerator
    from costmodel.attention import Gqa, Lightning, Mfa, Mla
    from costmodel.cost import (
        Bound,
        Cheapest,
        DecodeCost,
        attention_bound,
        attention_cost,
        attention_seconds,
        cheapest,
        decode_cost,
        ffn_cost,
        ffn_seconds,
        training_cost,
        usd_per_byte,
        usd_per_flop,
    )
    from costmodel.designspace.front import Front
    from costmodel.designspace.pareto import frontier
    from costmodel.designspace.search import search
    from costmodel.designspace.space import Space
    from costmodel.errors import (
        CostModelError,
        DomainError,
        PresetError,
        Problem,
        SearchCancelledError,
        UnknownNameError,
    )
    from costmodel.explanation import Explanation, explain
    from costmodel.ffn import Dense, Moe
    from costmodel.fleets.energy import Draw
    from costmodel.fleets.owning import OwnedPrice, owned_price
    from costmodel.fleets.prefix import with_prefix_hits
    from costmodel.io.link import default_scenario, from_query, to_query
    from costmodel.io.presets import accelerators, load_accelerator, load_model, load_rates, models, rates_presets
    from costmodel.io.scenario_file import from_toml, load_scenario, scenarios, to_toml
    from costmodel.lengths import Lengths
    from costmodel.model import Model, Parameters
    from costmodel.planner.colocated import Colocated, Verdict, colocated, verdict
    from costmodel.planner.mix import ContextMix, mix_of_contexts, mix_of_requests, mix_of_trace
    from costmodel.planner.plan import Plan
    from costmodel.planner.plans import PairRow, deployment, plan, plans
    from costmodel.planner.reach import AttentionReach, FfnServers, attention_reach, ffn_servers_needed
    from costmodel.planner.timeline import Timeline, timeline
    from costmodel.rates import IDEAL, Rates
    from costmodel.results import report, report_csv
    from costmodel.scenario import Scenario
    from costmodel.sla import Sla
    from costmodel.source import Source
    from costmodel.sparsity import batch_for_high_mfu, minimum_sparsity
    from costmodel.studies.break_even import BreakEven, break_even
    from costmodel.studies.curves import context_curve, design_curves
    from costmodel.studies.sensitivity import Effect, Sensitivity, sensitivity
    from costmodel.studies.sweep import sweep
    from costmodel.studies.uncertainty import Uncertainty, uncertainty
    from costmodel.trace import Trace, read_trace
    from costmodel.validation.measured import MeasurementRow, measurements
    from costmodel.work import DecodeWork
    from costmodel.workload import Workload

# Names load on first use: `import costmodel` stays instant although NumPy and pydantic behind it are not.
_HOMES = {
    "costmodel.accelerator": ("Accelerator",),
    "costmodel.attention": ("Gqa", "Lightning", "Mfa", "Mla"),
    "costmodel.cost": (
        "Bound",
        "Cheapest",
        "DecodeCost",
        "attention_bound",
        "attention_cost",
        "attention_seconds",
        "cheapest",
        "decode_cost",
        "ffn_cost",
        "ffn_seconds",
        "training_cost",
        "usd_per_byte",
        "usd_per_flop",
    ),
    "costmodel.rates": ("Rates", "IDEAL"),
    "costmodel.errors": (
        "CostModelError",
        "DomainError",
        "PresetError",
        "Problem",
        "SearchCancelledError",
        "UnknownNameError",
    ),
    "costmodel.explanation": ("Explanation", "explain"),
    "costmodel.studies.break_even": ("BreakEven", "break_even"),
    "costmodel.studies.curves": ("context_curve", "design_curves"),
    "costmodel.designspace.front": ("Front",),
    "costmodel.designspace.pareto": ("frontier",),
    "costmodel.designspace.search": ("search",),
    "costmodel.studies.sensitivity": ("Effect", "Sensitivity", "sensitivity"),
    "costmodel.designspace.space": ("Space",),
    "costmodel.studies.sweep": ("sweep",),
    "costmodel.studies.uncertainty": ("Uncertainty", "uncertainty"),
    "costmodel.ffn": ("Dense", "Moe"),
    "costmodel.lengths": ("Lengths",),
    "costmodel.trace": (
        "Trace",
        "read_trace",
    ),
    "costmodel.fleets.prefix": ("with_prefix_hits",),
    "costmodel.fleets.owning": (
        "OwnedPrice",
        "owned_price",
    ),
    "costmodel.fleets.energy": ("Draw",),
    "costmodel.io.link": ("default_scenario", "from_query", "to_query"),
    "costmodel.model": ("Model", "Parameters"),
    "costmodel.planner.colocated": ("Colocated", "Verdict", "colocated", "verdict"),
    "costmodel.validation.measured": ("MeasurementRow", "measurements"),
    "costmodel.planner.mix": ("ContextMix", "mix_of_contexts", "mix_of_requests", "mix_of_trace"),
    "costmodel.planner.plans": ("PairRow", "deployment", "plan", "plans"),
    "costmodel.planner.plan": ("Plan",),
    "costmodel.planner.timeline": ("Timeline", "timeline"),
    "costmodel.planner.reach": ("AttentionReach", "FfnServers", "attention_reach", "ffn_servers_needed"),
    "costmodel.io.presets": (
        "accelerators",
        "rates_presets",
        "load_accelerator",
        "load_rates",
        "load_model",
        "models",
    ),
    "costmodel.results": ("report", "report_csv"),
    "costmodel.scenario": ("Scenario",),
    "costmodel.io.scenario_file": ("from_toml", "load_scenario", "scenarios", "to_toml"),
    "costmodel.sla": ("Sla",),
    "costmodel.source": ("Source",),
    "costmodel.sparsity": ("batch_for_high_mfu", "minimum_sparsity"),
    "costmodel.work": ("DecodeWork",),
    "costmodel.workload": ("Workload",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'costmodel' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = [
    "IDEAL",
    "Accelerator",
    "AttentionReach",
    "Bound",
    "BreakEven",
    "Cheapest",
    "Colocated",
    "ContextMix",
    "CostModelError",
    "DecodeCost",
    "DecodeWork",
    "Dense",
    "DomainError",
    "Draw",
    "Effect",
    "Explanation",
    "FfnServers",
    "Front",
    "Gqa",
    "Lengths",
    "Lightning",
    "MeasurementRow",
    "Mfa",
    "Mla",
    "Model",
    "Moe",
    "OwnedPrice",
    "PairRow",
    "Parameters",
    "Plan",
    "PresetError",
    "Problem",
    "Rates",
    "Scenario",
    "SearchCancelledError",
    "Sensitivity",
    "Sla",
    "Source",
    "Space",
    "Timeline",
    "Trace",
    "Uncertainty",
    "UnknownNameError",
    "Verdict",
    "Workload",
    "accelerators",
    "attention_bound",
    "attention_cost",
    "attention_reach",
    "attention_seconds",
    "batch_for_high_mfu",
    "break_even",
    "cheapest",
    "colocated",
    "context_curve",
    "decode_cost",
    "default_scenario",
    "deployment",
    "design_curves",
    "explain",
    "ffn_cost",
    "ffn_seconds",
    "ffn_servers_needed",
    "from_query",
    "from_toml",
    "frontier",
    "load_accelerator",
    "load_model",
    "load_rates",
    "load_scenario",
    "measurements",
    "minimum_sparsity",
    "mix_of_contexts",
    "mix_of_requests",
    "mix_of_trace",
    "models",
    "owned_price",
    "plan",
    "plans",
    "rates_presets",
    "read_trace",
    "report",
    "report_csv",
    "scenarios",
    "search",
    "sensitivity",
    "sweep",
    "timeline",
    "to_query",
    "to_toml",
    "training_cost",
    "uncertainty",
    "usd_per_byte",
    "usd_per_flop",
    "verdict",
    "with_prefix_hits",
]
