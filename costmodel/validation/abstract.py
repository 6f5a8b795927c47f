"""The claims of the paper's abstract, recomputed: cost against two other models, activated parameters, throughput.

Paper: arXiv 2507.19427v1, abstract; Figure 1 and Table 8 hold the numbers behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from costmodel.cost import cheapest
from costmodel.io.presets import load_model
from costmodel.scenario import Scenario
from costmodel.validation.measured import MeasurementRow, measurements
from costmodel.validation.paper import ACCELERATORS
from costmodel.workload import Workload

HOLDS, FAILS, PUBLISHED = "holds here", "does not hold", "as published"

CLAIMANT = "step-3"
RIVALS = ("deepseek-v3", "qwen3-235b-a22b")
"""The models that the abstract compares with."""

CLAIM_CONTEXTS = (8192, 32768, 131072)

MEASURED_SYSTEMS = ("Step-3, 2A2F, peak minute", "DSv3-profile, EP128")
"""The two outputs per accelerator of the abstract, 4,039 and 2,324 tokens per second."""


@dataclass(frozen=True)
class ClaimCost:
    """Cost of decoding with a model at a context on the cheapest pair [USD per 1M tokens], and over the claimant's."""

    model: str
    context: int
    usd: float
    ratio: float


@dataclass(frozen=True)
class Claim:
    """A claim in a few words, whether it holds, and the numbers that decide.

    `state` is "holds here", "does not hold", or "as published" for measurements of the authors that nothing here
    contradicts.
    """

    text: str
    state: str
    evidence: str


def claims(model: str = CLAIMANT, rivals: Sequence[str] = RIVALS) -> tuple[Claim, ...]:
    """The four claims of the abstract about a model, with the numbers of today's presets.

    >>> [claim.state for claim in claims()]
    ['holds here', 'holds here', 'holds here', 'as published']
    """
    costs = claim_costs(model, rivals)
    names = [load_model(rival).name for rival in rivals]
    ratios = {name: [cost.ratio for cost in costs if cost.model == name] for name in names}
    return (_cheaper(ratios), _widening(ratios), _more_active(model, rivals), _throughput())


def claim_costs(model: str = CLAIMANT, rivals: Sequence[str] = RIVALS) -> tuple[ClaimCost, ...]:
    """Costs of a model and its rivals on the paper's accelerators at `CLAIM_CONTEXTS`, the model first in each."""
    found = []
    for context in CLAIM_CONTEXTS:
        own = _usd(model, context)
        for name in (model, *rivals):
            usd = _usd(name, context)
            found.append(ClaimCost(load_model(name).name, context, usd, usd / own))
    return tuple(found)


def claim_throughputs() -> tuple[MeasurementRow, ...]:
    """The two measured outputs of the abstract beside their predictions; no constant is fitted to either."""
    rows = {row.system: row for row in measurements()}
    return tuple(rows[system] for system in MEASURED_SYSTEMS)


def _usd(model: str, context: int) -> float:
    scenario = Scenario(model=model, accelerators=list(ACCELERATORS), workload=Workload(context=context))
    return float(cheapest(scenario).pair.total)


def _cheaper(ratios: dict[str, list[float]]) -> Claim:
    cheaper = all(ratio > 1 for each in ratios.values() for ratio in each)
    at = " and ".join(f"{name} costs {each[0]:.2f} times" for name, each in ratios.items())
    return Claim(f"Cheaper to decode than {' and '.join(ratios)}", _state(holds=cheaper), f"At 8K {at} as much.")


def _widening(ratios: dict[str, list[float]]) -> Claim:
    widening = all(low < high for each in ratios.values() for low, high in pairwise(each))
    steps = "; ".join(f"{name} {', '.join(f'{ratio:.2f}' for ratio in each)} times" for name, each in ratios.items())
    return Claim("The gain widens with context", _state(holds=widening), f"At 8K, 32K and 128K: {steps}.")


def _more_active(model: str, rivals: Sequence[str]) -> Claim:
    own, *others = (float(load_model(name).parameters.active) / 1e9 for name in (model, *rivals))
    text = "While it activates more parameters per token"
    against = " and ".join(f"{other:.1f}B" for other in others)
    return Claim(text, _state(holds=own > max(others)), f"{own:.1f}B against {against}.")


def _throughput() -> Claim:
    afd, other = claim_throughputs()
    ideal, predicted = ((getattr(afd, name) or 0) / (getattr(other, name) or 1) for name in ("ideal", "predicted"))
    state = PUBLISHED if min(ideal, predicted) > 1 else FAILS
    evidence = (
        f"{afd.measured / other.measured:.2f} times as printed; predicted {ideal:.2f} times at ideal rates, "
        f"{predicted:.2f} times with measured kernels."
    )
    text = f"{afd.measured:,.0f} tokens/s per accelerator against {other.measured:,.0f}"
    return Claim(text, state, evidence)


def _state(*, holds: bool) -> str:
    return HOLDS if holds else FAILS
