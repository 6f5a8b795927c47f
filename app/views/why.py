"""Formulas behind the headlines with this design's numbers."""

import streamlit as st

from app.wording import exactly, plain
from costmodel import Explanation, Scenario, explain


def draw(scenario: Scenario) -> None:
    """A row of headlines, once asked for; the chosen one opens into its formula, terms, source and assumptions."""
    box = st.expander("Why these numbers?", icon=":material/function:", key="why these numbers", on_change="rerun")
    if not box.open:
        return
    explanations = {each.title: each for each in explain(scenario)}
    with box:
        chosen = st.pills(
            "Explain a headline",
            list(explanations),
            default=next(iter(explanations)),
            key="why",
            help="Opens the formula with this design's numbers and the place in the paper.",
            label_visibility="collapsed",
        )
        if chosen:
            _explanation(explanations[chosen])


def _explanation(chosen: Explanation) -> None:
    st.code(chosen.formula, language=None, wrap_lines=True)
    lines = ["| Symbol | Meaning | Value |", "|---|---|---:|"]
    for term in chosen.terms:
        cells = (term.symbol, term.meaning, f"{exactly(float(term.value))} {term.unit if term.unit != '1' else ''}")
        lines.append("| " + " | ".join(plain(cell) for cell in cells) + " |")
    st.markdown("\n".join(lines))
    st.caption(f"Paper: {chosen.source}. {chosen.assumes}")
