"""Formulas behind the headlines with this design's numbers."""

from collections.abc import Callable

import streamlit as st

from app.wording import exactly, plain
from costmodel import Explanation, Scenario, explain


def draw(scenario: Scenario) -> None:
    """Why the headlines of Explore are what they are."""
    _drawer(lambda: explain(scenario), "why", "Paper")


def explained(explanations: list[Explanation], view: str) -> None:
    """Why the headlines of another page are what they are."""
    _drawer(lambda: explanations, f"why {view}", "Source")


def _drawer(explanations: Callable[[], list[Explanation]], key: str, source: str) -> None:
    """A row of headlines, once asked for; the chosen one opens into its formula, terms, source and assumptions."""
    box = st.expander("Why these numbers?", icon=":material/function:", key="why these numbers", on_change="rerun")
    if not box.open:
        return
    titled = {each.title: each for each in explanations()}
    with box:
        chosen = st.pills(
            "Explain a headline",
            list(titled),
            default=next(iter(titled)),
            key=key,
            help="Opens the formula with this design's numbers and its source.",
            label_visibility="collapsed",
        )
        if chosen:
            _explanation(titled[chosen], source)


def _explanation(chosen: Explanation, source: str) -> None:
    st.code(chosen.formula, language=None, wrap_lines=True)
    lines = ["| Symbol | Meaning | Value |", "|---|---|---:|"]
    for term in chosen.terms:
        cells = (term.symbol, term.meaning, f"{exactly(float(term.value))} {term.unit if term.unit != '1' else ''}")
        lines.append("| " + " | ".join(plain(cell) for cell in cells) + " |")
    st.markdown("\n".join(lines))
    st.caption(f"{source}: {chosen.source}. {chosen.assumes}")
