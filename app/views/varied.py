"""A card on Plan that simulates the plan with varying stages, once it is asked for."""

import streamlit as st

from app import planning, session
from app.charts import cycle_factor
from app.views.layout import chart_card
from app.wording import duration, percent, plain
from costmodel import DomainError, Plan

EXAMPLE = 0.2
"""Coefficient of variation that the sentence speaks of."""


def draw(plan: Plan) -> None:
    """A drawer; open, it runs the simulation and shows by how much variability lengthens a cycle."""
    box = st.expander(
        "What does variability cost? Simulate this plan",
        icon=":material/ssid_chart:",
        key="simulate",
        on_change="rerun",
    )
    if not box.open:
        return
    with box:
        try:
            with st.spinner("Simulating the plan at seven variations"):
                found = planning.varied(plan)
        except DomainError as error:
            st.warning(plain(f"This plan cannot be simulated. {error}"), icon=":material/block:")
            return
        example = next(each for each in found if each.cv == EXAMPLE)
        st.markdown(
            f"If the times of attention, network and FFN vary by {percent(EXAMPLE)} (deviation over mean, drawn anew "
            f"for every layer and accelerator), a cycle takes **{example.factor:.2f} times** the planned time: "
            f"{duration(example.tpot)} per output token instead of {duration(plan.tpot)}, and "
            f"{example.tokens_per_second_per_gpu:,.0f} instead of {plan.tokens_per_second_per_gpu:,.0f} tokens/s per "
            "accelerator."
        )
        drawn, said = cycle_factor.chart(session.theme(), found), cycle_factor.in_words(found)
        chart_card(cycle_factor.TITLE, cycle_factor.CAPTION, drawn, "variability", said)
        st.caption(
            "Across: the coefficient of variation of all three stages, 0 for times as planned, 1 for exponential ones. "
            "Seeded, so that it repeats; in Python: cm.vary(plan), or cm.simulate(plan, ...) for each stage apart, "
            "ageing contexts and expert skew."
        )
