"""Hostile queries through the running app, page after page: it answers each and goes on."""

from random import Random
from urllib.parse import quote, urlencode

import pytest

import costmodel as cm
from app import session
from tests.app.strange import STRANGE
from tests.browser.addresses import addresses
from tests.hostile.conftest import Server
from tests.hostile.queries import ODD_VALUES, hostile_query
from tests.visitor import visiting

QUERIES_EACH = 15
"""For each of seven pages: more than a hundred."""

MEGABYTE = 1_000_000
SETTINGS = [*session.SETTINGS, f"{session.AXIS}attention.0.heads", f"{session.AXIS}workload.context", "page.x.y"]


def hostile_link(chance: Random) -> str:
    """A hostile query with a few settings of pages."""
    names = [chance.choice(SETTINGS) for _ in range(chance.randrange(4))]
    settings = [(name, chance.choice(ODD_VALUES)) for name in names if name != "page.search.run"]
    return "&".join(filter(None, (hostile_query(chance), urlencode(settings, errors="replace", quote_via=quote))))


@pytest.mark.parametrize("view", addresses())
def test_every_page_survives_hostile_queries(server: Server, view: str) -> None:
    chance = Random(f"page {view}")
    with visiting(server.address) as visitor:
        assert visitor.open(view=view).elements
    for _ in range(QUERIES_EACH):
        query = hostile_link(chance)
        with visiting(server.address) as visitor:
            page = visitor.open(query, view)
        assert page.exceptions == [], query
        assert page.elements > 2, query
        refused = [problem for problem in cm.from_query(query).problems if "not applied" not in page.text]
        assert refused == [], query


def test_strange_text_in_every_setting_is_answered(server: Server) -> None:
    for name, text in STRANGE.items():
        pairs = [*((setting, text) for setting in SETTINGS if setting != "page.search.run"), (text, text)]
        with visiting(server.address) as visitor:
            page = visitor.open(urlencode(pairs), "search")
        assert page.exceptions == [], name
        assert "not applied" in page.text, name


def test_a_hundred_million_conditions_take_no_memory(server: Server) -> None:
    axes = {"workload.context": "1..10000", "sla.tpot": "0.001..10..0.001"}
    query = urlencode({f"{session.AXIS}{path}": text for path, text in axes.items()} | {"page.search.run": "1"})
    with visiting(server.address) as visitor:
        visitor.open(view="search")
    before = server.resident_bytes()
    for _ in range(3):
        with visiting(server.address) as visitor:
            page = visitor.open(query, "search")
        assert "100,000,000 conditions are too many" in page.text
    assert server.resident_bytes() - before < 100 * MEGABYTE


def test_reading_every_axis_of_a_large_model_is_bounded(server: Server) -> None:
    fields = [path for path in cm.fields(cm.default_scenario()) if not path.startswith("accelerators.")]
    query = urlencode({f"{session.AXIS}{path}": "1..10000" for path in fields})
    with visiting(server.address) as visitor:
        page = visitor.open(query, "search")
    assert page.exceptions == []
    assert "too many" in page.text
