"""The constraint that leaves a condition without designs is part of the result."""

from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.designspace import emptied

ACCELERATORS = ["h800", "h20"]
AXES = {
    "attention.0.heads": [16, 64, 128],
    "ffn.1.experts": [2, 48, 96],
    "ffn.1.top_k": [1, 3],
    "workload.context": [8192, 131072],
}
CONSTRAINTS = [
    "effective_rank >= 16384",
    "parameters.total <= 200e9",
    "parameters.total >= 300e9",
    "cost <= 0.06",
    "cost.attention < cost.ffn",
    "sparsity > 0.05",
    "kv_bytes <= 1e9",
]


def asked(where, **named):
    return cm.search(cm.Space("step-3", AXES), ACCELERATORS, minimise=["cost"], where=where, **named)


@pytest.fixture
def looks(monkeypatch):
    """The number of constraints of each look for a design."""
    counted = []
    original = emptied._exists

    def exists(query, condition, check):
        counted.append(len(query.question.constraints))
        return original(query, condition, check)

    monkeypatch.setattr(emptied, "_exists", exists)
    return counted


@given(st.lists(st.sampled_from(CONSTRAINTS), max_size=5, unique=True))
def test_the_reason_is_the_first_constraint_that_leaves_nothing(where):
    front = asked(where)
    expected = {}
    for count in range(len(where), 0, -1):
        found = asked(where[:count])
        expected |= {place: where[count - 1] for place in range(2) if place not in found.condition}
    assert front.emptied == expected
    assert front.emptied_by == tuple(expected.get(place) for place in range(2))


def test_bisection_bounds_the_number_of_looks(looks):
    where = ["cost >= 0"] * 20 + ["cost < 0"] + ["sparsity > 0"] * 20
    assert asked(where).emptied_by == ("cost < 0", "cost < 0")
    assert len(looks) <= 2 * ceil(log2(len(where) + 1))


def test_reading_the_reason_searches_nothing(looks):
    front = asked(["cost < 0"])
    before = len(looks)
    assert front.emptied_by == ("cost < 0", "cost < 0")
    assert len(looks) == before


def test_a_search_for_the_reason_can_be_cancelled(looks):
    with pytest.raises(cm.SearchCancelledError):
        asked(["cost >= 0", "cost < 0"], cancel=lambda: bool(looks))


def test_a_value_that_is_no_number_is_left_to_later_constraints():
    infinite_at_one_rank = "parameters.total + 1 / (effective_rank - 16384) > 0"
    with pytest.raises(cm.DomainError, match="not a finite number"):
        asked([infinite_at_one_rank])
    where = [infinite_at_one_rank, "effective_rank > 16384", "cost < 0"]
    assert asked(where).emptied_by == ("cost < 0", "cost < 0")
