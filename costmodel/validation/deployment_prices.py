"""Published deployments of a scenario's model, at the scenario's prices."""

from dataclasses import dataclass
from math import log

from costmodel.accelerator import Accelerator
from costmodel.io.presets import accelerators, load_accelerator
from costmodel.scenario import Scenario
from costmodel.units import SECONDS_PER_HOUR, TOKENS_PER_MILLION
from costmodel.validation.measured import MeasurementRow, measurements
from costmodel.validation.rows import PER_ACCELERATOR


@dataclass(frozen=True)
class PublishedCost:
    """A measured deployment and its output at the price of its accelerator [USD per 1M tokens]."""

    measurement: MeasurementRow
    accelerator: Accelerator
    usd_per_million_tokens: float


def published_costs(scenario: Scenario) -> tuple[PublishedCost | None, PublishedCost | None]:
    """The measured deployments of the model nearest in context, with AFD and without; None where none is published.

    Prices are those of the scenario, or of the preset for an accelerator that the scenario does not list. Of several at
    one context the one with the largest output counts.

    >>> import costmodel as cm
    >>> afd, colocated = published_costs(cm.Scenario(model="step-3", accelerators=["h800"], workload={"context": 8192}))
    >>> f"{afd.usd_per_million_tokens:.3f}", afd.measurement.context, colocated
    ('0.210', 8192, None)
    """
    return _nearest(scenario, afd=True), _nearest(scenario, afd=False)


def _nearest(scenario: Scenario, *, afd: bool) -> PublishedCost | None:
    context = float(scenario.workload.context)
    found = [
        (abs(log(row.context / context)), -row.measured, row)
        for row in measurements()
        if row.afd == afd and row.unit == PER_ACCELERATOR and row.model == scenario.model.name and row.context
    ]
    for _, _, row in sorted(found, key=lambda each: each[:2]):
        accelerator = _priced(scenario, row.accelerator)
        if accelerator is not None:
            cost = accelerator.price() / SECONDS_PER_HOUR / row.measured * TOKENS_PER_MILLION
            return PublishedCost(row, accelerator, float(cost))
    return None


def _priced(scenario: Scenario, name: str) -> Accelerator | None:
    listed = [*scenario.accelerators, *(load_accelerator(each) for each in accelerators())]
    return next((each for each in listed if each.name == name and each.usd_per_hour is not None), None)
