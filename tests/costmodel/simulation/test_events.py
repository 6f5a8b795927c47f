"""The event loop against what is known exactly: deterministic stages, exponential stages, Little's law."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel.simulation.events import Durations, run
from costmodel.simulation.measures import Window, cycle_times, idle_shares
from costmodel.simulation.theory import (
    deterministic_cycle,
    duplex_cycle,
    exponential_cycle,
    micro_batches_to_hide,
)

seconds = st.floats(0.01, 3)
micro_batches = st.integers(1, 6)


def constant(stages, batches, steps=300, link="delay"):
    return Durations(*(np.full((batches, steps), each) for each in stages), link=link)


@settings(max_examples=40, deadline=None)
@given(seconds, seconds, seconds, micro_batches)
def test_deterministic_stages_have_the_cycle_of_the_formula(attention, ffn, transfer, batches) -> None:
    # Whole cycles of m layer steps each: the mean of a part of one would be off by the order within it.
    times = run(constant((attention, transfer, ffn, transfer), batches))
    steady = (times.ffn[:, 280] - times.ffn[:, 180]).mean() / (100 * batches)
    assert steady == pytest.approx(deterministic_cycle(attention, ffn, transfer, batches), rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(seconds, seconds, seconds, seconds, micro_batches)
def test_links_of_their_own_join_the_longest_stage(attention, dispatch, ffn, combine, batches) -> None:
    times = run(constant((attention, dispatch, ffn, combine), batches, link="duplex"))
    steady = (times.ffn[:, 280] - times.ffn[:, 180]).mean() / (100 * batches)
    assert steady == pytest.approx(duplex_cycle(attention, dispatch, ffn, combine, batches), rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(seconds, seconds, st.floats(0.01, 3))
def test_micro_batches_that_hide_the_network(attention, ffn, transfer) -> None:
    longest = max(attention, ffn)
    enough = int(micro_batches_to_hide(attention, ffn, transfer))
    assert deterministic_cycle(attention, ffn, transfer, enough) == pytest.approx(longest)
    balanced = deterministic_cycle(longest, longest, transfer, enough - 1)
    assert balanced > longest


@pytest.mark.parametrize(("attention", "ffn", "transfer", "batches"), [(1, 1, 0, 3), (1, 0.8, 0.5, 3), (1, 0.4, 2, 6)])
def test_exponential_stages_agree_with_mean_value_analysis(attention, ffn, transfer, batches) -> None:
    rng, size = np.random.default_rng(7), (batches, 40_000)
    delays = np.full(size, float(transfer))
    times = run(Durations(rng.exponential(attention, size), delays, rng.exponential(ffn, size), delays))
    sampled = cycle_times(times, Window.after(times, 1000))
    exact = exponential_cycle(attention, ffn, transfer, batches)
    assert sampled.low <= exact <= sampled.high
    assert sampled.half_width < 0.02 * exact
    # The formula of means never sees this.
    assert exact > 1.05 * deterministic_cycle(attention, ffn, transfer, batches)


@settings(max_examples=20, deadline=None)
@given(micro_batches, st.sampled_from(["delay", "shared", "duplex"]), st.integers(0, 1000))
def test_stages_run_in_order_and_servers_one_at_a_time(batches, link, seed) -> None:
    rng, size = np.random.default_rng(seed), (batches, 50)
    durations = Durations(*(rng.exponential(1, size) for _ in range(4)), link=link)
    times = run(durations)
    assert (times.attention <= times.dispatch - durations.dispatch + 1e-9).all()
    assert (times.dispatch <= times.ffn - durations.ffn + 1e-9).all()
    assert (times.ffn <= times.combine - durations.combine + 1e-9).all()
    assert (times.combine[:, :-1] <= times.attention[:, 1:] - durations.attention[:, 1:] + 1e-9).all()
    for ends, taken in ((times.attention, durations.attention), (times.ffn, durations.ffn)):
        order = np.argsort(ends.ravel())
        starts = (ends - taken).ravel()[order]
        assert (starts[1:] >= ends.ravel()[order][:-1] - 1e-9).all()


def test_littles_law_holds_over_a_run() -> None:
    rng, size = np.random.default_rng(3), (4, 20_000)
    delays = np.full(size, 0.3)
    times = run(Durations(rng.exponential(1, size), delays, rng.exponential(1, size), delays))
    residence = np.diff(times.combine, axis=1).mean()
    throughput = 1 / cycle_times(times, Window.after(times, 100)).mean
    assert throughput * residence == pytest.approx(4, rel=0.01)


def test_idle_shares_complete_the_busy_ones() -> None:
    durations = constant((1.0, 0.2, 0.5, 0.2), 3, steps=200)
    times = run(durations)
    idle = idle_shares(durations, times, Window.after(times, 100))
    assert idle["attention"] == pytest.approx(0, abs=1e-9)
    assert idle["ffn"] == pytest.approx(0.5, rel=0.02)
    assert idle["network"] == pytest.approx(0.6, rel=0.02)
