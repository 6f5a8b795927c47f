"""Explore: what does a decoded token of this design cost, on which accelerators, and why?"""

import streamlit as st

from app import pins, session
from app.charts import context, cost_bars, plane, roofline, tornado
from app.views import headlines, share, why
from app.views.layout import View, chart_card, switched_card
from app.widgets import changes
from app.widgets.panel import baseline
from app.wording import plain
from costmodel import (
    CONTEXTS,
    MOST_DESIGNS,
    PAPER_COLLECTION,
    Cheapest,
    DomainError,
    Scenario,
    cheapest,
    context_curve,
    load_model,
    models,
    sensitivity,
)

PINNED = "pinned"
CURVE_CONTEXTS = CONTEXTS[::2]
"""Two for each doubling: on log axes more points change nothing to see, and each costs time in the browser."""


def draw() -> None:
    """Headlines, charts, explanations."""
    scenario = session.scenario()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title("What does a decoded token cost?", anchor=False)
        with st.container(horizontal=True, width="content"):
            st.button(
                "Pin",
                icon=":material/keep:",
                on_click=_pin,
                args=(scenario,),
                help="Put this design beside others on the Compare page.",
            )
            share.draw()
    priced = [accelerator for accelerator in scenario.accelerators if accelerator.usd_per_hour is not None]
    # The browser tells elements apart by place: in a block of their own these come and go without moving a chart.
    with st.container():
        changes.draw()
        if said := session.recall(PINNED):
            # No toast: it would lie on the buttons.
            st.info(plain(said), icon=":material/keep:")
            session.show(PINNED, None)
        for accelerator in scenario.accelerators:
            if accelerator.usd_per_hour is None:
                st.info(
                    f"{plain(accelerator.name)} has no known price and is left out of costs: set one under Hardware.",
                    icon=":material/sell:",
                )
    if not priced:
        return
    costed = scenario.replace(accelerators=priced)
    try:
        best = cheapest(costed)
    except DomainError as error:
        st.error(plain(str(error)))
        return
    headlines.draw(costed, baseline(costed), best)
    _charts(costed, best)
    why.draw(costed)
    headlines.assumptions(costed, best)


def _pin(scenario: Scenario) -> None:
    """Pin, and say where the design went and which one had to give way."""
    before = pins.designs(scenario)[0]
    name = pins.pin(scenario)
    gone = [other for other in before if other not in pins.designs(scenario)[0]]
    lost = f" The oldest, {', '.join(gone)}, gave way: Compare holds {MOST_DESIGNS}." if gone else ""
    session.show(PINNED, f"{name} is on the Compare page.{lost}")


def _charts(scenario: Scenario, best: Cheapest) -> None:
    theme = session.theme()
    left, right = st.columns(2)
    with left:
        chart_card(cost_bars.TITLE, cost_bars.CAPTION, cost_bars.chart(theme, scenario, best), "cost")
    with right:
        presets = [load_model(name) for name in models(PAPER_COLLECTION)]
        views = {
            "plane": View(plane.TITLE, plane.CAPTION, lambda: plane.chart(theme, scenario, presets)),
            "roofline": View(roofline.TITLE, roofline.CAPTION, lambda: roofline.chart(theme, scenario)),
        }
        caption = "The plane sets this design beside others, the roofline shows the limits of each accelerator."
        switched_card("explore.binds", "What binds attention", views, caption)
    left, right = st.columns(2)
    with left:
        curve = context_curve(scenario, CURVE_CONTEXTS)
        chart_card(context.TITLE, context.CAPTION, context.chart(theme, scenario, curve), "context")
    with right:
        chart_card(tornado.TITLE, tornado.CAPTION, tornado.chart(theme, sensitivity(scenario)), "tornado")


draw()
