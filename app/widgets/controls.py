"""Widgets drawn from the fields' own metadata: label, unit, help, range and stops live in the library."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from app import session
from app.wording import field_value, tokens
from costmodel import Choice, Field

PLAUSIBLE = {"sla.tpot": (0.005, 0.5)}
"""Values that deployments have; beyond them a number box says so, because a wrong unit is the likely reason."""


def field(path: str, mark: Field | Choice, current: Any) -> dict[str, Any]:
    """Draw one field; returns its edit, empty when the widget agrees with the Scenario."""
    returned: Any
    if isinstance(mark, Choice):
        returned = _words(path, mark, current)
    elif mark.choices:
        returned = _numbers(path, mark, current)
    elif mark.stops and current is not None:
        returned = _slider(path, mark, current)
    else:
        returned = _entry(path, mark, current)
    return {} if returned == current else {path: returned}


def unusual(path: str, mark: Field, value: float) -> str:
    """A note on a value that no deployment has; empty within the plausible range."""
    low, high = PLAUSIBLE.get(path, (mark.low, mark.high))
    if low <= value <= high:
        return ""
    usual = f"{field_value(mark, low)} to {field_value(mark, high)}"
    return f"{mark.label} {field_value(mark, value)} is unusual: deployments aim at {usual}."


@contextmanager
def drawer(label: str, key: str, icon: str) -> Iterator[bool]:
    """A part of the panel that opens in place: its content is drawn only then, because elements cost time per redraw.

    It is no popover: near the lower edge of a phone a popover is cut, and the keyboard does not enter it.
    """
    box = st.expander(label, icon=f":material/{icon}:", key=key, on_change="rerun", type="compact")
    with box:
        yield bool(box.open)


def _help(mark: Field | Choice) -> str:
    if isinstance(mark, Choice):
        return mark.help
    unit = f" Unit: {mark.scale_unit or mark.unit}." if mark.unit else ""
    low, high = field_value(mark, mark.low), field_value(mark, mark.high)
    return f"{mark.help}{unit}" if mark.choices else f"{mark.help}{unit} From {low} to {high}."


def _words(path: str, mark: Choice, current: str) -> str:
    session.prepare(path, current, current)
    picked = st.segmented_control(
        mark.label, mark.choices, default=current, key=path, help=_help(mark), width="stretch", required=True
    )
    return picked or current


def _numbers(path: str, mark: Field, current: int) -> int:
    session.prepare(path, current, current)
    if len(mark.choices) <= 4:
        picked = st.segmented_control(
            mark.label, mark.choices, default=current, key=path, help=_help(mark), width="stretch", required=True
        )
        return current if picked is None else picked
    return st.selectbox(mark.label, mark.choices, index=mark.choices.index(current), key=path, help=_help(mark))


def _slider(path: str, mark: Field, current: int) -> int:
    options = sorted({*mark.stops, current})
    session.prepare(path, current, current)
    shown = tokens if mark.unit == "tokens" else "{:,}".format
    return st.select_slider(mark.label, options, value=current, key=path, help=_help(mark), format_func=shown)


def _entry(path: str, mark: Field, current: float | None) -> float | None:
    """A number box in the unit people use; an untouched box never changes the value by rounding."""
    unit = f" ({mark.scale_unit})" if mark.scale_unit else f" ({mark.unit})" if not mark.whole else ""
    box: dict[str, Any] = {"label": f"{mark.label}{unit}", "key": path, "help": _help(mark)}
    if mark.whole:
        session.prepare(path, current, current)
        box |= {"min_value": int(mark.low), "max_value": int(mark.high), "step": 1}
        returned = st.number_input(value=current, placeholder="none", **box)
        return current if returned is None and not mark.optional else returned
    scaled = None if current is None else current / mark.scale
    session.prepare(path, current, scaled)
    box |= {"min_value": mark.low / mark.scale, "max_value": mark.high / mark.scale, "format": "%.6g"}
    returned = st.number_input(value=scaled, placeholder="none", step=_step(scaled), **box)
    if path in PLAUSIBLE:
        note, asked = st.empty(), current if returned is None or returned == scaled else returned * mark.scale
        if asked is not None and (said := unusual(path, mark, asked)):
            note.caption(f":orange[:material/warning:] {said}")
    if returned == scaled or (returned is None and not mark.optional):
        return current
    return None if returned is None else returned * mark.scale


def _step(value: float | None) -> float:
    return 1.0 if not value else float(f"{value / 20:.1g}")
