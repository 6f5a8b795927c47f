"""Bad links as they arrive: a named, readable message, nothing of the value alive in the page, and everything works."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from costmodel.io.link import Link, from_query
from tests.browser.screen import CHART, Screen

MARKUP = "<b id=injected>x</b><script>window.injected=1</script><img id=injected src=x onerror=window.injected=1>"
MARKDOWN = "[click](https://stranger.example) https://stranger.example `https://stranger.example` **x** :red[x]"
BAD = {
    "unknown preset": ("model=gpt-9", "model: unknown model preset"),
    "path as preset": ("model=../../etc/passwd", "model: unknown model preset"),
    "markup as preset": (f"model={quote(MARKUP)}", "model: unknown model preset"),
    "unknown field": ("attention.0.head=64", "attention.0.head: unknown parameter; did you mean attention.0.heads"),
    "text for a number": ("attention.0.heads=many", "must be a whole number from 1 to 1,024"),
    "too large for a float": ("sla.tpot=1e400", "sla.tpot: "),
    "not a number": ("workload.accepted_length=NaN", "workload.accepted_length: 'NaN' is not allowed"),
    "negative": ("workload.context=-1", "workload.context: -1 is not allowed"),
    "10,000 characters": ("workload.context=" + "9" * 10_000, "workload.context: is longer than 1,500 characters"),
    "given twice": ("workload.context=1&workload.context=2", "is given twice; neither value is used"),
    "markup": (f"workload.context={quote(MARKUP)}", "workload.context: "),
    "markup as name": (f"{quote(MARKUP, safe='')}=1", "has a name of more than 100 characters"),
    "markdown": (f"workload.context={quote(MARKDOWN)}", "workload.context: "),
    "unicode digits": ("workload.context=" + quote("٨١٩٢"), "workload.context: "),
    "short markup as name": (f"{quote('<b id=injected>', safe='')}=1", "unknown parameter"),
    "heads that KV heads do not divide": ("model=qwen3-32b&attention.0.heads=65", "kv_heads must divide heads"),
    "unknown accelerator": ("accelerators=h800,h900", "accelerators: unknown accelerator"),
    "another version": ("v=9", "only versions 1 and 2 are known"),
    "hundreds of parameters": (
        "&".join(f"p{n}=1" for n in range(900)),
        "more than 800 parameters; the rest is not read",
    ),
}


TOGETHER = [
    ("unknown preset", "unknown field", "too large for a float", "not a number", "short markup as name"),
    ("path as preset", "text for a number", "10,000 characters", "markup as name"),
    ("markup as preset", "markup", "unknown accelerator"),
    ("markdown",),
    ("heads that KV heads do not divide", "unicode digits"),
    ("negative",),
    ("given twice",),
    ("another version",),
    ("hundreds of parameters",),
]
"""Cases in one link, where none hides another."""


def test_every_bad_link_is_opened() -> None:
    assert sorted(case for cases in TOGETHER for case in cases) == sorted(BAD)


def assert_nothing_is_alive(screen: Screen) -> None:
    for alive in ("#injected", "a[href*=stranger]", "[data-testid=stMarkdown] b", "[onerror]"):
        expect(screen.page.locator(alive)).to_have_count(0)
    assert screen.page.evaluate("() => window.injected") is None


@pytest.mark.parametrize("cases", TOGETHER, ids=", ".join)
def test_bad_link_is_shown_as_plain_text_and_the_url_is_cleaned(screen: Screen, cases: tuple[str, ...]) -> None:
    query = "&".join(BAD[case][0] for case in cases)
    # Problems are shown above every page; this one is drawn quickly.
    screen.open(query, view="search")
    for case in cases:
        screen.expect_text(BAD[case][1])
    assert screen.link() == Link(from_query(query).scenario, ())
    assert_nothing_is_alive(screen)


def test_a_bad_link_can_be_worked_on(screen: Screen) -> None:
    screen.open(f"workload.context={quote(MARKUP)}&attention.0.heads=96&sla.tpot=0")
    screen.expect_text("workload.context: ")
    screen.expect_text("sla.tpot: ")
    screen.expect_scenario(from_query("attention.0.heads=96").scenario)
    assert screen.page.locator(CHART).count() >= 3
    assert_nothing_is_alive(screen)
    screen.slider("Context").press("ArrowRight")
    screen.expect_scenario(from_query("attention.0.heads=96&workload.context=10240").scenario)
    screen.page.get_by_role("button", name="Dismiss").click()
    expect(screen.page.get_by_text("not applied")).to_have_count(0)
