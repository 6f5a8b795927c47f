"""A request trace as the demand of a fleet: the upload, its charts, and how near the link's short form is."""

from functools import partial

import streamlit as st

from app import billing, session
from app.charts import trace_shape
from app.uploads import text_of
from app.views.layout import View, switched_card
from app.widgets import changes
from app.wording import duration, percent, plain, verbatim
from costmodel import (
    DomainError,
    Trace,
    TraceProfile,
    compact_trace,
    fields,
    read_trace,
    trace_of_text,
    trace_profile,
    with_prefix_hits,
)

LARGEST = 5_000_000
TRACE, NONE = "demand.trace", "none"
USED = "fleet trace in use"


def is_used() -> bool:
    """Whether the Scenario holds a trace."""
    return bool(session.field_value(TRACE) != NONE)


def notes() -> tuple[str, ...]:
    """Fields of the panel that a trace stands in for."""
    if not is_used():
        return ()
    trace = trace_of_text(session.field_value(TRACE))
    hits = "hit rate " if trace.cached is not None else ""
    course = " and course of the day" if trace.arrival is not None else ""
    named = ", ".join(filter(None, ("Prompt", "output", "their spread", hits.strip()))) + course
    return (f"{named} are those of the trace, not of the panel.",)


def draw() -> None:
    """The upload; its requests become part of the Scenario, and so of the link, once."""
    st.caption(
        "CSV or JSON lines with a prompt and an output length per request; the columns of the Azure and Mooncake "
        "traces are recognised, with arrivals, cached tokens or block hashes. Its requests stand for a day of as many "
        "as Demand says, and are part of the link."
    )
    upload = st.file_uploader(
        "Request trace", type=["csv", "jsonl"], key="fleet trace", help="At most 5 MB; read once."
    )
    if upload is None:
        # A file that was taken out of the box takes its requests with it; those of a link stay.
        if session.recall(USED) == session.field_value(TRACE) and is_used():
            _use(NONE)
        session.show(USED, None)
        _held()
        return
    if upload.size > LARGEST:
        st.error(f"A trace holds at most {LARGEST:,} bytes, this one has {upload.size:,}.")
        return
    try:
        trace, profile, text = _read(upload.getvalue())
    except DomainError as error:
        st.error("This trace cannot be used.")
        st.text(verbatim(str(error)))
        return
    if session.recall(USED) != text:
        session.show(USED, text)
        _use(text)
    st.markdown(trace_shape.summary(profile))
    if session.field_value(TRACE) == text:
        _nearness(trace, text)
    elif st.button("Use this trace", icon=":material/play_arrow:", help="Size the fleet for its requests again."):
        _use(text)
    _shape(profile)


def _use(text: str) -> None:
    """Put a trace into the Scenario or out of it; what was drawn before it is drawn again."""
    session.apply({TRACE: text})
    session.push("fleet")
    st.rerun()


def _held() -> None:
    """The requests that a link brought."""
    if not is_used():
        return
    text, request = session.field_value(TRACE), session.scenario().request
    lengths = trace_of_text(text).lengths(hit_rate=request.cached or 0.0)
    cached = percent(lengths.mean_cached / lengths.mean_prompt)
    st.markdown(
        f"The link holds {_kinds(text)} of a trace: mean prompt {lengths.mean_prompt:,.0f} tokens, of it {cached} "
        f"cached, mean output {lengths.mean_output:,.0f} tokens."
    )
    if st.button("Remove the trace", icon=":material/delete:", help="Size the fleet for the request of the panel."):
        _use(NONE)


def _nearness(trace: Trace, text: str) -> None:
    """How far the numbers of the page, which are the link's, are from those of every request in the file."""
    try:
        short, full = billing.day(session.scenario()).fleet, billing.every_request(session.scenario(), trace)
    except DomainError:
        return
    apart = percent(abs(short.usd_per_month / full.usd_per_month - 1))
    st.caption(
        plain(
            f"The page and its link size the fleet for {_kinds(text)} that stand for all {trace.requests:,}, with the "
            "same mean lengths, squares and contexts in every hour. For every request by itself the bill differs by "
            f"{apart} and the prefill wait is {duration(full.worst_wait)} instead of {duration(short.worst_wait)}."
        )
    )


def _kinds(text: str) -> str:
    return changes.shown_value(fields(session.scenario())[TRACE], text)


def _shape(profile: TraceProfile) -> None:
    theme = session.theme()
    titles = {"arrivals": ("Arrivals", trace_shape.ARRIVALS), "lengths": ("Lengths", trace_shape.LENGTHS)}
    if profile.cached_tokens is not None:
        titles["hits"] = ("Hit rate", trace_shape.HITS)
    views = {
        name: View(
            title,
            caption,
            partial(trace_shape.chart, theme, profile, name),
            partial(trace_shape.in_words, profile, name),
        )
        for name, (title, caption) in titles.items()
    }
    switched_card("fleet.trace", "The trace", views, "What of the trace is shown.")


@st.cache_resource(max_entries=8, show_spinner=False)
def _read(content: bytes) -> tuple[Trace, TraceProfile, str]:
    """Read once for each file, hits from block hashes included: the same object for every redraw."""
    trace = read_trace(text_of(content))
    if trace.blocks is not None and trace.cached is None:
        trace = with_prefix_hits(trace)
    return trace, trace_profile(trace), compact_trace(trace)
