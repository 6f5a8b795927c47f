"""A request trace for Plan: context and its spread as a decode step sees them."""

import streamlit as st

from app import session
from app.uploads import text_of
from app.wording import verbatim
from costmodel import ContextMix, DomainError, Workload, mix_of_trace

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
            workload = _seen(mix)
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
            session.load(session.scenario().replace(workload=workload))
            st.rerun()


def _seen(mix: ContextMix) -> Workload:
    """Context and spread from the trace; draft tokens stay as they are. DomainError for a mean beyond the limit."""
    seen = mix.workload()
    return session.scenario().workload.replace(context=seen.context, context_deviation=seen.context_deviation)


@st.cache_data(max_entries=4, show_spinner=False)
def _mix(content: bytes) -> ContextMix:
    """Read once for each file: it takes seconds, and every redraw asks."""
    return mix_of_trace(text_of(content))
