"""Compare: pinned designs side by side, every metric with the best marked, the paper's figures for exactly these."""

from functools import partial

import pandas as pd
import streamlit as st

from app import pins, planning, session, verdicts
from app.charts import configurations, cost_band, design_bars, design_context, figure_1, plane, tornado
from app.charts.theme import Spec
from app.estimates import estimated, marked, noted
from app.views import deployed, share
from app.views.layout import View, captioned, chart_card, switched_card
from app.views.tables import MISSING, Numbers, table
from app.widgets import beside
from app.widgets.stacks import listed_models
from app.wording import percent, plain, quantity, tokens, usd
from costmodel import (
    MOST_DESIGNS,
    Cheapest,
    Comparison,
    ComparisonRow,
    DomainError,
    Model,
    Scenario,
    Workload,
    assumed_power,
    break_even,
    cheapest,
    design_curves,
    load_model,
    models,
    sensitivity,
    tdp_estimates,
    uncertainty,
)

ADDED = "added model"
BEST = "\u2714\u00a0"
PAIRS = "afd"
ALL = "all"
FIGURE_1_CONTEXTS = (8192, 32768)
TALLEST = 620
"""Height of the table of metrics [pixel]; beyond it scrolls."""


def draw() -> None:
    """The designs, the table, the figures."""
    scenario = session.scenario()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.title("Designs side by side", anchor=False)
        share.draw("compare")
    st.caption("All at the workload and on the accelerators of the panel. Pin more from Explore, up to eight.")
    found, problems = pins.designs(scenario)
    presets = listed_models(load_model(models()[0]))
    session.report(problems)
    kept = st.pills(
        "Pinned designs",
        list(found),
        selection_mode="multi",
        default=list(found),
        key=f"pinned {list(found)}",
        format_func=plain,
        help="Click a design to unpin it.",
    )
    st.selectbox(
        "Add a model",
        list(presets),
        index=None,
        key=ADDED,
        format_func=presets.__getitem__,
        placeholder="Type a name or a vendor",
        on_change=_add,
        disabled=len(found) >= MOST_DESIGNS,
        help=f"A preset as published, beside those above; at most {MOST_DESIGNS}.",
    )
    if set(kept) != set(found):
        pins.keep_only(kept, scenario)
        st.rerun()
    if not found:
        st.info("No design is pinned. Open Explore and pin one.", icon=":material/keep:")
        return
    try:
        answer = planning.side_by_side(tuple(found.items()))
        _headline(answer, scenario)
        if answer.deployed:
            deployed.draw(answer)
        if not answer.limit:
            _plane(found)
            _table(answer.rows, found)
            return
        _first_figures(found, scenario)
        _table(answer.rows, found)
        _more_figures(found)
    except DomainError as error:
        st.error(plain(str(error)))


def _add() -> None:
    if (name := session.recall(ADDED)) is not None:
        pins.pin(session.scenario().replace(model=load_model(name)))
        session.show(ADDED, None)


def _headline(answer: Comparison, scenario: Scenario) -> None:
    """Which design is cheapest, and by how much, at the rates of the scenario."""
    first = answer.leader
    if not answer.limit:
        st.info("No accelerator of the panel has a price; set one to compare costs.", icon=":material/payments:")
    if first is None:
        if answer.limit:
            st.warning("No design has a deployment with a cost at these rates.", icon=":material/block:")
        return
    context = tokens(scenario.workload.context)
    than = f", {percent(first.less)} less than {first.after}" if first.after else ""
    st.header(plain(f"At {context} context {first.name} is cheapest: {usd(first.usd)}{than}"), anchor=False)
    basis = "USD per 1M tokens on each design's cheapest pair of accelerators, in the limit of ideal rates."
    if first.rates != "ideal":
        basis = (
            f"USD per 1M tokens on whole servers within the SLA, at {verdicts.RATES[first.rates]}. "
            "All charts, and all metrics but those of whole servers, are the limit of ideal rates."
        )
    used = scenario.accelerators
    formats = [f"{each.fallback(8)}." for each in used if each.computes_in_int8]
    st.caption("  \n".join(map(plain, (basis, *estimated(used), *tdp_estimates(used), *formats))))


def _table(rows: list[ComparisonRow], found: dict[str, Scenario]) -> None:
    with st.container(border=True):
        st.markdown("**Every metric**")
        st.caption("A tick marks the best design where one direction is better and no two designs tie")
        groups = list(dict.fromkeys(row.group for row in rows))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            about = {group: group for group in groups} | {ALL: "All"}
            group = session.page_switch("compare.group", "About", about, "Metrics of one kind, or all.")
            differing = st.toggle("Only differences", key="only differences", help="Skip what all designs share.")
        shown = [row for row in rows if group in (ALL, row.group) and (row.differs or not differing)]
        if not shown:
            st.info("The designs agree in every metric of this kind.", icon=":material/equal:")
            return
        columns = {"Metric": [plain(f"{row.label} [{row.unit}]") for row in shown]}
        for index, name in enumerate(found):
            columns[plain(name)] = [_cell(row, index) for row in shown]
        # Unlike a sheet of cells, this table breaks long names into lines, on a phone too.
        st.table(pd.DataFrame(columns), border="horizontal", height=TALLEST, hide_index=True, alt="Every metric")
        if any(row.unit.startswith("J/") for row in shown):
            st.caption(plain(assumed_power(session.scenario().service)))


def _cell(row: ComparisonRow, index: int) -> str:
    value = row.values[index]
    return (
        MISSING
        if value is None
        else f"{BEST if index == row.best else ''}{quantity(value, row.unit)}".replace("$", "\\$")
    )


def _break_even(costs: dict[str, tuple[Scenario, Cheapest]]) -> None:
    """Break-even price of each accelerator against the cheapest single one, for every design."""
    with st.container(border=True):
        st.markdown("**Break-even prices**")
        caption = (
            "USD per accelerator-hour below which an accelerator costs less than the best single one of that design: "
            "alone, and as one half of an AFD pair with it"
        )
        used = [each for design, _ in costs.values() for each in design.accelerators]
        st.caption(plain(noted(caption, used)))
        found = [
            (name, tie)
            for name, (design, costed) in costs.items()
            for tie in break_even(design)
            if tie.against.id == costed.single.attention_on.id
        ]
        table(
            {
                "Design": [name for name, _ in found],
                "Accelerator": [marked(tie.accelerator) for _, tie in found],
                "Now": Numbers([tie.accelerator.usd_per_hour for _, tie in found], usd),
                "Against": [marked(tie.against) for _, tie in found],
                "Alone": Numbers([tie.single for _, tie in found], usd),
                "In a pair": Numbers([tie.joins_pair for _, tie in found], usd),
            },
            "break even",
            height=240,
        )


def _context(theme: str, found: dict[str, Scenario], scenario: Scenario) -> None:
    """Cost against context with AFD, or on one accelerator alone as in Figure 3, and where designs cross."""
    accelerators = {accelerator.id: accelerator for accelerator in scenario.accelerators}
    works = [design.model.decode_work(design.workload) for design in found.values()]
    computing = [bits for work in works for bits in (*work.attention_bits, *work.ffn_bits)]
    options = {PAIRS: "With AFD"} | {
        each.id: f"On {each.name} alone" for each in accelerators.values() if each.unranked(*computing) is None
    }
    with st.container(border=True, height="stretch"):
        chosen = session.page_choice(
            "compare.on", "Cost against context", options, "Figure 3 of the paper is on H800 alone."
        )
        if chosen == PAIRS:
            caption = design_context.CAPTION
        else:
            alone = accelerators[chosen]
            caption = f"As Figure 3: {design_context.caption_alone(plain(alone.name))}"
            found = {name: design.replace(accelerators=[alone]) for name, design in found.items()}
        curves = design_curves(found)
        drawn, said = design_context.chart(theme, curves), design_context.in_words(curves)
        captioned(design_context.TITLE, caption, drawn, "compare context", said)


def _first_figures(found: dict[str, Scenario], scenario: Scenario) -> None:
    """Cost by part and over context, then the paper's plane of parameters and cost, and of compute and memory."""
    theme = session.theme()
    named = {name: design.model.model_copy(update={"name": name}) for name, design in found.items()}
    left, right = st.columns(2)
    with left:
        costs = {name: (design, cheapest(design)) for name, design in found.items()}
        drawn, said = design_bars.chart(theme, costs), design_bars.in_words(costs)
        chart_card(design_bars.TITLE, design_bars.CAPTION, drawn, "compare bars", said)
    with right:
        _context(theme, found, scenario)
    left, right = st.columns(2)
    with left:
        others = beside.chosen("compare.beside")
        views = {
            str(at): View(
                f"Figure 1: cost at {tokens(at)}",
                "These designs in colour beside other models; cheaper is lower, more activated is right",
                partial(_activated, theme, named, others, scenario, at),
                partial(_activated_words, named, others, scenario, at),
            )
            for at in FIGURE_1_CONTEXTS
        }
        switched_card("compare.figure-1", "Activated parameters and cost", views, "The paper's two contexts.")
    with right:
        _plane(found)


def _plane(found: dict[str, Scenario]) -> None:
    """FLOPs and bytes of every design, which need no price."""
    first, *rest = found.items()
    others = [design.model.model_copy(update={"name": name}) for name, design in rest]
    chart = plane.chart(session.theme(), first[1], others, first[0])
    chart_card(
        "Figure 5: compute-memory plane", plane.CAPTION, chart, "compare plane", plane.in_words(first[1], first[0])
    )


def _activated(theme: str, named: dict[str, Model], others: list[Model], scenario: Scenario, at: int) -> Spec:
    drawn = _all_models(named, others)
    return figure_1.chart(theme, drawn, list(scenario.accelerators), Workload(context=at), set(named))


def _activated_words(named: dict[str, Model], others: list[Model], scenario: Scenario, at: int) -> str:
    return figure_1.in_words(_all_models(named, others), list(scenario.accelerators), Workload(context=at))


def _all_models(named: dict[str, Model], others: list[Model]) -> list[Model]:
    return [*named.values(), *(model for model in others if model.name not in named)]


def _more_figures(found: dict[str, Scenario]) -> None:
    """Every pair of accelerators, one design taken apart, how sure each cost is, and break-even prices."""
    theme = session.theme()
    costs = {name: (design, cheapest(design)) for name, design in found.items()}
    left, right = st.columns(2)
    with left:
        chart, said = configurations.chart(theme, costs), configurations.in_words(costs)
        caption = noted(configurations.CAPTION, next(iter(found.values())).accelerators)
        chart_card(f"Figure 2: {configurations.TITLE.lower()}", caption, chart, "compare configurations", said)
        name = st.selectbox("Design to take apart", list(found), help="Its fields, each moved by a tenth, below.")
        moved = sensitivity(found[name]).alike
        chart, said = tornado.chart(theme, moved), tornado.in_words(moved)
        chart_card(f"{tornado.TITLE}: {plain(name)}", tornado.CAPTION, chart, "compare tornado", said)
    with right:
        sure = {name: uncertainty(design) for name, design in found.items()}
        chart, said = cost_band.chart(theme, sure), cost_band.in_words(sure)
        chart_card(cost_band.TITLE, cost_band.CAPTION, chart, "compare uncertainty", said)
        _break_even(costs)


draw()
