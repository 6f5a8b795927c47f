"""Which pair is cheapest by context and by the price of one accelerator, from closed forms."""

from dataclasses import dataclass
from functools import reduce
from typing import Literal

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError, Problem
from costmodel.evaluation import Evaluation
from costmodel.paths import update
from costmodel.scenario import Scenario
from costmodel.studies.break_even import is_comparable
from costmodel.studies.curves import CONTEXT, PairSpan, context_curve
from costmodel.workload import CONTEXTS

Part = Literal["attention", "ffn"]


@dataclass(frozen=True, eq=False)
class PriceMap:
    """Border prices of `accelerator` [USD per hour] at `contexts` [token], all other accelerators at their prices.

    Below `attention` it carries attention in the cheapest pair, below `ffn` the FFN. `others` are the cheapest pairs
    without it along the contexts.
    """

    accelerator: Accelerator
    contexts: np.ndarray
    attention: np.ndarray
    ffn: np.ndarray
    others: tuple[PairSpan, ...]

    @property
    def joins(self) -> np.ndarray:
        """Below this price it carries at least one part."""
        return np.asarray(np.maximum(self.attention, self.ffn))

    @property
    def takes_all(self) -> np.ndarray:
        """Below this price it carries both parts."""
        return np.asarray(np.minimum(self.attention, self.ffn))

    @property
    def first_part(self) -> tuple[Part, ...]:
        """The part that it carries between the two borders, at each context."""
        return tuple("attention" if more else "ffn" for more in (self.attention >= self.ffn).tolist())


def price_map(scenario: Scenario, accelerator: str, contexts: tuple[int, ...] = CONTEXTS) -> PriceMap:
    """The prices at which one accelerator of a scenario joins the cheapest pair and takes all of it, over context.

    Cost is price times accelerator-seconds, and each part of a pair is minimised alone, so that a border is the least
    cost of a part on the others over its cost on this one at 1 USD per hour. Named pools of the scenario do not count.
    DomainError where the scenario has no such accelerator, or no other one with a price. Only accelerators whose rates
    and bandwidth are known are compared.

    >>> import costmodel as cm
    >>> scenario = cm.Scenario(model="step-3", accelerators=["h800", "910b"], workload=cm.Workload(context=8192))
    >>> found = price_map(scenario, "910b", (8192,))
    >>> f"{found.takes_all[0]:.3f}"
    '0.283'
    """
    own = next((each for each in scenario.accelerators if each.id == accelerator), None)
    work = scenario.model.decode_work(scenario.workload)
    others = [
        each
        for each in scenario.accelerators
        if each.id != accelerator and each.usd_per_hour is not None and is_comparable(work, each)
    ]
    if own is None:
        raise DomainError(Problem("accelerator", f"{accelerator} is not among the accelerators of the scenario"))
    if not others:
        raise DomainError(Problem("accelerators", f"no accelerator but {own.name} has a price to compare with"))
    if missing := own.unknown(*work.attention_bits, *work.ffn_bits):
        raise DomainError(Problem("accelerator", f"{missing}; set one to compare costs"))
    anywhere = scenario.replace(attention_on="any", ffn_on="any")
    at_one = own.model_copy(update={"usd_per_hour": 1.0})
    grid = np.asarray(contexts)
    run = Evaluation(update(anywhere.replace(accelerators=(at_one, *others)), {CONTEXT: grid}))
    attention = [share.total for share in run.attention]
    return PriceMap(
        own,
        grid,
        np.broadcast_to(reduce(np.minimum, attention[1:]) / attention[0], grid.shape),
        np.broadcast_to(reduce(np.minimum, run.ffn[1:]) / run.ffn[0], grid.shape),
        context_curve(anywhere.replace(accelerators=others), contexts).pairs,
    )
