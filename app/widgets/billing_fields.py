"""Fields of whole requests and of fleets in the panel."""

from typing import Any

import streamlit as st

from app import session
from app.widgets import changes
from app.widgets.controls import drawer
from app.widgets.knobs import Knobs
from costmodel import Choice, DomainError, Field

REQUEST = ("request.prompt", "request.output", "request.cached", "request.utilization")
SPREAD = ("request.prompt_cv", "request.output_cv")
WORKERS = ("service.accelerators_per_prompt", "service.parallel_efficiency", "service.core_bits")
REQUESTS, PEAK, SHAPE = "demand.requests_per_day", "demand.peak", "demand.shape"
GROWTH = ("demand.growth", "demand.month")
OWN = "own"
COURSES = {"sine": "Sine up to the peak", "flat": "Flat: every hour alike", OWN: "Own hours"}
MARGINS = ("demand.headroom", "demand.cold_start", "demand.availability", "demand.ttft", "demand.ttft_share")
FAILURES = ("demand.burstiness", "service.failures_per_accelerator_year", "service.repair_hours")
PREFILL = ("service.prefill_unit", "service.overlap")
POWER = (
    "service.idle_share",
    "service.prefill_share",
    "service.decode_share",
    "service.host_watts",
    "service.pue",
    "service.usd_per_kwh",
    "service.grams_per_kwh",
    "service.power_budget",
)


def draw_request(knobs: Knobs) -> dict[str, Any]:
    """Lengths, hit rate and utilization; spread and workers in a drawer. Returns the edits."""
    with st.expander("Request", expanded=True, icon=":material/receipt_long:"):
        edits = knobs.draw(REQUEST)
        with drawer("Spread and prefill", "spread", "ssid_chart") as opened:
            return edits | (knobs.draw((*SPREAD, *WORKERS)) if opened else {})


def draw_demand(knobs: Knobs) -> dict[str, Any]:
    """Requests over the day and margins; failures, power and ownership in drawers. Returns the edits."""
    with st.expander("Demand", expanded=True, icon=":material/show_chart:"):
        edits = knobs.draw((REQUESTS,)) | _course(knobs) | knobs.draw(GROWTH)
    with st.expander("Margins", expanded=True, icon=":material/shield:"):
        edits |= knobs.draw(MARGINS)
        with drawer("Failures and bursts", "failures", "heart_broken") as opened:
            edits |= knobs.draw((*FAILURES, *PREFILL)) if opened else {}
    with drawer("Power", "power", "bolt") as opened:
        edits |= knobs.draw(POWER) if opened else {}
    with drawer("Ownership", "ownership", "account_balance") as opened:
        often, rarely = knobs.under("ownership.")
        edits |= knobs.draw((*often, *rarely)) if opened else {}
    return edits


def _course(knobs: Knobs) -> dict[str, Any]:
    """How requests spread over the day, and what that course needs: the peak of a sine, or 24 numbers."""
    field, current = knobs.fields[SHAPE], knobs.now[SHAPE]
    named = current if current in COURSES else OWN
    key = f"{SHAPE}.course"
    session.prepare(key, named, named)
    listed = list(COURSES)
    picked = st.selectbox(
        field.label, listed, index=listed.index(named), key=key, format_func=COURSES.__getitem__, help=field.help
    )
    edits: dict[str, Any] = {}
    if picked != named:
        session.settle(key, picked)
        current = _hours(session.scenario().demand.multipliers) if picked == OWN else picked
        edits[SHAPE] = current
    home = knobs.changed[SHAPE].before if SHAPE in knobs.changed else knobs.now[SHAPE]
    if current != home:
        changes.mark(SHAPE, changes.shown_value(field, home))
    if picked == OWN:
        return edits | _own_hours(field, current)
    return edits | (knobs.draw((PEAK,)) if picked == "sine" else {})


def _own_hours(field: Field | Choice, current: str) -> dict[str, Any]:
    key = f"{SHAPE}.hours"
    session.prepare(key, current, current)
    help_text = "24 numbers from midnight, with commas or blanks between them, in any unit. Only their ratio counts."
    text = st.text_area("Requests of each hour", value=current, key=key, height=110, help=help_text)
    try:
        hours = field.check(text)
    except DomainError:
        return {SHAPE: text}
    # The box keeps what was typed; the Scenario holds the same numbers with commas.
    session.settle(key, hours)
    return {} if hours == current else {SHAPE: hours}


def _hours(multipliers: tuple[float, ...]) -> str:
    """The present course as numbers to start from."""
    return ",".join(f"{each:.4g}" for each in multipliers)
