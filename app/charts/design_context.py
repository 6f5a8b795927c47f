"""Cost against context, a line for each design, with the contexts where the cheapest one changes. Paper Figure 3."""

from app.charts.context import build, line_rows, line_words
from app.charts.spoken import listed
from app.charts.theme import Rows, Spec, filled
from costmodel import DesignCurves

TITLE = "Cost against context"
CAPTION = "USD per 1M tokens with AFD from 1K to 1M; a dot marks where another design becomes the cheapest"


def rows(curves: DesignCurves) -> Rows:
    """Lines by design; the one that is cheapest at the longest context stands out."""
    crossings = [(each.context, each.to, each.cost) for each in curves.crossings]
    cheapest = min(curves.lines, key=lambda name: float(curves.lines[name][-1]))
    return line_rows(curves.contexts, curves.lines, crossings, accent=cheapest)


def chart(theme: str, curves: DesignCurves) -> Spec:
    """The filled chart, drawn like the one for accelerators."""
    return filled(build, theme, rows(curves))


def caption_alone(accelerator: str) -> str:
    """What to see where a single accelerator does everything, as in Figure 3 of the paper."""
    return (
        f"USD per 1M tokens on {accelerator} alone from 1K to 1M; a dot marks where another design becomes the cheapest"
    )


def in_words(curves: DesignCurves) -> str:
    """The cost of each design at both ends, and where another one becomes the cheapest."""
    crossings = [f"From {each.context:,} tokens on, {each.to} is cheaper than {each.was}" for each in curves.crossings]
    return " ".join(filter(None, (line_words(curves.contexts, curves.lines), listed(crossings))))
