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
        cheapest,
        decode_cost,
        ffn_cost,
        training_cost,
        usd_per_byte,
        usd_per_flop,
    )
    from costmodel.errors import (
        CostModelError,
        DomainError,
        PresetError,
        Problem,
        SearchCancelledError,
        UnknownNameError,
    )
    from costmodel.explore.break_even import BreakEven, break_even
    from costmodel.explore.front import Front
    from costmodel.explore.pareto import frontier
    from costmodel.explore.search import search
    from costmodel.explore.sensitivity import Effect, Sensitivity, sensitivity
    from costmodel.explore.space import Space
    from costmodel.explore.sweep import sweep
    from costmodel.explore.uncertainty import Uncertainty, uncertainty
    from costmodel.ffn import Dense, Moe
    from costmodel.model import Model, Parameters
    from costmodel.presets import accelerators, load_accelerator, load_model, models
    from costmodel.scenario import Scenario
    from costmodel.sla import Sla
    from costmodel.source import Source
    from costmodel.sparsity import batch_for_high_mfu, minimum_sparsity
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
        "cheapest",
        "decode_cost",
        "ffn_cost",
        "training_cost",
        "usd_per_byte",
        "usd_per_flop",
    ),
    "costmodel.errors": (
        "CostModelError",
        "DomainError",
        "PresetError",
        "Problem",
        "SearchCancelledError",
        "UnknownNameError",
    ),
    "costmodel.explore.break_even": ("BreakEven", "break_even"),
    "costmodel.explore.front": ("Front",),
    "costmodel.explore.pareto": ("frontier",),
    "costmodel.explore.search": ("search",),
    "costmodel.explore.sensitivity": ("Effect", "Sensitivity", "sensitivity"),
    "costmodel.explore.space": ("Space",),
    "costmodel.explore.sweep": ("sweep",),
    "costmodel.explore.uncertainty": ("Uncertainty", "uncertainty"),
    "costmodel.ffn": ("Dense", "Moe"),
    "costmodel.model": ("Model", "Parameters"),
    "costmodel.presets": ("accelerators", "load_accelerator", "load_model", "models"),
    "costmodel.scenario": ("Scenario",),
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
    "Accelerator",
    "Bound",
    "BreakEven",
    "Cheapest",
    "CostModelError",
    "DecodeCost",
    "DecodeWork",
    "Dense",
    "DomainError",
    "Effect",
    "Front",
    "Gqa",
    "Lightning",
    "Mfa",
    "Mla",
    "Model",
    "Moe",
    "Parameters",
    "PresetError",
    "Problem",
    "Scenario",
    "SearchCancelledError",
    "Sensitivity",
    "Sla",
    "Source",
    "Space",
    "Uncertainty",
    "UnknownNameError",
    "Workload",
    "accelerators",
    "attention_bound",
    "attention_cost",
    "batch_for_high_mfu",
    "break_even",
    "cheapest",
    "decode_cost",
    "ffn_cost",
    "frontier",
    "load_accelerator",
    "load_model",
    "minimum_sparsity",
    "models",
    "search",
    "sensitivity",
    "sweep",
    "training_cost",
    "uncertainty",
    "usd_per_byte",
    "usd_per_flop",
]
