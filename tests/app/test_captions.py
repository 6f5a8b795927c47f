"""Every chart of every page has its answer below it in words with numbers, for those who cannot see it."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from streamlit.testing.v1 import AppTest

from app.charts import trace_shape
from app.charts.spoken import listed
from app.wording import NBSP
from costmodel import read_trace, trace_profile
from tests.app.running import opened

PINS = urlencode({"designs": "model=step-3|model=kimi-k2"})
PAGES = {
    "explore": ("", 8),
    "plan": ("", 5),
    "request": ("model=deepseek-v3&rates=measured", 4),
    "fleet": ("rates=measured", 2),
    "compare": (PINS, 7),
    "gallery": ("", 11),
    "paper": ("", 11),
    "truth": ("", 2),
}
OTHER_VIEWS = {
    "explore": ("page.explore.binds=roofline", "accelerators=h800", "accelerators=910c", "sla.tpot=0.001"),
    "fleet": ("page.fleet.day=fixed", "page.fleet.day=power"),
    "request": ("page.request.over=cached",),
    "compare": (f"page.compare.on=h800&{PINS}",),
}
NUMBER = re.compile(r"\d")


def charts(block: object) -> Iterator[tuple[object, object]]:
    """Every chart with the element below it."""
    children = list(getattr(block, "children", {}).values())
    for place, child in enumerate(children):
        if getattr(child, "type", "") == "vega_lite_chart":
            yield child, children[place + 1]
        yield from charts(child)


def captions(at: AppTest) -> list[str]:
    """What stands below each chart."""
    assert not at.exception
    found = [below for tree in (at.main, at.sidebar) for _, below in charts(tree)]
    assert len(found) == len(at.get("vega_lite_chart"))
    assert {getattr(below, "type", "") for below in found} <= {"caption"}
    return [str(getattr(below, "value", "")).replace("\\", "").replace(NBSP, " ") for below in found]


@pytest.mark.parametrize("page", PAGES)
def test_every_chart_has_a_caption_with_a_number(page: str) -> None:
    query, least = PAGES[page]
    said = captions(opened(query, f"views/{page}.py", open_drawers=("simulate",)))
    assert len(said) >= least
    assert [words for words in said if not NUMBER.search(words)] == []


@pytest.mark.parametrize(("page", "query"), [(page, each) for page, many in OTHER_VIEWS.items() for each in many])
def test_other_views_have_captions_with_numbers_too(page: str, query: str) -> None:
    said = captions(opened(query, f"views/{page}.py"))
    assert said
    assert [words for words in said if not NUMBER.search(words)] == []


def test_captions_hold_the_numbers_of_their_charts() -> None:
    said = captions(opened())
    assert "Attention on H20 $0.0401, 72.8 %; FFN on H800 $0.0150, 27.2 %; H800 for everything $0.0632." in said
    assert any(words.startswith("AFD: H20 + H800 $0.0550; H800 $0.0632; A800") for words in said)
    assert any("This design at 8K: 128 FLOP per byte. Lines: H800 591; H20 74" in words for words in said)
    assert any(words.startswith("1 Limit (the price on Explore): AFD") for words in said)


def test_the_frontier_is_described_by_its_ends() -> None:
    at = opened("search.axis.attention.0.heads=32..96..32&page.search.run=1", page="views/search.py")
    while not at.session_state["search job"].done:
        at.run()
    (said,) = captions(at.run())
    assert re.match(r"3 designs\. Parameters active 33\.3B to 42\.5B; Cost .* \$0\.\d+ to \$0\.\d+\.", said)


def test_a_trace_is_described_by_its_ends() -> None:
    trace = read_trace("timestamp,prompt,output\n0,1000,100\n50,2000,200\n99,4000,400\n")
    profile = trace_profile(trace)
    for view in ("arrivals", "lengths"):
        assert NUMBER.search(trace_shape.in_words(profile, view))


def test_long_lists_say_how_much_is_left_out() -> None:
    assert listed(["a 1", "b 2"]) == "a 1; b 2."
    assert listed(["a", "b", "c", "d"], most=2) == "a; b; and 2 more."
    assert listed([]) == ""
