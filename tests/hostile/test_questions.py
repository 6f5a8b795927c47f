"""Hostile searches, designs and placements: the API answers each or refuses it with a reason."""

import json
from random import Random
from urllib.parse import quote, urlencode

import pytest

from tests.app.running import fetched
from tests.hostile.queries import ODD_VALUES, hostile_query

QUERIES_EACH = 50
NAMES = (
    "search.axis.hidden",
    "search.axis.attention.0.heads",
    "search.axis.workload.context",
    "search.axis.accelerators.h20.usd_per_hour",
    "search.axis.placement.data_parallel",
    "search.minimise",
    "search.maximise",
    "search.where",
    "search.x",
    "designs",
    "placement",
    "placement.overlap",
)
VALUES = (
    *ODD_VALUES,
    *("1..3", "64,128", "8..16..0.1", "cost", "-cost", "cost/0", "kv_bytes/(cost-cost)", "single@h20", "cost@nope"),
    *("cost <= 1e-9", "cost >= 0; ;", "((((cost", "given", "model=step-3|x"),
)


@pytest.mark.parametrize("path", ["/api/search", "/api/search.csv", "/api/scenario.toml", "/api/compare"])
def test_a_hostile_question_is_answered_or_refused(path: str) -> None:
    chance = Random(path)
    statuses = set()
    for number in range(QUERIES_EACH):
        pairs = [(chance.choice(NAMES), chance.choice(VALUES)) for _ in range(chance.randrange(1, 4))]
        own = urlencode(pairs, errors="replace", quote_via=quote)
        query = "&".join(filter(None, (hostile_query(chance) if number % 3 == 0 else "", own)))
        status, _, body = fetched(path, query)
        assert status in (200, 422), query
        assert status == 200 or json.loads(body)["problems"], query
        statuses.add(status)
    assert statuses == {200, 422}
