"""Waiting for servers: textbook values, exact single-server queues, monotony, and a simulated queue."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.fleets.queueing import erlang_b, erlang_c, least_servers, wait

loads = st.floats(0.01, 50)


@given(st.integers(1, 60), loads)
def test_erlang_b_equals_its_definition(servers: int, offered: float) -> None:
    logs = [k * math.log(offered) - math.lgamma(k + 1) for k in range(servers + 1)]
    largest = max(logs)
    terms = [math.exp(log - largest) for log in logs]
    assert erlang_b(servers, offered) == pytest.approx(terms[-1] / sum(terms), rel=1e-9)


@given(st.floats(0.01, 0.99), st.floats(0.01, 10), st.floats(0, 3))
def test_one_server_waits_as_pollaczek_and_khinchine_say(load: float, service: float, cv: float) -> None:
    waited = wait(1, load / service, service, service_cv=cv)
    assert waited.probability == pytest.approx(load)
    assert waited.mean == pytest.approx(load * service / (1 - load) * (1 + cv**2) / 2)


@given(st.integers(1, 40), st.floats(0.05, 0.95))
def test_more_servers_at_the_same_load_wait_less(servers: int, load: float) -> None:
    assert erlang_c(servers + 1, load * servers) < erlang_c(servers, load * servers)


def test_an_overloaded_queue_waits_for_ever() -> None:
    waited = wait(np.array([2, 3]), 2.5, 1.0)
    assert waited.probability[0] == pytest.approx(1)
    assert np.isinf(waited.mean[0])
    assert np.isfinite(waited.mean[1])


@given(st.floats(0.1, 40), st.floats(0.05, 2), st.floats(0.001, 1), st.sampled_from([None, 0.9, 0.99]))
def test_least_servers_keep_the_limit_and_one_fewer_does_not(
    arrivals: float, service: float, limit: float, share: float | None
) -> None:
    def waited(servers: int) -> float:
        found = wait(servers, arrivals, service)
        if servers <= arrivals * service:
            return math.inf
        return float(found.mean if share is None else found.quantile(share))

    servers = least_servers(arrivals, service, limit, share=share)
    assert waited(servers) <= limit
    assert servers == 1 or waited(servers - 1) > limit


def test_arrays_and_single_elements_need_the_same() -> None:
    arrivals = np.array([0.0, 0.5, 7.0, 300.0])
    together = least_servers(arrivals, 1.3, 0.2, share=0.99)
    assert together.tolist() == [least_servers(each, 1.3, 0.2, share=0.99) for each in arrivals]
    assert together[0] == 0


def test_the_quantile_is_that_of_a_simulated_queue() -> None:
    rng, servers, count = np.random.default_rng(1), 3, 200_000
    arrivals = np.cumsum(rng.exponential(1 / 1.8, count))
    service = rng.exponential(1.0, count)
    free = [0.0] * servers
    waits = np.empty(count)
    for index in range(count):
        place = free.index(min(free))
        start = max(arrivals[index], free[place])
        waits[index], free[place] = start - arrivals[index], start + service[index]
    waited = wait(servers, 1.8, 1.0)
    assert waits.mean() == pytest.approx(waited.mean, rel=0.05)
    assert np.quantile(waits, 0.99) == pytest.approx(waited.quantile(0.99), rel=0.05)
    assert (waits > 0).mean() == pytest.approx(waited.probability, rel=0.03)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: erlang_c(0, 1.0), "servers: 0 is not allowed; must be whole numbers from 1"),
        (lambda: erlang_c(2, -1.0), "offered: -1.0 is not allowed; must be from 0"),
        (lambda: wait(2, 1.0, 1.0, service_cv=-1), "service_cv: -1 is not allowed"),
        (lambda: wait(2, 1.0, 1.0).quantile(1.0), "share: 1.0 is not allowed; must be from 0 to below 1"),
        (lambda: least_servers(1.0, 1.0, 0.0), "limit_seconds: 0.0 is not allowed; must be above 0"),
        (lambda: least_servers(200_000.0, 1.0, 1.0), "limit_seconds: needs more than 100,000 servers"),
    ],
)
def test_bad_queues_are_refused(call, message: str) -> None:
    with pytest.raises(cm.DomainError, match=message):
        call()
