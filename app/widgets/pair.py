"""A slider and a number box for one field, in one row.

Every message of the browser carries the state of both, and one that was sent before the last answer arrived still holds
the old value of the widget that was not touched. So a widget never gets its new value under its old identity: when one
is moved, the other gets a new version in its key, and a late message names a widget that exists no more. What is left
of it is the widget that the visitor moved, which keeps its identity and with it the focus.
"""

from dataclasses import dataclass, replace
from typing import Self

import streamlit as st

from app import session
from app.wording import tokens
from costmodel import Field

BOX_PIXELS = 90


@dataclass(frozen=True)
class Pair:
    """The value that slider and box ask for, and the versions of their identities."""

    value: int
    slider: int = 0
    box: int = 0

    def following(self, current: int) -> Self:
        """After the Scenario's value was changed elsewhere."""
        return replace(self, value=current, box=self.box + 1)

    def asked(self, slider: int, box: int) -> Self:
        """After a message: of two that were moved the slider is the later one, because a box is left before."""
        if slider != self.value:
            return replace(self, value=slider, box=self.box + 1)
        if box != self.value:
            return replace(self, value=box, slider=self.slider + 1)
        return self


def draw(path: str, field: Field, current: int, help_text: str) -> int:
    """Slider and box of a field; returns the value that they ask for."""
    pair = _before(path, current)
    with st.container(horizontal=True, wrap=False, gap="small", vertical_alignment="bottom"):
        moved = _slider(_keys(path, pair)[0], field, pair.value, help_text)
        pair = _kept(path, pair.asked(moved, pair.value))
        typed = _box(_keys(path, pair)[1], field, pair.value, help_text)
        # Only the first run of a session does not know the values of its widgets before they are drawn.
        return _kept(path, pair.asked(pair.value, typed)).value


def _before(path: str, current: int) -> Pair:
    """The pair with what a message says; kept before it is drawn, because a newer message may end the run between."""
    pair: Pair = session.recall(_state(path)) or Pair(current)
    slider, box = (session.recall(key) for key in _keys(path, pair))
    if slider is None and box is None:
        # Not drawn so far, or not by the run before, or by a server that was stopped.
        pair = replace(pair, value=current)
        if not session.is_first_run():
            for key in _keys(path, pair):
                session.show(key, current)
    elif session.was_moved(path, current):
        session.show(_keys(path, pair)[0], current)
        pair = pair.following(current)
    else:
        pair = pair.asked(*(pair.value if value is None else value for value in (slider, box)))
    _kept(path, pair)
    session.settle(path, current)
    return pair


def _state(path: str) -> str:
    return f"pair {path}"


def _kept(path: str, pair: Pair) -> Pair:
    session.show(_state(path), pair)
    return pair


def _keys(path: str, pair: Pair) -> tuple[str, str]:
    """Keys of slider and box; those of the first versions are short."""
    version = f" {pair.slider}" if pair.slider else ""
    return f"{path}{version}", f"{path} box{f' {pair.box}' if pair.box else ''}"


def _slider(key: str, field: Field, shown: int, help_text: str) -> int:
    options = sorted({*field.stops, shown})
    words = tokens if field.unit == "tokens" else "{:,}".format
    return st.select_slider(field.label, options, value=shown, key=key, help=help_text, format_func=words)


def _box(key: str, field: Field, shown: int, help_text: str) -> int:
    unit = "" if field.unit in field.label.lower() else f" ({field.unit})"
    return st.number_input(
        f"{field.label}{unit}",
        min_value=int(field.low),
        max_value=int(field.high),
        value=shown,
        step=1,
        key=key,
        help=help_text,
        label_visibility="collapsed",
        width=BOX_PIXELS,
    )
