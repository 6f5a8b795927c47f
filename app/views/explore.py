"""Explore: is it worth splitting, what does a decoded token cost, and why?"""

import streamlit as st

from app import pins, planning, session, verdicts
from app.charts import context, context_gap, cost_bars, plane, pools, roofline, tornado
from app.estimates import noted
from app.views import bridged, headlines, price_card, share, tour, why
from app.views.layout import View, chart_card, on_demand, show_chart, switched_card
from app.widgets import beside, changes, import_box
from app.widgets.panel import baseline
from app.wording import missing, plain
from costmodel import (
    CONTEXTS,
    MOST_DESIGNS,
    Accelerator,
    Cheapest,
    Decision,
    DomainError,
    Model,
    Scenario,
    cheapest,
    context_curve,
    sensitivity,
)

PINNED = "pinned"
BINDS = "explore.binds"
CURVE_CONTEXTS = CONTEXTS[::2]
"""Two for each doubling: on log axes more points change nothing to see, and each costs time in the browser."""


def draw() -> None:
    """The verdict, its drawing, what moves it, and explanations on demand."""
    scenario = session.scenario()
    named = {scenario.attention_on, scenario.ffn_on, scenario.prefill_on}
    priced = [each for each in scenario.accelerators if each.usd_per_hour is not None]
    kept = [each for each in scenario.accelerators if each in priced or each.id in named]
    costed = scenario.replace(accelerators=kept) if priced else scenario
    found, problem = _decided(costed) if priced else (None, "")
    _headline(scenario, found)
    if found is not None:
        _summary(costed, found)
    # The browser identifies elements by place: in a block of their own these come and go without moving a chart.
    with st.container():
        changes.draw()
        if said := session.recall(PINNED):
            # No toast: it would lie on the buttons.
            st.info(plain(said), icon=":material/keep:")
            session.show(PINNED, None)
        for accelerator in scenario.accelerators:
            if reason := _unranked(scenario, accelerator):
                st.info(
                    f"{plain(accelerator.name)} has {plain(missing(reason))}, and no cost of what needs it: set one "
                    "under Hardware.",
                    icon=":material/sell:",
                )
    if problem:
        st.error(plain(problem))
    if found is None:
        headlines.draw(scenario, baseline(scenario), None)
        _binds(scenario)
        return
    best = cheapest(scenario)
    with st.container(border=True):
        drawn = pools.chart(session.theme(), costed, found)
        show_chart(pools.TITLE, pools.CAPTION, drawn, "pools", pools.in_words(costed, found))
        headlines.bounds(costed, found)
    headlines.draw(costed, baseline(costed), best)
    bridged.draw(costed, _ends(found))
    _charts(scenario, costed, best)
    why.draw(costed)
    headlines.assumptions(costed)


def _unranked(scenario: Scenario, accelerator: Accelerator) -> str | None:
    work = scenario.model.decode_work(scenario.workload)
    return accelerator.unranked(*work.attention_bits, *work.ffn_bits)


def _decided(scenario: Scenario) -> tuple[Decision | None, str]:
    try:
        return planning.decided(scenario), ""
    except DomainError as error:
        return None, str(error)


def _ends(found: Decision) -> tuple[float, float] | None:
    """Prices of the cheapest way in the limit and in whole servers."""
    ways = found.limit.winner, found.servers.winner
    return (ways[0].usd_per_million_tokens, ways[1].usd_per_million_tokens) if ways[0] and ways[1] else None


def _headline(scenario: Scenario, found: Decision | None) -> None:
    """The answer in the largest type, and what leaves the page."""
    title = "No accelerator has a price" if found is None else verdicts.headline(found)
    with st.container(horizontal=True, vertical_alignment="top", horizontal_alignment="distribute"):
        st.title(plain(title), anchor=False)
        with st.container(horizontal=True, width="content"):
            st.button(
                "Pin",
                icon=":material/keep:",
                on_click=_pin,
                args=(scenario,),
                help="Put this design beside others on the Compare page.",
            )
            if st.button(
                "Import", key="import", icon=":material/upload_file:", help="Find a preset, or read a config.json."
            ):
                _import()
            share.draw()


def _summary(scenario: Scenario, found: Decision) -> None:
    """One line that spells out AFD, and what each level says."""
    way = found.limit.winner
    with st.container(gap="small"):
        follows = "" if way is None else verdicts.follows(way, scenario)
        st.markdown(f":gray[{verdicts.MEANING} {plain(follows)}]")
        with st.container(horizontal=True, gap="small"):
            for badge in verdicts.badges(found, scenario):
                st.badge(plain(badge.text), icon=badge.icon, color=badge.tone)
            tour.draw_start()
        tour.draw_stop()
        for note in verdicts.even_notes(
            (each.change, each.band) for each in (found.limit, found.servers, found.measured)
        ):
            st.caption(plain(note))
        if any(map(verdicts.bounded, (found.servers, found.measured))):
            st.caption(plain(verdicts.BOUNDED_NOTE))
        if said := verdicts.basis(found):
            st.caption(plain(" ".join(said)))
        if found.form == "no SLA":
            st.caption(f":material/block: {plain(found.servers.reason)}")


@st.dialog("A model by its name or its config.json", width="large")
def _import() -> None:
    import_box.draw(_open)


def _open(model: Model) -> None:
    session.load(session.scenario().replace(model=model))
    st.rerun()


def _pin(scenario: Scenario) -> None:
    """Pin, and say where the design went and which one had to give way."""
    before = pins.designs(scenario)[0]
    name = pins.pin(scenario)
    gone = [other for other in before if other not in pins.designs(scenario)[0]]
    lost = f" The oldest, {', '.join(gone)}, gave way: Compare holds {MOST_DESIGNS}." if gone else ""
    session.show(PINNED, f"{name} is on the Compare page.{lost}")


def _charts(scenario: Scenario, costed: Scenario, best: Cheapest) -> None:
    """Costs of what has a price, and what binds attention on every accelerator."""
    theme = session.theme()
    left, right = st.columns(2)
    with left:
        caption = noted(cost_bars.CAPTION, costed.accelerators)
        drawn, said = cost_bars.chart(theme, scenario, best), cost_bars.in_words(scenario, best)
        chart_card(cost_bars.TITLE, caption, drawn, "cost", said)
    with right:
        _curve(costed)
    price_card.draw(scenario, costed)
    with on_demand(
        "What binds attention", "what binds", "speed", expanded=session.get_page(f"page.{BINDS}") is not None
    ) as opened:
        if opened:
            _binds(scenario)
    with on_demand("What matters most", "what matters", "tune") as opened:
        if opened:
            _matters(costed)


def _matters(scenario: Scenario) -> None:
    theme, moved = session.theme(), sensitivity(scenario)
    left, right = st.columns(2)
    with left:
        drawn, said = tornado.chart(theme, moved.alike), tornado.in_words(moved.alike)
        chart_card(tornado.TITLE, tornado.CAPTION, drawn, "tornado", said)
    with right:
        drawn, said = tornado.chart(theme, moved.apart), tornado.in_words(moved.apart)
        chart_card(tornado.APART_TITLE, tornado.APART_CAPTION, drawn, "apart", said)


def _curve(scenario: Scenario) -> None:
    """Each kind against the best pair; with one kind its cost."""
    theme, now = session.theme(), scenario.workload.context
    inside = CURVE_CONTEXTS[0] <= now <= CURVE_CONTEXTS[-1]
    curve = context_curve(scenario, tuple(sorted({*CURVE_CONTEXTS, now})) if inside else CURVE_CONTEXTS)
    if len(scenario.accelerators) == 1:
        drawn, said = context.chart(theme, scenario, curve), context.in_words(scenario, curve)
        chart_card(context.TITLE, context.CAPTION, drawn, "context", said)
        return
    drawn, said = context_gap.chart(theme, scenario, curve), context_gap.in_words(scenario, curve)
    chart_card(context_gap.TITLE, context_gap.CAPTION, drawn, "context gap", said)


def _binds(scenario: Scenario) -> None:
    theme = session.theme()
    presets = beside.chosen("explore.beside")
    views = {
        "plane": View(
            plane.TITLE,
            plane.CAPTION,
            lambda: plane.chart(theme, scenario, presets),
            lambda: plane.in_words(scenario),
        ),
        "roofline": View(
            roofline.TITLE,
            roofline.CAPTION,
            lambda: roofline.chart(theme, scenario),
            lambda: roofline.in_words(scenario),
        ),
    }
    caption = "The plane sets this design beside others, the roofline shows the limits of each accelerator."
    switched_card(BINDS, "What binds attention", views, caption)


draw()
