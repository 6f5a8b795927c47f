"""Slider and number box of one field: which of two values in a message is the newer one, and what is refused."""

from contextlib import suppress
from typing import Any

import pytest
import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest

import costmodel as cm
from app import session
from app.widgets.pair import Pair
from app.wording import usd
from tests.app.running import ONE_OF_EACH_STRUCTURE, afd_cost, headlines, linked, opened, texts

HEADS = "attention.0.heads"


def heads(at: AppTest) -> tuple[Any, Any, Any]:
    """What the slider, the box and the link hold; the versions of the widgets are in the ends of their keys."""
    slider = next(each for each in at.sidebar.select_slider if str(each.key).startswith(HEADS))
    box = next(each for each in at.sidebar.number_input if str(each.key).startswith(f"{HEADS} box"))
    return slider.value, box.value, cm.value(linked(at), HEADS)


def sent(at: AppTest) -> WidgetStates:
    """The state of every widget, as a browser sends it with each message."""
    states: WidgetStates = at._tree.get_widget_states()
    return states


def with_slider(states: WidgetStates, element: Any, option: str) -> WidgetStates:
    """The same message with a slider moved."""
    moved = WidgetStates()
    moved.CopyFrom(states)
    state = next(each for each in moved.widgets if each.id == element.proto.id)
    state.string_array_value.data[:] = [option]
    return moved


def test_moved_slider_gives_the_box_another_identity() -> None:
    assert Pair(64).asked(72, 64) == Pair(72, slider=0, box=1)


def test_typed_value_gives_the_slider_another_identity() -> None:
    assert Pair(64).asked(64, 70) == Pair(70, slider=1, box=0)


def test_slider_counts_where_both_were_moved() -> None:
    assert Pair(64).asked(72, 70) == Pair(72, slider=0, box=1)


def test_late_message_with_the_old_box_changes_nothing() -> None:
    at = opened()
    before, slider = sent(at), at.select_slider(key=HEADS)
    slider.set_value(72).run()
    at._run(with_slider(before, slider, "72"))
    assert heads(at) == (72, 72, 72)


def test_fast_moves_of_a_slider_keep_the_last_one() -> None:
    at = opened()
    before, slider = sent(at), at.select_slider(key=HEADS)
    # None of these messages knows the answer to the one before.
    for option in ("72", "80", "88"):
        at._run(with_slider(before, slider, option))
    assert heads(at) == (88, 88, 88)
    assert headlines(at)["Cost with AFD"] == usd(afd_cost(linked(at)))


def test_late_message_with_the_old_slider_changes_nothing() -> None:
    at = opened()
    before = sent(at)
    box = at.number_input(key=f"{HEADS} box")
    for typed in (70, 71):
        late = WidgetStates()
        late.CopyFrom(before)
        next(each for each in late.widgets if each.id == box.proto.id).double_value = typed
        at._run(late)
        assert heads(at) == (typed, typed, typed)


def test_typed_value_may_lie_between_the_stops() -> None:
    at = opened()
    at.number_input(key=f"{HEADS} box").set_value(70).run()
    assert heads(at) == (70, 70, 70)
    assert headlines(at)["Cost with AFD"] == usd(afd_cost(cm.from_query(f"{HEADS}=70").scenario))
    assert 70 not in cm.Mfa.quantities()["heads"].stops  # type: ignore[union-attr]


def test_slider_and_box_follow_an_undo() -> None:
    at = opened()
    at.number_input(key=f"{HEADS} box").set_value(70).run()
    at.button(key=f"changed {HEADS}").click().run()
    assert heads(at) == (64, 64, 64)
    at.select_slider(key=f"{HEADS} 1").set_value(96).run()
    at.button(key="reset all").click().run()
    assert heads(at) == (64, 64, 64)


def test_value_out_of_range_is_not_clamped() -> None:
    at = opened()
    at.number_input(key=f"{HEADS} box").set_value(5000).run()
    assert heads(at) == (64, 64, 64)
    assert not at.exception


def test_refused_relation_is_one_problem_and_stays_in_sight() -> None:
    at = opened()
    at.number_input(key="ffn.1.top_k box").set_value(60).run()
    assert texts(at).count("top_k must not exceed experts") == 1
    assert linked(at) == cm.default_scenario()
    assert at.number_input(key="ffn.1.top_k box").value == at.select_slider(key="ffn.1.top_k 1").value == 60
    at.select_slider(key="ffn.1.top_k 1").set_value(4).run()
    assert "top_k" not in texts(at)
    assert cm.value(linked(at), "ffn.1.top_k") == 4


@pytest.mark.parametrize("name", ONE_OF_EACH_STRUCTURE)
def test_every_slider_has_a_box_with_the_same_range(name: str) -> None:
    at = opened(f"model={name}")
    boxes = {str(box.key): box for box in at.sidebar.number_input}
    known = cm.fields(linked(at))
    assert len(at.sidebar.select_slider) >= 4
    for slider in at.sidebar.select_slider:
        box, field = boxes[f"{slider.key} box"], known[str(slider.key)]
        assert isinstance(field, cm.Field)
        assert (box.min, box.max, box.step, box.value) == (field.low, field.high, 1, slider.value)
        assert box.label.startswith(slider.label)


@pytest.mark.parametrize(
    ("page", "paths"),
    [("views/request.py", ("request.prompt", "request.output")), ("views/compare.py", ("workload.context",))],
)
def test_sliders_of_other_pages_have_boxes(page: str, paths: tuple[str, ...]) -> None:
    at = opened(page=page)
    for path in paths:
        at.number_input(key=f"{path} box").set_value(5555).run()
        assert cm.value(linked(at), path) == 5555


class _OvertakenError(Exception):
    """What Streamlit raises in a script that a newer message overtakes."""


class _State(dict[str, Any]):
    """Session state that ends the run at one of its accesses, as Streamlit's does."""

    def __init__(self, held: dict[str, Any], accesses: int) -> None:
        super().__init__(held)
        self.left = accesses

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise _OvertakenError

    def __getitem__(self, key: str) -> Any:
        self._count()
        return super().__getitem__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._count()
        super().__setitem__(key, value)

    def setdefault(self, key: str, default: Any = None) -> Any:
        self._count()
        return super().setdefault(key, default)


@pytest.mark.parametrize("accesses", range(6))
def test_overtaken_run_applies_an_edit_whole_or_not_at_all(accesses: int, monkeypatch: pytest.MonkeyPatch) -> None:
    held = _State({session.SCENARIO: cm.default_scenario(), session.SHOWN: {HEADS: 64}}, accesses)
    monkeypatch.setattr(st, "session_state", held)
    with suppress(_OvertakenError):
        session.apply({HEADS: 72})
    held.left = 9
    assert held[session.SHOWN] == {HEADS: cm.value(held[session.SCENARIO], HEADS)}
