"""Activated parameters against decoding cost: bigger to the right, cheaper below. Paper Figure 1."""

import math
from typing import Any

import altair as alt

from app.charts.dodge import LEFT, RIGHT, dodge_near
from app.charts.spoken import listed
from app.charts.theme import ROWS, Rows, Spec, Theme, beside, filled
from app.wording import count, usd
from costmodel import Accelerator, Model, Scenario, Workload, cheapest

TITLE = "Activated parameters against cost"
LABEL_HEIGHT = 0.055
LABEL_WIDTH = 0.45
"""Room of one label as shares of the plot's height and width, on a phone."""
LEFT_OF = 0.6
"""Beyond this share of the width, names stand left of their points."""


def rows(models: list[Model], accelerators: list[Accelerator], workload: Workload, accent: set[str]) -> Rows:
    """A point for each model on its cheapest pair, and a label beside it; names in `accent` stand out."""
    table: Rows = []
    for model in models:
        best = cheapest(Scenario(model=model, accelerators=accelerators, workload=workload)).pair
        pair = f"{best.attention_on.name} + {best.ffn_on.name}"
        table.append(_row("point", model, float(best.total), pair) | {"accent": model.name in accent})
    usd, active = [row["usd"] for row in table], [row["active"] for row in table]
    span = max(active) - min(active)
    sides = [LEFT if each > min(active) + LEFT_OF * span else RIGHT for each in active]
    width = LABEL_WIDTH * span
    centres = [each + width / 2 * (1 if side == RIGHT else -1) for each, side in zip(active, sides, strict=True)]
    # Names are kept apart by ratios, as on a logarithmic axis; this one is linear.
    height = max(usd) - min(usd) or max(usd)
    ratios = dodge_near(centres, [math.exp(each / height) for each in usd], width, math.exp(LABEL_HEIGHT))
    places = [height * math.log(ratio) for ratio in ratios]
    labels = zip(table, sides, places, strict=True)
    return [*table, *({**row, "role": "label", "side": side, "usd": place} for row, side, place in labels)]


def _row(role: str, model: Model, usd: float, pair: str) -> dict[str, Any]:
    active = float(model.parameters.active)
    return {"role": role, "name": model.name, "active": active, "usd": usd, "pair": pair, "side": RIGHT}


def build(theme: Theme) -> alt.TopLevelMixin:
    """Named points, some in the accent colour."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X(
            "active:Q",
            title="Activated parameters",
            axis=alt.Axis(format="~s", labelExpr="datum.value < 0 ? '' : replace(datum.label, 'G', 'B')", grid=False),
            scale=alt.Scale(zero=False, padding=30),
        ),
        y=alt.Y(
            "usd:Q", title="USD per 1M tokens", axis=alt.Axis(format="$~g"), scale=alt.Scale(zero=False, padding=18)
        ),
        color=alt.condition("datum.accent", alt.value(theme.accent), alt.value(theme.gray)),
        tooltip=[
            alt.Tooltip("name:N", title="Model"),
            alt.Tooltip("usd:Q", title="USD per 1M tokens", format="$.3r"),
            alt.Tooltip("active:Q", title="Activated parameters", format=".3s"),
            alt.Tooltip("pair:N", title="Attention + FFN on"),
        ],
    )
    dots = base.transform_filter("datum.role == 'point'").mark_point(filled=True, size=80)
    names = base.transform_filter("datum.role == 'label'").encode(text="name:N")
    return alt.layer(dots, *beside(names, fontSize=11)).properties(width="container", height=330)


def chart(
    theme: str, models: list[Model], accelerators: list[Accelerator], workload: Workload, accent: set[str]
) -> Spec:
    """The filled chart."""
    return filled(build, theme, rows(models, accelerators, workload, accent))


def in_words(models: list[Model], accelerators: list[Accelerator], workload: Workload) -> str:
    """Every model with its activated parameters and cost, cheapest first."""
    found = [
        (float(cheapest(Scenario(model=model, accelerators=accelerators, workload=workload)).pair.total), model)
        for model in models
    ]
    ordered = sorted(found, key=lambda each: each[0])
    return listed((f"{model.name} {count(model.parameters.active)} at {usd(cost)}" for cost, model in ordered), most=9)
