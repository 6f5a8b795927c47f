"""Questions that a search of designs often answers, ready to run, and constraints as metric, sign and bound."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from costmodel.axis_text import first_axis
from costmodel.designspace.design_search import DesignSearch, default_search
from costmodel.designspace.expression import Name, parse_comparison
from costmodel.errors import DomainError
from costmodel.evaluation import Evaluation
from costmodel.metrics import METRICS, metric
from costmodel.paths import fields, values
from costmodel.scenario import Scenario
from costmodel.spec import Field

CACHE_AXES = ("heads", "kv_heads", "head_dim", "kv_rank", "kv_bits")
BILL = {
    "Cheapest request, prefill included": "request.cost",
    "Fewest joules for each token": "joules_per_token",
}
"""Metrics that need more facts than cost; asked where the scenario has them."""
NEAR = 0.02
"""Activated parameters this close to the model's count as the same."""
WHOLE = 1e9
NEXT_DIGIT = 1e-3


@dataclass(frozen=True)
class MetricBound:
    """A constraint that compares one metric: `parameters.total <= 330e9`. `bound` is the text right of the sign."""

    metric: str
    sign: str
    bound: str

    @property
    def text(self) -> str:
        """As it is written in an expression."""
        return f"{self.metric} {self.sign} {self.bound}"


def metric_bound(text: str) -> MetricBound | None:
    """The parts of a constraint whose left side is one metric; None for any other text.

    >>> metric_bound("sparsity >= minimum_sparsity")
    MetricBound(metric='sparsity', sign='>=', bound='minimum_sparsity')
    """
    try:
        read = parse_comparison(text)
    except DomainError:
        return None
    if not isinstance(read.left, Name) or read.left.text not in METRICS:
        return None
    return MetricBound(read.left.text, read.sign, text.split(read.sign, 1)[1].strip())


def first_constraint(scenario: Scenario, name: str) -> str:
    """A constraint on a metric to start from: no worse than the scenario's own value; `>= 0` where it has none."""
    now = _now(scenario, name)
    if now is None:
        return f"{name} >= 0"
    sign = "<=" if metric(name).better == "lower" else ">="
    return f"{name} {sign} {_digits(now, toward=1 if sign == '<=' else -1)}"


def search_questions(scenario: Scenario) -> Mapping[str, DesignSearch]:
    """Searches by the question that they answer; the first is `default_search`."""
    return dict(_questions(scenario))


def _questions(scenario: Scenario) -> Iterator[tuple[str, DesignSearch]]:
    start, model = default_search(scenario), scenario.model
    yield "How cheap, and how many parameters active?", start
    active = float(model.parameters.active)
    same = (
        f"parameters.active >= {_digits(active * (1 - NEAR))}",
        f"parameters.active <= {_digits(active * (1 + NEAR))}",
    )
    size = tuple(text for text in start.where if text.startswith("parameters.total"))
    yield (
        f"Cheapest at {active / 1e9:.3g}B active",
        DesignSearch(scenario, start.axes, ("cost",), ("effective_rank",), (*size, *same)),
    )
    rank, cache = int(model.effective_rank), float(model.kv_bytes_per_sequence(scenario.workload.context))
    if rank and cache:
        half = (f"effective_rank >= {rank}", f"kv_bytes_per_sequence <= {_digits(cache / 2)}")
        yield (
            "Same rank, half the KV cache",
            DesignSearch(scenario, _axes(scenario, CACHE_AXES), ("cost", "kv_bytes_per_sequence"), (), half),
        )
    for title, metric_name in BILL.items():
        if _now(scenario, metric_name) is not None:
            yield title, DesignSearch(scenario, start.axes, (metric_name,), ("parameters.active",), start.where)


def _axes(scenario: Scenario, wanted: tuple[str, ...]) -> dict[str, str]:
    """A first range for each field of the main attention group that has one of these names."""
    now = values(scenario)
    return {
        path: first_axis(field, now[path])
        for path, field in fields(scenario).items()
        if isinstance(field, Field) and field.stops and path.startswith("attention.0.") and path.split(".")[2] in wanted
    }


def _now(scenario: Scenario, name: str) -> float | None:
    """The scenario's own value of a metric; None where a price or another fact is missing."""
    try:
        return float(metric(name).value(Evaluation(scenario)))
    except DomainError:
        return None


def _digits(value: float, toward: float = 0) -> str:
    """Four significant digits, all of a whole number; rounded toward 1 or -1 so that the value itself stays inside."""
    if value.is_integer() and abs(value) < WHOLE:
        return f"{value:.0f}"
    text = f"{value:.3e}"
    if (float(text) - value) * toward < 0:
        text = f"{value * (1 + toward * NEXT_DIGIT):.3e}"
    return f"{float(text):.4g}".replace("e+", "e")
