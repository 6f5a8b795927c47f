"""Widgets drawn from the fields' own metadata: label, unit, help, range and stops live in the library."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from app import session
from app.widgets import pair
from app.wording import field_value
from costmodel import Choice, Field, fields

PLAUSIBLE = {"sla.tpot": (0.005, 0.5)}
"""Values that deployments have; beyond them a number box says so, because a wrong unit is the likely reason."""


def control(path: str, field: Field | Choice, current: Any) -> dict[str, Any]:
    """Draw one field; returns its edit, empty when the widget agrees with the Scenario."""
    returned: Any
    if isinstance(field, Choice):
        returned = _words(path, field, current)
    elif field.choices:
        returned = _numbers(path, field, current)
    elif field.stops and current is not None:
        returned = pair.draw(path, field, int(current), _help(field))
    else:
        returned = _entry(path, field, current)
    return {} if returned == current else {path: returned}


def unusual(path: str, value: float) -> str:
    """A note on a value that no deployment has; empty within the plausible range."""
    field = fields(session.scenario())[path]
    low, high = PLAUSIBLE[path]
    if low <= value <= high or not isinstance(field, Field):
        return ""
    usual = f"{field_value(field, low)} to {field_value(field, high)}"
    return f"{field.label} {field_value(field, value)} is unusual: deployments aim at {usual}."


@contextmanager
def drawer(label: str, key: str, icon: str) -> Iterator[bool]:
    """A part of the panel that opens in place: its content is drawn only then, because elements cost time per redraw.

    It is no popover: near the lower edge of a phone a popover is cut, and the keyboard does not enter it.
    """
    box = st.expander(label, icon=f":material/{icon}:", key=key, on_change="rerun", type="compact")
    with box:
        yield bool(box.open)


def _help(field: Field | Choice) -> str:
    if isinstance(field, Choice):
        return field.help
    unit = f" Unit: {field.scale_unit or field.unit}." if field.unit else ""
    low, high = field_value(field, field.low), field_value(field, field.high)
    return f"{field.help}{unit}" if field.choices else f"{field.help}{unit} From {low} to {high}."


def _words(path: str, field: Choice, current: str) -> str:
    session.prepare(path, current, current)
    picked = st.segmented_control(
        field.label, field.choices, default=current, key=path, help=_help(field), width="stretch", required=True
    )
    return picked or current


def _numbers(path: str, field: Field, current: int) -> int:
    session.prepare(path, current, current)
    if len(field.choices) <= 4:
        picked = st.segmented_control(
            field.label, field.choices, default=current, key=path, help=_help(field), width="stretch", required=True
        )
        return current if picked is None else picked
    return st.selectbox(field.label, field.choices, index=field.choices.index(current), key=path, help=_help(field))


def _entry(path: str, field: Field, current: float | None) -> float | None:
    """A number box in the unit people use; an untouched box never changes the value by rounding."""
    unit = (
        f" ({field.scale_unit})" if field.scale_unit else f" ({field.unit})" if field.unit and not field.whole else ""
    )
    box: dict[str, Any] = {"label": f"{field.label}{unit}", "key": path, "help": _help(field)}
    if field.whole:
        session.prepare(path, current, current)
        box |= {"min_value": int(field.low), "max_value": int(field.high), "step": 1}
        returned = st.number_input(value=current, placeholder="none", **box)
        return current if returned is None and not field.optional else returned
    scaled = None if current is None else current / field.scale
    session.prepare(path, current, scaled)
    box |= {"min_value": field.low / field.scale, "max_value": field.high / field.scale, "format": "%.6g"}
    returned = st.number_input(value=scaled, placeholder="none", step=_step(scaled), **box)
    if path in PLAUSIBLE:
        note, asked = st.empty(), current if returned is None or returned == scaled else returned * field.scale
        if asked is not None and (said := unusual(path, asked)):
            note.caption(f":orange[:material/warning:] {said}")
    if returned == scaled or (returned is None and not field.optional):
        return current
    return None if returned is None else returned * field.scale


def _step(value: float | None) -> float:
    return 1.0 if not value else float(f"{value / 20:.1g}")
