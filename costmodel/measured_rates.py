"""Rates of a scenario: ideal, or measured on its accelerators with its mechanisms."""

from functools import cache

from costmodel.accelerator import Accelerator
from costmodel.io.presets import GENERIC, load_rates, rates_presets
from costmodel.model import Model
from costmodel.rates import IDEAL, Rates
from costmodel.scenario import RatesKind, Scenario

MEASURED: RatesKind = "measured"
KERNELS: RatesKind = "kernels"


def scenario_rates(scenario: Scenario) -> dict[str, Rates]:
    """Rates by accelerator id; accelerators without rates of the kind that the scenario asks for are left out."""
    if scenario.rates == "ideal":
        return {each.id: IDEAL for each in scenario.accelerators}
    if scenario.rates == KERNELS:
        return {each.id: kernel_rates(each) for each in scenario.accelerators}
    variant = scenario.rates.removeprefix(MEASURED).removeprefix("-")
    found = {each.id: measured_rates(scenario.model, each, variant) for each in scenario.accelerators}
    return {name: rates for name, rates in found.items() if rates is not None}


def kernel_rates(accelerator: Accelerator) -> Rates:
    """Rates with a model of every kernel: those of the accelerator, or generic ones, all of them borrowed."""
    own = [rates for rates in _measured() if rates.variant == KERNELS and accelerator.id in rates.accelerators]
    return own[0] if own else load_rates(GENERIC)


def measured_rates(model: Model, accelerator: Accelerator, variant: str = "") -> Rates | None:
    """Rates measured on that accelerator with every attention mechanism of the model; None where there are none.

    A variant that was not measured on the accelerator falls back to the plain measurement. None were measured in INT8.
    """
    if accelerator.computes_in_int8:
        return None
    needed = {group.tag() for group in model.attention}
    fitting = [
        rates
        for rates in _measured()
        if accelerator.id in rates.accelerators and needed.issubset(rates.mechanisms) and rates.variant in ("", variant)
    ]
    return max(fitting, key=lambda rates: rates.variant == variant, default=None)


def without_rates(model: Model, accelerator: Accelerator) -> str:
    """Sentence that says which measurement is missing."""
    kinds = ", ".join(dict.fromkeys(type(group).label for group in model.attention))
    format_ = " in INT8" if accelerator.computes_in_int8 else ""
    return f"no measured rates are known for {accelerator.name}{format_} with {kinds} attention"


@cache
def _measured() -> tuple[Rates, ...]:
    return tuple(load_rates(name) for name in rates_presets())
