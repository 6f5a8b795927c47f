"""Barriers, routing and the optimal ratio: simulated against their formulas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.simulation.events import Durations, run
from costmodel.simulation.measures import Window, cycle_times
from costmodel.simulation.routing import load_factors, popularity
from costmodel.simulation.slots import Slots
from costmodel.simulation.theory import Coefficients, best_ratio, expected_maximum

ASCEND = Coefficients(0.00165, 50, 0.083, 100, 0.022, 20)
"""DeepSeek-V3 on 910C in microseconds, arXiv 2601.21351."""


def geometric(prompt: float, output: float) -> cm.Lengths:
    """Prompts that are all alike, with geometric outputs of that mean."""
    lengths = np.arange(1.0, 30 * output)
    share = (1 - 1 / output) ** (lengths - 1)
    return cm.Lengths(np.full(lengths.shape, prompt), 0 * lengths, lengths, share / share.sum())


def test_the_expected_maximum_of_two_normals_is_exact() -> None:
    assert expected_maximum(5.0, 2.0, 2) == pytest.approx(5 + 2 / np.pi**0.5)
    assert expected_maximum(5.0, 2.0, 1) == pytest.approx(5)


def test_a_barrier_of_workers_waits_for_the_expected_maximum() -> None:
    batch, workers, mean = 256, 16, 500
    rng = np.random.default_rng(5)
    slots = Slots(geometric(100, mean), (300, workers, batch), rng)
    totals = slots.contexts.sum(-1)
    # The stationary age of a geometric output deviates by its mean.
    assert slots.contexts.std() == pytest.approx(mean, rel=0.02)
    expected = expected_maximum(batch * (100 + mean), batch**0.5 * mean, workers)
    assert totals.max(-1).mean() == pytest.approx(expected, rel=0.01)


def test_slots_stay_full_and_keep_every_token() -> None:
    rng = np.random.default_rng(2)
    lengths = cm.Lengths.of([100, 200, 300], output=[5, 10, 20])
    slots = Slots(lengths, (3, 4, 50), rng)
    assert slots.contexts.mean() == pytest.approx(lengths.decode_context, rel=0.05)
    for _ in range(400):
        slots.advance(1)
    # 600 requests in flight for 400 steps decode 240,000 tokens, 35 / 3 per request.
    assert slots.finished == pytest.approx(600 * 400 / (35 / 3), rel=0.02)
    assert slots.slots == 600
    assert slots.contexts.mean() == pytest.approx(lengths.decode_context, rel=0.05)


def simulated_output(ratio: int, batch: int, lengths: cm.Lengths) -> float:
    """Output per server of `ratio` attention workers on one FFN server, in requests per microsecond."""
    steps, rng = 800, np.random.default_rng(ratio)
    slots = Slots(lengths, (3, ratio, batch), rng)
    attention = np.empty((3, steps))
    for step in range(steps):
        attention[:, step] = (ASCEND.attention * slots.contexts.sum(-1) + ASCEND.attention_fixed).max(-1)
        slots.advance(1)
    ffn = np.full_like(attention, ASCEND.ffn * ratio * batch + ASCEND.ffn_fixed)
    one_way = np.full_like(attention, (ASCEND.transfer * batch + ASCEND.transfer_fixed) / 2)
    times = run(Durations(attention, one_way, ffn, one_way))
    return ratio * batch / (ratio + 1) / cycle_times(times, Window.after(times, 100)).mean


@pytest.mark.parametrize(("prompt", "output", "published"), [(100, 500, 9.34), (100, 100, 2.17), (500, 500, 17.25)])
def test_the_simulated_optimum_is_at_the_published_ratio(prompt: int, output: int, published: float) -> None:
    ratio = best_ratio(ASCEND, 256, prompt + output)
    assert ratio == pytest.approx(published, rel=0.03)
    lengths = geometric(prompt, output)
    near = range(max(1, int(0.7 * ratio)), int(1.3 * ratio) + 2)
    outputs = {each: simulated_output(each, 256, lengths) for each in near}
    best = max(outputs, key=outputs.__getitem__)
    assert abs(best - ratio) <= max(0.1 * ratio, 0.5)
    assert outputs[round(ratio)] >= 0.98 * outputs[best]


@given(st.integers(1, 64), st.floats(1, 64))
def test_popularity_gives_the_busiest_its_skew(accelerators: int, skew: float) -> None:
    skew = min(skew, accelerators)
    shares = popularity(accelerators, skew)
    assert shares.sum() == pytest.approx(1)
    assert shares.max() * accelerators == pytest.approx(skew)


def test_random_routing_loads_the_busiest_as_normals_do() -> None:
    tokens, accelerators = 16_384, 16
    drawn = load_factors(tokens, popularity(accelerators, 1.0), (4000,), np.random.default_rng(4))
    mean = tokens / accelerators
    deviation = (mean * (1 - 1 / accelerators)) ** 0.5
    assert drawn.mean() == pytest.approx(expected_maximum(mean, deviation, accelerators) / mean, rel=0.005)


def test_a_given_skew_is_the_factor_when_routing_is_even() -> None:
    assert load_factors(1000, popularity(8, 1.5), (2, 3), None) == pytest.approx(np.full((2, 3), 1.5))


def test_more_skew_than_accelerators_is_refused() -> None:
    with pytest.raises(cm.DomainError, match=r"skew: 9\.0 is not allowed; must be from 1 to 8"):
        popularity(8, 9.0)
