"""Widgets drawn from the fields' own metadata: label, unit, help, range and stops live in the library."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import streamlit as st

from app import session
from app.wording import field_value, tokens
from costmodel import Choice, Field

CHANGED = " ●"


def field(path: str, mark: Field | Choice, current: Any, preset: Any) -> dict[str, Any]:
    """Draw one field; returns its edit, empty when the widget agrees with the Scenario."""
    label = mark.label + (CHANGED if current != preset else "")
    returned: Any
    if isinstance(mark, Choice):
        returned = _words(path, mark, label, current)
    elif mark.choices:
        returned = _numbers(path, mark, label, current)
    elif mark.stops and current is not None:
        returned = _slider(path, mark, label, current)
    else:
        returned = _entry(path, mark, label, current)
    return {} if returned == current else {path: returned}


@contextmanager
def menu(label: str, key: str, icon: str, width: Literal["content", "stretch"] = "stretch") -> Iterator[bool]:
    """A menu whose content is drawn only while it is open: each element of a page costs milliseconds per redraw."""
    box = st.popover(label, icon=f":material/{icon}:", width=width, key=key, on_change="rerun")
    with box:
        yield bool(box.open)


def _help(mark: Field | Choice) -> str:
    if isinstance(mark, Choice):
        return mark.help
    unit = f" Unit: {mark.scale_unit or mark.unit}." if mark.unit else ""
    low, high = field_value(mark, mark.low), field_value(mark, mark.high)
    return f"{mark.help}{unit}" if mark.choices else f"{mark.help}{unit} From {low} to {high}."


def _words(path: str, mark: Choice, label: str, current: str) -> str:
    session.prepare(path, current, current)
    picked = st.segmented_control(
        label, mark.choices, default=current, key=path, help=_help(mark), width="stretch", required=True
    )
    return picked or current


def _numbers(path: str, mark: Field, label: str, current: int) -> int:
    session.prepare(path, current, current)
    if len(mark.choices) <= 4:
        picked = st.segmented_control(
            label, mark.choices, default=current, key=path, help=_help(mark), width="stretch", required=True
        )
        return current if picked is None else picked
    return st.selectbox(label, mark.choices, index=mark.choices.index(current), key=path, help=_help(mark))


def _slider(path: str, mark: Field, label: str, current: int) -> int:
    options = sorted({*mark.stops, current})
    session.prepare(path, current, current)
    shown = tokens if mark.unit == "tokens" else "{:,}".format
    return st.select_slider(label, options, value=current, key=path, help=_help(mark), format_func=shown)


def _entry(path: str, mark: Field, label: str, current: float | None) -> float | None:
    """A number box in the unit people use; an untouched box never changes the value by rounding."""
    unit = f" ({mark.scale_unit})" if mark.scale_unit else f" ({mark.unit})" if not mark.whole else ""
    box: dict[str, Any] = {"label": f"{label}{unit}", "key": path, "help": _help(mark)}
    if mark.whole:
        session.prepare(path, current, current)
        box |= {"min_value": int(mark.low), "max_value": int(mark.high), "step": 1}
        returned = st.number_input(value=current, placeholder="none", **box)
        return current if returned is None and not mark.optional else returned
    scaled = None if current is None else current / mark.scale
    session.prepare(path, current, scaled)
    box |= {"min_value": mark.low / mark.scale, "max_value": mark.high / mark.scale, "format": "%.6g"}
    returned = st.number_input(value=scaled, placeholder="none", step=_step(scaled), **box)
    if returned == scaled or (returned is None and not mark.optional):
        return current
    return None if returned is None else returned * mark.scale


def _step(value: float | None) -> float:
    return 1.0 if not value else float(f"{value / 20:.1g}")
