"""Cost with AFD of several designs by part: memory, core, projections, FFN. Paper Table 6."""

from collections.abc import Mapping

from app.charts.cost_bars import FRAME, ROW_HEIGHT, build, stack
from app.charts.spoken import listed
from app.charts.theme import Rows, Spec, filled, ranked
from app.wording import usd
from costmodel import Cheapest, Scenario, attention_bound

TITLE = "Cost by part"
CAPTION = "USD per 1M tokens on each design's cheapest pair of accelerators; the label names what binds attention"


def rows(designs: Mapping[str, tuple[Scenario, Cheapest]]) -> Rows:
    """One row for each design and part, cheapest design first."""
    table: Rows = []
    for name, (scenario, best) in sorted(designs.items(), key=lambda item: item[1][1].pair.total):
        bound = attention_bound(scenario.model, best.pair.attention_on, scenario.workload)
        table += stack(name, best.pair, memory_bound=bool(bound.memory))
    return ranked(table, "option")


def chart(theme: str, designs: Mapping[str, tuple[Scenario, Cheapest]]) -> Spec:
    """The filled chart, drawn like the one for accelerators."""
    return filled(build, theme, rows(designs), height=ROW_HEIGHT * len(designs) + FRAME)


def in_words(designs: Mapping[str, tuple[Scenario, Cheapest]]) -> str:
    """Every design with its cost, cheapest first."""
    costs = sorted((float(best.pair.total), name) for name, (_, best) in designs.items())
    return listed((f"{name} {usd(cost)}" for cost, name in costs), most=10)
