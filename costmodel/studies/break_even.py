"""Break-even prices between accelerators."""

from collections.abc import Callable
from dataclasses import dataclass

from costmodel.accelerator import Accelerator
from costmodel.cost import attention_cost, ffn_cost
from costmodel.scenario import Scenario
from costmodel.units import Numeric
from costmodel.work import DecodeWork


@dataclass(frozen=True)
class BreakEven:
    """Prices of `accelerator` [USD per accelerator-hour] below which it costs less than `against` at its present price.

    `single`: doing all the work alone. `attention`, `ffn`: carrying that part in an AFD pair of the two.
    """

    accelerator: Accelerator
    against: Accelerator
    single: float
    attention: float
    ffn: float

    @property
    def joins_pair(self) -> float:
        """Below this price the cheapest assignment of the two uses `accelerator` for at least one part."""
        return max(self.attention, self.ffn)

    @property
    def takes_all(self) -> float:
        """Below this price it carries both parts."""
        return min(self.attention, self.ffn)


def break_even(scenario: Scenario) -> tuple[BreakEven, ...]:
    """The prices at which each accelerator of a scenario ties with each other one that has a price.

    An accelerator whose rates or bandwidth are not known ties with none.

    Closed form, because cost is price times accelerator-seconds: the costs tie at (cost on the other accelerator) /
    (cost on this one at 1 USD per hour). `single` lies between `attention` and `ffn`: with AFD an accelerator joins at
    a higher price than when it must do everything. In the order of the scenario, an accelerator's rows together.

    >>> import costmodel as cm
    >>> ties = break_even(cm.Scenario(model="step-3", accelerators=["910b", "h20"], workload=cm.Workload(context=8192)))
    >>> f"{ties[0].accelerator.name} costs less than {ties[0].against.name} below {ties[0].single:.3f} USD per hour"
    'Ascend 910B costs less than H20 below 0.680 USD per hour'
    """
    work = scenario.model.decode_work(scenario.workload)
    known = [each for each in scenario.accelerators if is_comparable(work, each)]
    priced = [each for each in known if each.usd_per_hour is not None]
    return tuple(_tie(work, each, other) for each in known for other in priced if other.id != each.id)


def is_comparable(work: DecodeWork, accelerator: Accelerator) -> bool:
    """True where an accelerator could do all the work for some price: its rates and bandwidth are known."""
    return accelerator.unknown(*work.attention_bits, *work.ffn_bits) is None


def _tie(work: DecodeWork, accelerator: Accelerator, against: Accelerator) -> BreakEven:
    at_one = accelerator.model_copy(update={"usd_per_hour": 1.0})

    def tie(cost: Callable[[DecodeWork, Accelerator], Numeric]) -> float:
        return float(cost(work, against) / cost(work, at_one))

    return BreakEven(accelerator, against, tie(_single), tie(_attention), tie(ffn_cost))


def _attention(work: DecodeWork, accelerator: Accelerator) -> float:
    return float(attention_cost(work, accelerator).total)


def _single(work: DecodeWork, accelerator: Accelerator) -> float:
    return _attention(work, accelerator) + float(ffn_cost(work, accelerator))
