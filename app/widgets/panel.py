"""The input panel: every field of the Scenario, grouped; one pass from widgets to Scenario."""

from typing import Any

import streamlit as st

from app import session
from app.widgets import billing_fields, changes, hardware, placements, stacks, strip
from app.widgets.controls import drawer
from app.widgets.knobs import Knobs
from costmodel import Scenario

PLANNED = ("workload.context_deviation",)
SHAPE_FIELDS = ("hidden", "vocabulary", "embedding_bits")
SLA_FIELDS = ("sla.tpot", "sla.stages")


def draw(*, design: bool = True, planning: bool = False, billing: str = "") -> None:
    """Draw the panel in the sidebar and apply what the widgets say.

    `design` shows the fields of the model, `planning` those of plans, `billing` those of a "request" or a "fleet".
    """
    if billing:
        session.apply(_billing(billing))
        return
    # Model, context, accelerators and prices are moved most: they come first.
    with strip.home() if design else st.sidebar:
        if design:
            stacks.draw_preset()
        knobs = Knobs.read()
        edits: dict[str, Any] = {}
        with st.expander("Workload", expanded=True, icon=":material/speed:"):
            edits |= _workload(knobs, planning=planning)
        with st.expander("Hardware", expanded=True, icon=":material/memory:"):
            edits |= hardware.draw()
    with st.sidebar:
        edits |= stacks.draw() if design else {}
        knobs = Knobs.read()
        if planning:
            with st.expander("SLA", expanded=True, icon=":material/timer:"):
                edits |= knobs.draw(SLA_FIELDS)
            with drawer("Placement without AFD", "placement", "grid_view") as opened:
                edits |= placements.draw() if opened else {}
        if design:
            rest = SHAPE_FIELDS if planning else (*SHAPE_FIELDS, *SLA_FIELDS)
            with drawer("Shape" if planning else "Shape and SLA", "shape", "straighten") as opened:
                edits |= knobs.draw(rest) if opened else {}
    session.apply(edits)
    if design:
        strip.draw(session.scenario())


def _billing(kind: str) -> dict[str, Any]:
    """The panel of a page about whole requests: the model, the request, the demand of a fleet, hardware, SLA."""
    with st.sidebar:
        stacks.draw_preset()
        knobs = Knobs.read()
        edits = billing_fields.draw_request(knobs)
        if kind == "fleet":
            edits |= billing_fields.draw_demand(knobs)
        with st.expander("Hardware", expanded=True, icon=":material/memory:"):
            edits |= hardware.draw()
        with st.expander("SLA", expanded=True, icon=":material/timer:"):
            return edits | knobs.draw(SLA_FIELDS)


def baseline(scenario: Scenario) -> Scenario:
    """What headlines are compared with: every change counts, those of prices, accelerators and workload too."""
    return changes.home(scenario)


def _workload(knobs: Knobs, *, planning: bool) -> dict[str, Any]:
    often, rarely = knobs.under("workload.")
    if planning:
        return knobs.draw(often + rarely)
    edits = knobs.draw(often)
    rest = tuple(path for path in rarely if path not in PLANNED)
    with drawer("Draft tokens (MTP)", "drafts", "fast_forward") as opened:
        return edits | (knobs.draw(rest) if opened else {})
