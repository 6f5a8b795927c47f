"""The placement of deployments without AFD: automatic, or ranks of each kind of parallelism."""

from typing import Any

import streamlit as st

from app import session
from app.widgets.knobs import Knobs
from costmodel import Placement

KEY = "placement given"
CHOICES = {False: "Automatic", True: "As given"}


def draw() -> dict[str, Any]:
    """The choice, and the fields of a given placement; returns their edits."""
    scenario = session.scenario()
    current = scenario.placement is not None
    session.prepare(KEY, current, current)
    picked = st.segmented_control(
        "Placement",
        list(CHOICES),
        default=current,
        key=KEY,
        format_func=CHOICES.__getitem__,
        help="Automatic: attention data-parallel, experts over all accelerators, two batches overlapped, as many "
        "servers as are best. As given: the ranks below, on every accelerator without AFD.",
        width="stretch",
        required=True,
    )
    if picked is not None and picked != current:
        session.load(scenario.replace(placement=Placement() if picked else None))
        session.settle(KEY, picked)
    often, rarely = Knobs.read().under("placement.")
    return Knobs.read().draw((*often, *rarely))
