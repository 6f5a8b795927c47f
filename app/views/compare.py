"""Compare: pinned designs side by side, every metric with the best marked, the paper's figures for exactly these."""

import streamlit as st

from app import pins, session
from app.charts import configurations, cost_band, design_bars, design_context, figure_1, plane, tornado
from app.views import share
from app.views.layout import chart_card
from app.views.tables import MISSING, Numbers, table
from app.wording import plain, quantity, tokens, usd
from costmodel import (
    PAPER_COLLECTION,
    Cheapest,
    ComparisonRow,
    DesignCurves,
    DomainError,
    Scenario,
    Workload,
    break_even,
    cheapest,
    comparison,
    design_curves,
    load_model,
    models,
    sensitivity,
    uncertainty,
)

BEST = "\u2714 "
PAIRS = "afd"


def draw() -> None:
    """The designs, the table, the figures."""
    scenario = session.scenario()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.title("Designs side by side", anchor=False)
        share.draw("compare")
    st.caption("All at the workload and on the accelerators of the panel. Pin more from Explore, up to eight.")
    found, problems = pins.designs(scenario)
    session.report(problems)
    kept = st.pills(
        "Pinned designs",
        list(found),
        selection_mode="multi",
        default=list(found),
        key=f"pinned {list(found)}",
        help="Click a design to unpin it.",
    )
    if set(kept) != set(found):
        pins.keep_only(kept, scenario)
        st.rerun()
    if not found:
        st.info("No design is pinned. Open Explore and pin one.", icon=":material/keep:")
        return
    try:
        _table(found)
        _figures(found, scenario)
    except DomainError as error:
        st.error(plain(str(error)))


def _table(found: dict[str, Scenario]) -> None:
    with st.container(border=True):
        st.markdown("**Every metric**")
        st.caption("A tick marks the best design where one direction is better and no two designs tie")
        rows = comparison(found)
        columns = {"Metric": [row.label for row in rows], "Unit": [row.unit for row in rows]}
        for index, name in enumerate(found):
            columns[name] = [_cell(row, index) for row in rows]
        st.dataframe(columns, hide_index=True, width="stretch", key="comparison", height=620)


def _cell(row: ComparisonRow, index: int) -> str:
    value = row.values[index]
    return MISSING if value is None else f"{BEST if index == row.best else ''}{quantity(value, row.unit)}"


def _break_even(costs: dict[str, tuple[Scenario, Cheapest]]) -> None:
    """Break-even price of each accelerator against the cheapest single one, for every design."""
    with st.container(border=True):
        st.markdown("**Break-even prices**")
        st.caption(
            "USD per accelerator-hour below which an accelerator costs less than the best single one of that design: "
            "alone, and as one half of an AFD pair with it"
        )
        found = [
            (name, tie)
            for name, (design, costed) in costs.items()
            for tie in break_even(design)
            if tie.against.id == costed.single.attention_on.id
        ]
        table(
            {
                "Design": [name for name, _ in found],
                "Accelerator": [tie.accelerator.name for _, tie in found],
                "Now": Numbers([tie.accelerator.usd_per_hour for _, tie in found], usd),
                "Against": [tie.against.name for _, tie in found],
                "Alone": Numbers([tie.single for _, tie in found], usd),
                "In a pair": Numbers([tie.joins_pair for _, tie in found], usd),
            },
            "break even",
            height=240,
        )


def _context(theme: str, found: dict[str, Scenario], scenario: Scenario) -> DesignCurves:
    """Cost against context with AFD, or on one accelerator alone as in Figure 3."""
    accelerators = {accelerator.id: accelerator for accelerator in scenario.accelerators}
    options = {PAIRS: "With AFD"} | {
        accelerator.id: f"On {accelerator.name} alone" for accelerator in accelerators.values()
    }
    chosen = session.page_choice(
        "compare.on", "Cost against context", options, "Figure 3 of the paper is on H800 alone."
    )
    if chosen == PAIRS:
        title, caption = design_context.TITLE, design_context.CAPTION
    else:
        alone = accelerators[chosen]
        title, caption = f"Figure 3: {design_context.TITLE.lower()}", design_context.caption_alone(plain(alone.name))
        found = {name: design.replace(accelerators=[alone]) for name, design in found.items()}
    curves = design_curves(found)
    chart_card(title, caption, design_context.chart(theme, curves), "compare context")
    return curves


def _figures(found: dict[str, Scenario], scenario: Scenario) -> None:
    theme = session.theme()
    named = {name: design.model.model_copy(update={"name": name}) for name, design in found.items()}
    others = [load_model(name) for name in models(PAPER_COLLECTION) if load_model(name).name not in named]
    accelerators = list(scenario.accelerators)
    left, right = st.columns(2)
    for column, at in ((left, 8192), (right, 32768)):
        with column:
            chart = figure_1.chart(theme, [*named.values(), *others], accelerators, Workload(context=at), set(named))
            caption = "These designs in colour beside the paper's models; cheaper is lower, more activated is right"
            chart_card(f"Figure 1: cost at {tokens(at)}", caption, chart, f"compare at {at}")
    costs = {name: (design, cheapest(design)) for name, design in found.items()}
    left, right = st.columns(2)
    with left:
        chart = configurations.chart(theme, costs)
        chart_card(f"Figure 2: {configurations.TITLE.lower()}", configurations.CAPTION, chart, "compare configurations")
    with right:
        chart_card(design_bars.TITLE, design_bars.CAPTION, design_bars.chart(theme, costs), "compare bars")
    left, right = st.columns(2)
    with left:
        curves = _context(theme, found, scenario)
    with right:
        first, *rest = named.items()
        chart = plane.chart(theme, found[first[0]], [model for _, model in rest], first[0])
        chart_card("Figure 5: compute-memory plane", plane.CAPTION, chart, "compare plane")
    left, right = st.columns(2)
    with left:
        name = st.selectbox("Design to take apart", list(found), help="Its fields, each moved by a tenth, below.")
        chart = tornado.chart(theme, sensitivity(found[name]))
        chart_card(f"{tornado.TITLE}: {plain(name)}", tornado.CAPTION, chart, "compare tornado")
    with right:
        sure = {name: uncertainty(design) for name, design in found.items()}
        chart_card(cost_band.TITLE, cost_band.CAPTION, cost_band.chart(theme, sure), "compare uncertainty")
        _break_even(costs)
    for crossing in curves.crossings:
        st.caption(plain(f"From {crossing.context:,} tokens on, {crossing.to} is cheaper than {crossing.was}."))


draw()
