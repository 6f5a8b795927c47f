"""A trace as the text of a link: sums that are kept, fleets that are the same, and texts that are refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.trace_text import LONGEST_TEXT

SCENARIO = cm.update(cm.default_scenario(), {"request.cached": 0.3})
DAY = "_".join(["5.1000.100,1.9000.700"] + ["2.3000.50"] * 22 + ["1.500.20"])


def long_tailed(requests: int, *, seed: int = 1, hits: bool = False, timed: bool = True) -> cm.Trace:
    """Lognormal lengths whose mean and rate change over the day."""
    draw = np.random.default_rng(seed)
    arrival = np.sort(draw.beta(2, 2, requests)) * 3600
    prompt = np.maximum(draw.lognormal(7 + np.sin(arrival / 600), 1.2, requests).astype(np.int64), 1)
    output = draw.lognormal(5, 1, requests).astype(np.int64)
    cached = (prompt * draw.beta(1, 2, requests)).astype(np.int64) if hits else None
    return cm.Trace(prompt, output, arrival - arrival[0] if timed else None, cached)


def hour_of(trace: cm.Trace) -> np.ndarray:
    """The hour of the day of each request."""
    if not trace.seconds:
        return np.zeros(len(trace), dtype=int)
    return np.minimum(trace.arrival / trace.seconds * 24, 23).astype(int)


@pytest.mark.parametrize("hits", [False, True])
@pytest.mark.parametrize("model", ["step-3", "deepseek-v3", "gpt-oss-120b"])
def test_a_compact_trace_sizes_the_same_fleet(model: str, hits: bool) -> None:
    trace = long_tailed(20_000, hits=hits)
    text = cm.compact_trace(trace)
    assert len(text) <= 4000
    every = cm.fleet(SCENARIO.replace(model=model), trace=trace)
    short = cm.fleet(cm.update(SCENARIO.replace(model=model), {"demand.trace": text}))
    assert short.usd_per_month == pytest.approx(every.usd_per_month, rel=1e-3)
    assert short.power().joules_per_request == pytest.approx(every.power().joules_per_request, rel=1e-3)
    differ = (short.hours["servers"] != every.hours["servers"]).mean()
    assert float(differ) < 0.02
    assert short.worst_wait == pytest.approx(every.worst_wait, rel=0.05)


@given(st.integers(1, 400), st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
@settings(max_examples=40)
def test_sums_of_each_hour_are_kept(requests: int, seed: int, hits: bool, timed: bool) -> None:
    trace = long_tailed(requests, seed=seed, hits=hits, timed=timed)
    if not trace.output.any():
        return
    short = cm.trace_of_text(cm.compact_trace(trace))
    assert (short.cached is None) == (trace.cached is None)
    hours = [hour_of(each) for each in (trace, short)]
    for hour in range(24):
        sums = []
        for each, place in zip((trace, short), hours, strict=True):
            weight = each.counts * (place == hour) / each.requests
            prompt, output = each.prompt.astype(float), each.output.astype(float)
            cached = 0 * prompt if each.cached is None else each.cached.astype(float)
            context = prompt * output + output * (output + 1) / 2
            pairs = prompt**2 - cached**2
            parts = [0 * prompt + 1, prompt, prompt**2, output, context, pairs**2, cached, cached**2]
            sums.append([float((weight * part).sum()) for part in parts])
        # Weights are rounded to a millionth of the day, each of at most seven.
        largest = [float(np.max(part)) for part in parts]
        for kept, found, most in zip(*sums, largest, strict=True):
            assert found == pytest.approx(kept, rel=1e-6, abs=7e-6 * most)


def test_a_trace_without_arrivals_takes_the_scenarios_course() -> None:
    text = cm.compact_trace(long_tailed(500, timed=False))
    assert "_" not in text
    flat = cm.update(SCENARIO, {"demand.trace": text, "demand.shape": "flat"})
    found = cm.fleet(flat)
    assert np.ptp(found.slots.arrivals) == pytest.approx(0)
    assert found.slots.arrivals[0] == pytest.approx(1e7 / 86_400)


def test_a_trace_travels_in_link_and_file() -> None:
    scenario = cm.update(SCENARIO, {"demand.trace": cm.compact_trace(long_tailed(5000, hits=True))})
    assert cm.from_query(cm.to_query(scenario)).scenario == scenario
    assert cm.from_toml(cm.to_toml(scenario)).link.scenario == scenario
    assert cm.from_toml(cm.to_toml(scenario)).link.problems == ()


def test_a_given_trace_or_demand_comes_before_the_scenarios() -> None:
    held = cm.update(SCENARIO, {"demand.trace": DAY})
    trace = long_tailed(300)
    assert cm.fleet(held, trace=trace).usd_per_month == cm.fleet(SCENARIO, trace=trace).usd_per_month
    assert cm.Demand.of(held).trace is not None
    assert cm.fleet(held, demand=cm.Demand.of(SCENARIO)).usd_per_month == cm.fleet(SCENARIO).usd_per_month


def test_hits_of_the_scenario_fill_in_where_the_trace_has_none() -> None:
    held = cm.update(cm.default_scenario(), {"demand.trace": DAY})
    assert any("hit rate" in text for text in cm.fleet(held).assumptions)
    with_hits = cm.update(held, {"demand.trace": "_".join(["5.1000.100.10"] * 24)})
    assert not any("hit rate" in text for text in cm.fleet(with_hits).assumptions)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "holds no request"),
        ("1.2", "must be weight.prompt.output"),
        ("1.2.3.4.5", "must be weight.prompt.output"),
        ("-1.2.3", "must be weight.prompt.output"),
        ("1.0.3", "a prompt from 1"),
        ("1.99999999.3", "lengths must be up to 10,000,000"),
        ("1.5.99999999", "lengths must be up to 10,000,000"),
        ("1.5.3.5", "cached tokens must be below the prompt"),
        ("1.5.3.1,1.5.3", "has cached tokens for some requests only"),
        ("1.5.0", "decodes nothing"),
        ("0.5.3", "decodes nothing"),
        ("1.5.3_1.5.3", "2 hours do not make a day"),
        ("1.5.3" + "_" * 23, "has no request in its last hour"),
        ("1.5.3_x.5.3" + "_1.5.3" * 22, "request 1 of hour 1"),
        (",".join(["1.5.3"] * 500), "has more than 400 requests"),
        ("1" * (LONGEST_TEXT + 1), "is longer than"),
        ("NaN", "must be weight.prompt.output"),
    ],
)
def test_bad_text_of_a_trace_is_named_and_not_applied(text: str, reason: str) -> None:
    link = cm.from_query(f"demand.trace={text}")
    assert [problem.field for problem in link.problems] == ["demand.trace"]
    assert reason in link.problems[0].reason
    assert link.scenario == cm.default_scenario()


def test_a_trace_that_decodes_nothing_is_refused() -> None:
    silent = cm.Trace(np.array([5]), np.array([0]))
    with pytest.raises(cm.DomainError, match="at least one request must decode a token"):
        cm.compact_trace(silent)
    with pytest.raises(cm.DomainError, match="7 is not allowed"):
        cm.DailyDemand(trace=7)


def test_lists_of_changes_name_a_trace_and_own_hours_in_short() -> None:
    known = cm.fields(cm.default_scenario())
    assert known["demand.trace"].shown(DAY) == "25 kinds of requests"
    assert known["demand.trace"].shown("none") == "none"
    assert known["demand.trace"].allowed().startswith("none, or weighed requests")
    assert known["demand.shape"].shown(",".join(["2"] * 24)) == "own hours"
    assert known["demand.shape"].shown("flat") == "flat"
