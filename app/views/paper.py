"""Paper: the claims, tables and figures of arXiv 2507.19427 from our formulas, beside what is printed there."""

import streamlit as st

from app import session
from app.charts import configurations, design_context, figure_1, plane, printed
from app.views import claims, share
from app.views.layout import chart_card
from app.views.tables import Numbers, table, whole
from app.wording import digits, plain, tokens
from costmodel import (
    DEFAULT_ACCELERATORS,
    PAPER_COLLECTION,
    Accelerator,
    Cheapest,
    PaperCell,
    Scenario,
    Workload,
    cheapest,
    default_scenario,
    design_curves,
    load_accelerator,
    load_model,
    measurements,
    models,
    paper_cells,
)

TABLES = {
    "2": "Work per decoded token at 8K: KV bytes, attention core, projections, FFN.",
    "3": "KV bytes and attention core at 32K.",
    "4": "Accelerators: price, rates, bandwidth, and the ridge that follows.",
    "5": "Price of one FLOP and of one byte.",
    "6": "Cost of attention and FFN on each accelerator.",
    "7": "Least MoE sparsity that the network can hide, at 50 ms and three stages.",
}
_TABLE_HELP = "The values of one table of the paper beside ours; those that do not agree come first."
FIGURE_2 = ("qwen3-235b-a22b", "qwen3-32b", "deepseek-v3", "step-3")
HYBRIDS_AND_STEP_3 = ("step-3", "minimax-m1", "llama-4-maverick")
HYBRIDS_CAPTION = (
    "USD per 1M tokens on H800 alone: models with few full-attention layers stay above Step-3 at any length"
)


def draw() -> None:
    """Claims, tables with their deviations, figures, measurements."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.title("The paper, recomputed", anchor=False)
        share.draw("paper")
    st.markdown(
        "*Step-3 is Large yet Affordable*, arXiv 2507.19427v1. Each value is computed here from architecture numbers "
        "alone and compared to the printed digit."
    )
    found = _cells()
    names = {name: load_model(name).name for name in models(PAPER_COLLECTION)}
    in_claims, in_tables, in_figures, in_measured = st.tabs(["Is the abstract true?", "Tables", "Figures", "Measured"])
    with in_claims:
        claims.draw()
    with in_tables:
        _verdict(found)
        _deviations(found, names)
        number = session.page_switch(
            "paper.table", "Table of the paper", {n: f"Table {n}" for n in TABLES}, _TABLE_HELP
        )
        st.caption(TABLES[number])
        _table([cell for cell in found if cell.row["table"] == number], names, f"table {number}")
    with in_figures:
        _figures(found, names)
    with in_measured:
        _measured()


def _deviations(found: list[PaperCell], names: dict[str, str]) -> None:
    """The cells that do not agree, each with its reason."""
    st.markdown("**Deviations**")
    for cell in found:
        if cell.reason:
            where = cell.row["table"] if cell.row["table"].startswith("figure") else f"table {cell.row['table']}"
            parts = (names.get(cell.row["model"], ""), cell.row["accelerator"].upper(), cell.row["quantity"])
            named = " ".join(filter(None, parts)).replace("_", " ")
            st.markdown(
                f"**{where.capitalize()}, {named}**: printed {cell.row['printed']}, computed {cell.computed:.4g}.  \n"
                f":small[:gray[{plain(cell.reason)}]]"
            )


@st.cache_data(show_spinner=False)
def _cells() -> list[PaperCell]:
    return paper_cells()


def _verdict(found: list[PaperCell]) -> None:
    agreeing = sum(cell.agrees for cell in found)
    known = sum(bool(cell.reason) for cell in found)
    with st.grid(3, min_column_width=200):
        st.metric(
            "Values compared", f"{len(found)}", border=True, help="Printed values of Tables 2 to 7, Figures 1, 2, 4, 5."
        )
        st.metric(
            "Agree to the printed digit", f"{agreeing}", border=True, help="At most half a unit of the last digit."
        )
        st.metric("Known deviations", f"{known}", border=True, help="Each with its reason, below.")


def _table(listed: list[PaperCell], names: dict[str, str], key: str) -> None:
    """Printed beside computed, the values that do not agree first."""
    found = sorted(listed, key=lambda cell: cell.agrees)
    columns = {
        "Model": [names.get(cell.row["model"], "") for cell in found],
        "Accelerator": [cell.row["accelerator"].upper() for cell in found],
        "Context": [tokens(int(cell.row["context_tokens"])) if cell.row["context_tokens"] else "" for cell in found],
        "Field": [cell.row["quantity"].replace("_", " ") for cell in found],
        "Unit": [cell.row["unit"] for cell in found],
        "Printed": [cell.row["printed"] for cell in found],
        "Computed": [f"{cell.computed:.5g}" for cell in found],
        "Formula": [cell.formula for cell in found],
        "Agrees": ["yes" if cell.agrees else "no: see above" for cell in found],
    }
    used = {name: column for name, column in columns.items() if any(column)}
    st.dataframe(used, key=key, hide_index=True, width="stretch", height=min(35 * (len(found) + 1) + 3, 620))


def _measured() -> None:
    st.markdown("**Tables 8 and 9: predictions beside measurements**")
    st.caption(
        "Predicted at ideal rates and with kernels measured elsewhere; the ratio is predicted over measured speed. The "
        "kernels of the paper on H20 and A800 are not those of public tables. docs/measurements.md lists every row."
    )
    rows = [row for row in measurements() if row.publication.startswith("Step-3 paper") and row.ratio is not None]
    micro = [1e6 if row.unit == "s" else 1.0 for row in rows]
    table(
        {
            "System": [f"{row.system}, {row.model}, {row.accelerator}" for row in rows],
            "Context": Numbers([row.context or 0 for row in rows], tokens),
            "Unit": ["\u00b5s" if row.unit == "s" else row.unit for row in rows],
            "Ideal": Numbers([(row.ideal or 0) * scale for row, scale in zip(rows, micro, strict=True)], whole),
            "Predicted": Numbers([(row.predicted or 0) * scale for row, scale in zip(rows, micro, strict=True)], whole),
            "Measured": Numbers([row.measured * scale for row, scale in zip(rows, micro, strict=True)], whole),
            "Ratio": Numbers([row.ratio or 0 for row in rows], "{:.2f}".format),
        },
        "measured",
        height=38 * (len(rows) + 1),
    )


def _figures(found: list[PaperCell], names: dict[str, str]) -> None:
    theme = session.theme()
    accelerators = [load_accelerator(name) for name in DEFAULT_ACCELERATORS]
    presets = [load_model(name) for name in models(PAPER_COLLECTION)]
    left, right = st.columns(2)
    with left:
        scatter = figure_1.chart(theme, presets, accelerators, Workload(context=8192), {"Step-3"})
        said = figure_1.in_words(presets, accelerators, Workload(context=8192))
        chart_card("Figure 1: models at 8K", "Cheaper is lower, more activated is right", scatter, "f1", said)
    with right:
        _printed(theme, found, names, 1, "Our cost as a bar, the printed value as a tick")
    for column, context in zip(st.columns(2), (8192, 32768), strict=True):
        with column:
            costed = _costed(accelerators, context)
            bars, said = configurations.chart(theme, costed), configurations.in_words(costed)
            title = f"Figure 2: configurations at {tokens(context)}"
            chart_card(title, configurations.CAPTION, bars, f"f2 {context}", said)
    left, right = st.columns(2)
    with left:
        h800 = load_accelerator("h800")
        curves = design_curves(
            {load_model(name).name: default_scenario(name).replace(accelerators=[h800]) for name in HYBRIDS_AND_STEP_3}
        )
        lines, said = design_context.chart(theme, curves), design_context.in_words(curves)
        chart_card("Figure 3: hybrid attention", HYBRIDS_CAPTION, lines, "f3", said)
    with right:
        _printed(theme, found, names, 2, "Our cost as a bar, the printed value as a tick")
    left, right = st.columns(2)
    with left:
        _printed(theme, found, names, 4, "910B alone: decoding at 8K and 32K, and training at 8K")
    with right:
        scenario = default_scenario()
        points, said = plane.chart(theme, scenario, presets), plane.in_words(scenario, scenario.model.name)
        chart_card("Figure 5: compute-memory plane", plane.CAPTION, points, "f5", said)
    _printed(theme, found, names, 5, "Attention intensity, FLOP per byte")
    st.caption(
        f"Step-3's intensity is {digits(default_scenario().model.arithmetic_intensity)} FLOP per byte. "
        "Figure 3 has no printed values in our tables: it is drawn from our numbers alone."
    )


def _costed(accelerators: list[Accelerator], context: int) -> dict[str, tuple[Scenario, Cheapest]]:
    """The models of Figure 2 on these accelerators at a context."""
    found = {}
    for name in FIGURE_2:
        scenario = default_scenario(name).replace(accelerators=accelerators, workload=Workload(context=context))
        found[scenario.model.name] = scenario, cheapest(scenario)
    return found


def _printed(theme: str, found: list[PaperCell], names: dict[str, str], number: int, caption: str) -> None:
    chosen = [cell for cell in found if cell.row["table"] == f"figure {number}"]
    drawn, said = printed.chart(theme, chosen, names), printed.in_words(chosen, names)
    chart_card(f"Figure {number}: printed values", caption, drawn, f"printed {number}", said)


draw()
