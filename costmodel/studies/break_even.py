"""The price at which one accelerator starts to be worth it against another."""

from collections.abc import Callable
from dataclasses import dataclass

from costmodel.accelerator import Accelerator
from costmodel.cost import attention_cost, ffn_cost
from costmodel.errors import DomainError, Problem
from costmodel.io.presets import load_accelerator, load_model
from costmodel.model import Model
from costmodel.units import Numeric
from costmodel.work import DecodeWork
from costmodel.workload import Workload


@dataclass(frozen=True)
class BreakEven:
    """Prices of `accelerator` [USD per accelerator-hour] below which it beats `against` at that accelerator's price.

    `single`: doing all the work alone. `attention`, `ffn`: carrying that part in an AFD pair of the two accelerators.
    `price` is what the accelerator costs now, None when that is not known.
    """

    accelerator: str
    against: str
    price: float | None
    single: float
    attention: float
    ffn: float

    @property
    def joins_pair(self) -> float:
        """Below this price the cheapest assignment of the two accelerators uses `accelerator` for at least one part."""
        return max(self.attention, self.ffn)

    @property
    def takes_all(self) -> float:
        """Below this price it carries both parts."""
        return min(self.attention, self.ffn)


def break_even(
    model: str | Model, accelerator: str | Accelerator, *, against: str | Accelerator, workload: Workload
) -> BreakEven:
    """At which price of `accelerator` its ranking against another accelerator flips, for that model and workload.

    Closed form, because cost is price times accelerator-seconds: the costs tie at (cost on the other accelerator) /
    (cost on this one at 1 USD per hour). `single` lies between `attention` and `ffn`: with AFD an accelerator gets its
    foot in the door at a higher price than when it must do everything. DomainError when the price of the other
    accelerator is not known.

    >>> tie = break_even("step-3", "910b", against="h20", workload=Workload(context=8192))
    >>> tie.attention < tie.single < tie.ffn
    True
    """
    work = (model if isinstance(model, Model) else load_model(model)).decode_work(workload)
    accelerator = accelerator if isinstance(accelerator, Accelerator) else load_accelerator(accelerator)
    other = against if isinstance(against, Accelerator) else load_accelerator(against)
    if accelerator.id == other.id:
        raise DomainError(Problem("against", f"must be another accelerator than {accelerator.id}"))
    at_one = accelerator.replace(usd_per_hour=1.0)

    def tie(cost: Callable[[DecodeWork, Accelerator], Numeric]) -> float:
        return float(cost(work, other) / cost(work, at_one))

    return BreakEven(accelerator.id, other.id, accelerator.usd_per_hour, tie(_single), tie(_attention), tie(ffn_cost))


def _attention(work: DecodeWork, accelerator: Accelerator) -> float:
    return float(attention_cost(work, accelerator).total)


def _single(work: DecodeWork, accelerator: Accelerator) -> float:
    return _attention(work, accelerator) + float(ffn_cost(work, accelerator))
