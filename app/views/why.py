"""Why: the formula behind a headline with this design's numbers in it."""

import streamlit as st

from app.text import plain, si
from costmodel import Explanation, Scenario, explain

COUNTED = ("tokens", "elements", "1", "parameters", "experts")


def draw(scenario: Scenario) -> None:
    """A row of headlines; the chosen one opens into its formula, terms, source and assumptions."""
    explanations = {each.title: each for each in explain(scenario)}
    with st.container(border=True):
        st.markdown("**Why these numbers?**")
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
    lines = ["| Symbol | Meaning | Value | Exactly | Unit |", "|---|---|---:|---:|---|"]
    for term in chosen.terms:
        shown = si(float(term.value), "").strip() if term.unit not in COUNTED else f"{float(term.value):,.6g}"
        cells = (term.symbol, term.meaning, shown, f"{float(term.value):.7g}", term.unit)
        lines.append("| " + " | ".join(plain(cell) for cell in cells) + " |")
    st.markdown("\n".join(lines))
    st.caption(f"Paper: {chosen.source}. {chosen.assumes}")
