"""Demand over the day: shapes, growth, traces stretched to a day, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import costmodel as cm

SHAPE = tuple(1 + 0.5 * np.sin(np.arange(24) / 24 * 2 * np.pi))
PLAIN = cm.Demand(requests_per_second=50, prompt=4096, output=512, hit_rate=0.25)


def trace(arrivals: list[float], prompts: list[int], outputs: list[int]) -> cm.Trace:
    arrival = np.sort(np.array(arrivals, dtype=float))
    return cm.Trace(
        np.array(prompts), np.array(outputs), arrival - arrival[0], cached=np.zeros(len(prompts), dtype=int)
    )


def test_growth_compounds_by_month() -> None:
    grown = PLAIN.replace(growth=0.1, month=12).slots().arrivals
    assert grown == pytest.approx(PLAIN.slots().arrivals * 1.1**12)


@pytest.mark.parametrize("slots", [24, 96])
def test_a_shape_multiplies_the_mean_rate(slots: int) -> None:
    shape = tuple(np.repeat(SHAPE, slots // 24))
    day = PLAIN.replace(shape=shape).slots()
    assert day.arrivals == pytest.approx(50 * np.array(shape))
    assert day.arrivals.mean() == pytest.approx(50)
    assert day.hours == 24 / slots


def test_lengths_of_a_shaped_day_are_the_same_in_all_slots() -> None:
    day = PLAIN.replace(shape=SHAPE, prompt_cv=1.0, output_cv=1.0).slots()
    assert day.context == pytest.approx(np.full(24, day.lengths.decode_context))
    assert day.missed == pytest.approx(np.full(24, 0.75 * 4096))


requests = st.lists(
    st.tuples(st.floats(0, 3600), st.integers(1, 5000), st.integers(1, 500)), min_size=3, max_size=60
).filter(lambda rows: max(row[0] for row in rows) - min(row[0] for row in rows) > 1)


@settings(max_examples=30)
@given(requests)
def test_a_trace_keeps_its_requests_and_tokens_over_the_day(rows) -> None:
    arrivals, prompts, outputs = (list(column) for column in zip(*sorted(rows), strict=True))
    found = cm.Demand(trace=trace(arrivals, prompts, outputs)).slots()
    seconds = max(arrivals) - min(arrivals)
    assert found.arrivals.mean() == pytest.approx(len(rows) / seconds)
    assert (found.arrivals * found.output).mean() == pytest.approx(sum(outputs) / seconds)
    assert (found.arrivals * found.missed).mean() == pytest.approx(sum(prompts) / seconds)
    # The context of the day is that of its slots, each in proportion to its steps.
    steps = found.arrivals * found.output
    assert (steps * found.context).sum() / steps.sum() == pytest.approx(found.lengths.decode_context)


def test_a_trace_with_a_shape_lends_its_lengths_only() -> None:
    demand = cm.Demand(trace=trace([0, 1, 2], [100, 200, 300], [5, 5, 5]), shape=SHAPE, requests_per_second=7)
    found = demand.slots()
    assert found.arrivals == pytest.approx(7 * np.array(SHAPE))
    assert found.missed == pytest.approx(np.full(24, 200))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"prompt": None}, "prompt and output must be given, or a trace"),
        ({"requests_per_second": None}, "requests_per_second must be given, or a trace"),
        ({"hit_rate": None}, "hit_rate must be given .* an unknown one is not 0"),
        ({"hit_rate": 1.5}, r"hit_rate: 1\.5 is not allowed; must be a number from 0 to 0\.9999"),
        ({"prompt": -1}, "prompt: -1 is not allowed"),
        ({"shape": (1.0,) * 23}, "shape must have 24 or 96 slots"),
        ({"shape": (1.1,) * 24}, "shape must have a mean of 1"),
        ({"shape": (-1.0, 3.0, *(1.0,) * 22)}, r"shape.0: -1\.0 is not allowed"),
        ({"availability": 1.0}, r"availability: 1\.0 is not allowed"),
        ({"headroom": -0.1}, r"headroom: -0\.1 is not allowed"),
        ({"trace": trace([0, 1], [5, 5], [1, 1])}, "prompt and output are those of the trace"),
    ],
)
def test_bad_demand_is_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(cm.DomainError, match=message):
        PLAIN.replace(**values)


def test_traces_that_leave_something_open_are_refused() -> None:
    timeless = cm.Trace(np.array([5, 6]), np.array([1, 1]), cached=np.array([0, 0]))
    with pytest.raises(cm.DomainError, match="a trace without arrivals needs requests_per_second and a shape"):
        cm.Demand(trace=timeless)
    with pytest.raises(cm.DomainError, match="hit_rate must be given"):
        cm.Demand(trace=cm.Trace(np.array([5, 6]), np.array([1, 1]), np.array([0.0, 1.0])))
    with pytest.raises(cm.DomainError, match="output: all are 0"):
        cm.Demand(trace=trace([0, 1], [5, 5], [0, 0])).slots()
    with pytest.raises(cm.DomainError, match="trace: has no time between arrivals"):
        cm.Demand(trace=trace([0, 0], [5, 5], [1, 1]), shape=SHAPE).slots()
