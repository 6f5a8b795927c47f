"""The accelerators of the Scenario: which are considered, and the values of each."""

from typing import Any

import streamlit as st

from app import session
from app.widgets import changes, prices
from app.widgets.controls import drawer
from app.widgets.knobs import Knobs
from app.wording import plain
from costmodel import MOST_ACCELERATORS, Accelerator, accelerators, load_accelerator
from costmodel import changes as differences

CHOSEN, ADDED, EDITED = "accelerators", "added accelerator", "edited accelerator"
REFUSED = "kept accelerator"
FIELDS = (
    "bf16_flops_per_second",
    "fp8_flops_per_second",
    "int8_flops_per_second",
    "eight_bit",
    "bytes_per_second",
    "memory_bytes",
    "nics_per_server",
    "nic_bits_per_second",
    "tdp_watts",
    "capex_usd",
)


def draw() -> dict[str, Any]:
    """The accelerators to consider, their prices, and a drawer to edit one; returns the edits."""
    _considered()
    edits = prices.draw()
    with drawer("Edit or copy an accelerator", "edit accelerators", "edit") as opened:
        return edits | (_edited() if opened else {})


def _considered() -> None:
    listed = {each.id: each for each in session.scenario().accelerators}
    current = list(listed)
    session.prepare(CHOSEN, current, current)
    kept = st.pills(
        "Accelerators to consider",
        current,
        selection_mode="multi",
        default=current,
        key=CHOSEN,
        format_func=lambda name: plain(listed[name].name),
        help="Costs are computed on each, and AFD picks the best one for attention and for the FFN. "
        "Click one to leave it out.",
        width="stretch",
    )
    if not kept:
        # The pill that was clicked is shown as chosen again by the next run, which follows at once.
        session.settle(CHOSEN, [])
        session.show(REFUSED, CHOSEN)
        st.rerun()
    if session.recall(REFUSED):
        st.warning("At least one accelerator stays: add another one first.", icon=":material/memory:")
        session.show(REFUSED, None)
    if len(kept) < len(current):
        _set([listed[name] for name in current if name in kept])
    moved = next((each for each in differences(session.scenario()) if each.path == CHOSEN), None)
    if moved is not None:
        changes.mark(CHOSEN, ", ".join(load_accelerator(name).name for name in moved.before))
    st.selectbox(
        "Add an accelerator",
        sorted((name for name in accelerators() if name not in listed), key=_vendor_first),
        index=None,
        key=ADDED,
        format_func=_listed,
        placeholder="Type a name or a vendor",
        on_change=_add,
        disabled=len(listed) >= MOST_ACCELERATORS,
        help="From the Library; its values can be edited below.",
    )


def _listed(name: str) -> str:
    accelerator = load_accelerator(name)
    return f"{accelerator.name} · {accelerator.vendor}"


def _vendor_first(name: str) -> tuple[str, str]:
    accelerator = load_accelerator(name)
    return accelerator.vendor, accelerator.name


def _add() -> None:
    if (name := session.recall(ADDED)) is not None:
        session.load(
            session.scenario().replace(accelerators=(*session.scenario().accelerators, load_accelerator(name)))
        )
        session.show(ADDED, None)


def _set(chosen: list[Accelerator]) -> None:
    session.load(session.scenario().replace(accelerators=chosen))
    session.settle(CHOSEN, [each.id for each in chosen])


def _edited() -> dict[str, Any]:
    listed = {each.id: each for each in session.scenario().accelerators}
    edited = st.selectbox(
        "Edit an accelerator",
        list(listed),
        key=EDITED,
        format_func=lambda name: listed[name].name,
        help="Rates, bandwidth and memory can be changed below; the Library page names their sources.",
    )
    edits = Knobs.read().draw(tuple(f"accelerators.{edited}.{name}" for name in FIELDS))
    st.button(
        "Add an accelerator like this one",
        icon=":material/add:",
        on_click=_copy,
        args=(listed[edited],),
        disabled=len(listed) >= MOST_ACCELERATORS,
        help="A custom accelerator that starts with this accelerator's values; edit it like any other.",
        width="stretch",
    )
    return edits


def _copy(accelerator: Accelerator) -> None:
    scenario = session.scenario()
    taken = {other.id for other in scenario.accelerators} | set(accelerators())
    name = next(f"custom-{number}" for number in range(1, MOST_ACCELERATORS + 2) if f"custom-{number}" not in taken)
    copied = {field: getattr(accelerator, field) for field in accelerator.quantities()}
    session.load(scenario.replace(accelerators=(*scenario.accelerators, Accelerator.custom(name, **copied))))
    session.show(EDITED, name)
