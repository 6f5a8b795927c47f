"""Fields of whole requests and of fleets in the panel."""

from typing import Any

import streamlit as st

from app.widgets.controls import drawer
from app.widgets.knobs import Knobs

REQUEST = ("request.prompt", "request.output", "request.cached", "request.utilization")
SPREAD = ("request.prompt_cv", "request.output_cv")
WORKERS = ("service.accelerators_per_prompt", "service.parallel_efficiency", "service.core_bits")
DEMAND = ("demand.requests_per_day", "demand.peak", "demand.growth", "demand.month")
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
        edits = knobs.draw(DEMAND)
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
