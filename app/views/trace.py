"""A request trace for Plan: context and its spread as a decode step sees them."""

import streamlit as st

from app import session
from app.wording import verbatim
from costmodel import ContextMix, DomainError, mix_of_trace

LARGEST = 5_000_000


def draw() -> None:
    """The upload, what it says, and a button that plans for it."""
    with st.expander("Context from a request trace", icon=":material/query_stats:"):
        st.caption(
            "A CSV with a prompt and an output length per request. Long outputs are seen by more decode steps, so the "
            "mean context is length-biased; the plan uses the mean and counts the 95th percentile server."
        )
        upload = st.file_uploader(
            "Request trace", type=["csv"], key="trace", help="Columns prompt and output, in tokens; at most 5 MB."
        )
        if upload is None:
            return
        if upload.size > LARGEST:
            st.error(f"A trace holds at most {LARGEST:,} bytes, this one has {upload.size:,}.")
            return
        try:
            mix = _mix(upload.getvalue())
        except DomainError as error:
            st.error("This trace cannot be used.")
            st.text(verbatim(str(error)))
            return
        st.markdown(
            f"{mix.requests:,} requests: a decode step sees {mix.mean:,.0f} tokens, give or take {mix.deviation:,.0f}."
        )
        if st.button(
            "Plan for this trace", icon=":material/play_arrow:", help="Set context and its spread; the rest stays."
        ):
            _plan_for(mix)
            st.rerun()


def _plan_for(mix: ContextMix) -> None:
    """Context and spread from the trace; draft tokens stay as they are."""
    scenario = session.scenario()
    seen, asked = mix.workload(), scenario.workload
    workload = asked.replace(context=seen.context, context_deviation=seen.context_deviation)
    session.load(scenario.replace(workload=workload))


@st.cache_data(max_entries=4, show_spinner=False)
def _mix(content: bytes) -> ContextMix:
    return mix_of_trace(content.decode("utf-8", errors="replace"))
