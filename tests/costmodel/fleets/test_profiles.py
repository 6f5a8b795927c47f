"""Profiles of traces: sums that chunks add up to."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm

REQUESTS = st.lists(
    st.tuples(st.integers(2, 100_000), st.integers(0, 5000), st.floats(0, 0.9)), min_size=2, max_size=40
)


def trace(rows: list[tuple[int, int, float]], *, hits: bool = True) -> cm.Trace:
    prompt, output, shares = (np.array(column) for column in zip(*rows, strict=True))
    cached = (shares * (prompt - 1)).astype(int) if hits else None
    return cm.Trace(prompt, output, None, cached)


@given(REQUESTS, st.integers(1, 39))
def test_chunks_of_a_trace_add_up_to_the_whole(rows, cut) -> None:
    cut = min(cut, len(rows) - 1)
    whole = cm.trace_profile(trace(rows))
    parts = cm.trace_profile(trace(rows[:cut])) + cm.trace_profile(trace(rows[cut:]))
    for name in ("requests", "prompt_tokens", "output_tokens", "cached_tokens", "prompts", "outputs"):
        assert np.array_equal(getattr(parts, name), getattr(whole, name))
    assert parts.mean_prompt == whole.mean_prompt
    assert parts.total_hit_rate == whole.total_hit_rate


def test_hits_are_known_where_every_chunk_has_them() -> None:
    rows = [(100, 10, 0.5), (200, 20, 0.5)]
    known, unknown = cm.trace_profile(trace(rows)), cm.trace_profile(trace(rows, hits=False))
    assert (known + unknown).cached_tokens is None
    assert unknown.hit_rate is None
    assert unknown.total_hit_rate is None


def test_arrivals_fall_into_hours_of_a_stretched_day() -> None:
    timed = cm.read_trace("arrival,prompt,output\n0,10,1\n50,10,1\n100,10,1\n")
    counts = cm.trace_profile(timed).requests
    assert (counts[0], counts[12], counts[23], counts.sum()) == (1, 1, 1, 3)
