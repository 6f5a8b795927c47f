"""Spares and failures: the binomial definition, the fewest spares, and the published rate to start from."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.fleets.failures import (
    attention_blast_radius,
    availability,
    down_share,
    instance_availability,
    least_spares,
    server_hours_between_failures,
)
from costmodel.service import INTERRUPTIONS_PER_ACCELERATOR_YEAR
from costmodel.validation.paper import agrees


def by_definition(needed: int, spares: int, down: float) -> float:
    servers = needed + spares
    return sum(comb(servers, up) * (1 - down) ** up * down ** (servers - up) for up in range(needed, servers + 1))


@given(st.integers(1, 60), st.integers(0, 12), st.floats(0, 0.5))
def test_availability_equals_the_binomial_definition(needed: int, spares: int, down: float) -> None:
    assert availability(needed, spares, down) == pytest.approx(by_definition(needed, spares, down), rel=1e-9)


@given(st.integers(1, 60), st.floats(0.001, 0.2), st.floats(0.5, 0.99999))
def test_least_spares_meet_the_target_and_one_fewer_does_not(needed: int, down: float, target: float) -> None:
    spares = least_spares(needed, down, target)
    assert by_definition(needed, spares, down) >= target - 1e-12
    assert spares == 0 or by_definition(needed, spares - 1, down) < target + 1e-12


def test_spares_of_a_hundred_thousand_servers_do_not_underflow() -> None:
    spares = least_spares(100_000, 0.01, 0.999)
    # (n + k) q = k on average, and a few deviations more.
    assert spares == pytest.approx(100_000 / 99 + 3.09 * (100_000 * 0.01) ** 0.5, rel=0.01)


def test_arrays_and_single_elements_need_the_same() -> None:
    needed = np.array([0, 1, 10, 1000])
    assert least_spares(needed, 0.01, 0.999).tolist() == [least_spares(int(n), 0.01, 0.999) for n in needed]
    assert least_spares(0, 0.01, 0.999) == 0


def test_interruption_rate_is_that_of_llama_3_training() -> None:
    assert agrees(INTERRUPTIONS_PER_ACCELERATOR_YEAR, "0.17")
    failures_per_month = 8760 / server_hours_between_failures(INTERRUPTIONS_PER_ACCELERATOR_YEAR, 8) / 12
    # Printed as 0.11; it is 0.115.
    assert failures_per_month == pytest.approx(0.115, abs=5e-4)


def test_down_share_is_repair_over_cycle() -> None:
    assert down_share(24, 976) == pytest.approx(0.024)


def test_blast_radius_of_attention_and_ffn_servers() -> None:
    assert attention_blast_radius(6) == pytest.approx(1 / 6)
    assert instance_availability(2, 0.01) == pytest.approx(0.99**2)
    # Two instances of two FFN servers each are not four servers of which any two will do.
    assert instance_availability(2, 0.01) ** 2 < availability(2, 2, 0.01)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: least_spares(8, 0.01, 1.0), "availability: 1.0 is not allowed.*no number of spares reaches 1"),
        (lambda: least_spares(8, 1.0, 0.9), "down: 1.0 is not allowed; must be from 0 to below 1"),
        (lambda: least_spares(-1, 0.1, 0.9), "needed: -1 is not allowed; must be whole numbers from 0"),
        (lambda: availability(8, 0.5, 0.1), "spares: 0.5 is not allowed"),
        (lambda: down_share(1, 0), "hours_between_failures: 0 is not allowed; must be above 0"),
    ],
)
def test_bad_failure_questions_are_refused(call, message: str) -> None:
    with pytest.raises(cm.DomainError, match=message):
        call()
