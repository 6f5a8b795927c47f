"""Thousands of hostile queries: each is a valid scenario, and nothing of any is lost without a word."""

import math
from random import Random
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.io.link import DESIGNS_PARAMETER, FOREIGN, FOREIGN_PREFIX, LONGEST_NAME, PAGE_PREFIX, SEARCH_PREFIX
from costmodel.io.numbers import read
from tests.hostile.queries import hostile_query

SHARDS, EXAMPLES, QUERIES_EACH = 4, 100, 50
"""20,000 queries in a run, in parts that may run beside each other."""

STRUCTURE = ("v", "model", "accelerators", "prices", "placement")


def assert_read(query: str) -> None:
    """The link is a valid scenario, and every parameter is applied as written or named as a problem."""
    link = cm.from_query(query)
    scenario = link.scenario
    scenario.model.check_relations()
    held = cm.values(scenario)
    assert all(not isinstance(number, float) or math.isfinite(number) for number in held.values())
    named = {problem.field for problem in link.problems}
    assert all(problem.reason and len(problem.reason) < 2000 for problem in link.problems)
    if "link" in named:
        return
    marks = cm.fields(scenario)
    for name, text in parse_qsl(query, keep_blank_values=True):
        foreign = name in (*FOREIGN, DESIGNS_PARAMETER) or name.startswith((FOREIGN_PREFIX, PAGE_PREFIX, SEARCH_PREFIX))
        if foreign or name in named or name[:LONGEST_NAME] in named or name in STRUCTURE:
            continue
        if name in marks:
            assert held[name] == read(marks[name], text), name
        else:
            assert name in ("cards", "objective") or name.endswith((".groups", ".kind", "cards_per_server")), name


@pytest.mark.parametrize("shard", range(SHARDS))
@settings(max_examples=EXAMPLES)
@given(seed=st.integers(0, 2**32))
def test_every_query_is_a_valid_scenario_and_loses_nothing(shard: int, seed: int) -> None:
    chance = Random(f"{shard} {seed}")
    for number in range(QUERIES_EACH):
        query = hostile_query(chance)
        try:
            assert_read(query)
        except BaseException as error:
            error.add_note(f"query {number} of seed {seed}: {query!r}")
            raise


@settings(max_examples=EXAMPLES)
@given(seed=st.integers(0, 2**32))
def test_what_was_read_is_written_and_read_again(seed: int) -> None:
    chance = Random(seed)
    for _ in range(QUERIES_EACH // 10):
        query = hostile_query(chance)
        note(repr(query))
        scenario = cm.from_query(query).scenario
        assert cm.from_query(cm.to_query(scenario)) == cm.Link(scenario, ())
