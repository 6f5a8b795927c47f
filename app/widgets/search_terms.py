"""Objectives and constraints of a search as rows of menus; the same texts are open to experts as expressions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import streamlit as st

from app import session
from costmodel import LONGEST_TERMS, METRICS, MetricBound, first_constraint, metric_bound

Terms = tuple[str, ...]
SIGNS = {"<=": "at most", ">=": "at least", "<": "below", ">": "above", "==": "exactly"}
SEPARATOR = "; "


def read(name: str, start: Terms) -> Terms:
    """The texts of a setting; those of `start` where the link has none."""
    saved = session.get_page(name)
    return start if saved is None else tuple(text for each in saved.split(";") if (text := each.strip()))


def write(name: str, terms: Terms, start: Terms) -> None:
    """Keep the texts in the link; those of the model stay out of it."""
    session.set_page(name, None if terms == start else SEPARATOR.join(terms))


@dataclass(frozen=True)
class _Term:
    """One text of a setting: the setting, its place there, and the texts that the model starts with."""

    name: str
    index: int
    start: Terms

    def replace(self, text: str) -> None:
        """Keep another text in its place."""
        terms = list(read(self.name, self.start))
        terms[self.index] = text
        write(self.name, tuple(terms), self.start)

    def remove(self) -> None:
        """Keep the others alone."""
        terms = read(self.name, self.start)
        write(self.name, terms[: self.index] + terms[self.index + 1 :], self.start)


def objectives(name: str, label: str, start: Terms) -> None:
    """A menu of metrics for each objective of one direction, and one to add another."""
    for index, text in enumerate(read(name, start)):
        term = _Term(name, index, start)
        with _row():
            if text in METRICS:
                _menu(term, f"{label} {index + 1}", _metrics(), text, lambda picked: picked)
            else:
                st.code(text, language=None, width="stretch")
            _remove(term, label)
    _add(name, label, start, lambda metric: metric)


def constraints(name: str, start: Terms) -> None:
    """Metric, sign and bound of each constraint, and a menu that adds another."""
    for index, text in enumerate(read(name, start)):
        term = _Term(name, index, start)
        with _row():
            found = metric_bound(text)
            if found is None:
                st.code(text, language=None, width="stretch")
            else:
                _bound(term, found)
            _remove(term, "Constraint")
    _add(name, "Constraint", start, lambda metric: first_constraint(session.scenario(), metric))


def expressions(name: str, label: str, help_text: str, start: Terms, height: int = 68) -> None:
    """All texts of one setting in a box, separated by semicolons."""
    saved = session.get_page(name)
    shown = SEPARATOR.join(start) if saved is None else saved
    session.prepare(name, shown, shown)

    def typed() -> None:
        text = str(st.session_state[name]).strip()
        session.set_page(name, None if text == SEPARATOR.join(start) else text)
        session.settle(name, text)

    st.text_area(label, value=shown, key=name, height=height, max_chars=LONGEST_TERMS, help=help_text, on_change=typed)


def _bound(term: _Term, found: MetricBound) -> None:
    number = f"Constraint {term.index + 1}"
    _menu(term, number, _metrics(), found.metric, lambda metric: MetricBound(metric, found.sign, found.bound).text)
    _menu(
        term,
        f"{number}: sign",
        SIGNS,
        found.sign,
        lambda sign: MetricBound(found.metric, sign, found.bound).text,
        width=110,
    )
    key = f"{term.name} {term.index} bound"
    session.prepare(key, found.bound, found.bound)

    def typed() -> None:
        written = str(st.session_state[key]).strip()
        if written:
            term.replace(MetricBound(found.metric, found.sign, written).text)

    st.text_input(
        f"{number}: bound",
        value=found.bound,
        key=key,
        max_chars=100,
        label_visibility="collapsed",
        on_change=typed,
        help="A number such as 330e9, or another metric.",
        width=130,
    )


def _menu(
    term: _Term,
    label: str,
    options: Mapping[str, str],
    current: str,
    text_of: Callable[[str], str],
    *,
    width: int | Literal["stretch"] = "stretch",
) -> None:
    key = f"{term.name} {label}"
    session.prepare(key, current, current)
    st.selectbox(
        label,
        list(options),
        index=list(options).index(current),
        key=key,
        format_func=lambda option: options[option],
        label_visibility="collapsed",
        on_change=lambda: term.replace(text_of(str(st.session_state[key]))),
        width=width,
    )


def _row() -> st.delta_generator.DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="center", gap="xsmall")


def _remove(term: _Term, what: str) -> None:
    st.button(
        "Remove",
        key=f"{term.name} {term.index} remove",
        type="tertiary",
        on_click=term.remove,
        help=f"{what} {term.index + 1} no longer counts.",
    )


def _add(name: str, what: str, start: Terms, text_of: Callable[[str], str]) -> None:
    key = f"{name} add"

    def added() -> None:
        metric = session.recall(key)
        if metric:
            write(name, (*read(name, start), text_of(metric)), start)
        session.show(key, None)

    st.selectbox(
        f"{what}: add a metric",
        list(METRICS),
        index=None,
        key=key,
        format_func=lambda metric: _metrics()[metric],
        placeholder=f"{what}: add a metric",
        label_visibility="collapsed",
        on_change=added,
    )


@cache
def _metrics() -> dict[str, str]:
    """Label and unit of every metric."""
    return {name: found.titled for name, found in METRICS.items()}
