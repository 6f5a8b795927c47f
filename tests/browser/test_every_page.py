"""Every page opened once at a desk in light and once on a phone in dark, for all that must hold there."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, expect

import costmodel as cm
from tests.browser.addresses import addresses
from tests.browser.axe import violations
from tests.browser.screen import CHART, DESKTOP, PHONE, THEME, Screen, colour

PINNED = urlencode({"designs": "model=step-3|model=qwen3-235b-a22b|model=llama-4-maverick"})
STATES = {
    "": "accelerators=h800,h20,b200&workload.context=32768",
    "plan": "sla.tpot=0.001&workload.context_deviation=2000",
    "compare": f"page.compare.on=h800&{PINNED}",
    "search": "search.axis.attention.0.heads=32..128..16",
}
"""What is looked at where the page of a plain link shows less."""

ON_A_PHONE = STATES | {"plan": ""}
"""A plan that keeps its SLA has the widest tables."""

DRAWERS = {"": ("Why the bill is higher", "At which price does an accelerator win")}
"""Parts of a page that are opened before it is looked at."""

CHARTS = {"": 6, "plan": 1, "compare": 3, "truth": 2}
"""Charts that a page shows at least."""

MORE = {"roofline": ("", "page.explore.binds=roofline", ""), "figures": ("paper", "", "Figures")}
"""Charts that a page shows only when asked: its address, its query and its tab."""

EVERY_PAGE = pytest.mark.parametrize("view", addresses())
UNNAMED = re.compile(
    r"^\s*- (button|slider|combobox|textbox|spinbutton|checkbox|radio|link|tab)(:| \[|$)", re.MULTILINE
)
# The box of a word is some pixels larger than what is drawn of it.
CUT_WORDS = """charts => charts.flatMap(chart => {
  const frame = chart.getBoundingClientRect();
  const shown = [...chart.querySelectorAll('text')].filter(
    word => word.textContent && word.getAttribute('opacity') !== '0');
  return shown.flatMap(word => {
    const box = word.getBoundingClientRect();
    const across = Math.max(frame.left - box.left, box.right - frame.right);
    const up = Math.max(frame.top - box.top, box.bottom - frame.bottom);
    return Math.max(across, up) > 3 ? [`${word.textContent}: ${across.toFixed(1)} across, ${up.toFixed(1)} up`] : [];
  });
})"""


def cut_words(charts: Locator) -> list[str]:
    """Words of charts that reach beyond their frame, once the charts have the size of their frames."""
    for _ in range(30):
        if not (found := charts.evaluate_all(CUT_WORDS)):
            return []
        charts.page.wait_for_timeout(100)
    return list(found)


def open_whole(screen: Screen, view: str, query: str) -> None:
    """A page with its drawers open."""
    screen.open(query, view)
    for name in DRAWERS.get(view, ()):
        screen.page.locator("summary").filter(has_text=name).click()
        screen.settle()


def assert_whole_words(screen: Screen, at_least: int) -> None:
    """As many charts as expected, none of which cuts a word."""
    charts = screen.page.locator(f"{CHART}:visible svg.marks")
    if at_least:
        expect(charts.nth(at_least - 1)).to_be_attached()
        screen.settle()
    assert cut_words(charts) == []


@EVERY_PAGE
def test_page_at_a_desk_in_light(screen: Screen, view: str) -> None:
    open_whole(screen, view, STATES.get(view, ""))
    assert_whole_words(screen, CHARTS.get(view, 0))
    assert violations(screen) == []
    assert UNNAMED.findall(screen.page.locator("body").aria_snapshot()) == []
    expect(screen.page.get_by_role("heading", level=1)).to_have_count(1)
    assert screen.link().scenario == cm.from_query(STATES.get(view, "")).scenario


@EVERY_PAGE
def test_page_on_a_phone_in_dark(phone: Screen, view: str) -> None:
    open_whole(phone, view, ON_A_PHONE.get(view, ""))
    assert_whole_words(phone, CHARTS.get(view, 0))
    assert violations(phone) == []
    assert colour(phone.page.get_by_test_id("stApp"), "backgroundColor") == THEME["dark"]["backgroundColor"]
    width = phone.page.evaluate("() => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)")
    assert width <= PHONE["width"]
    main = phone.page.get_by_test_id("stMain")
    assert main.evaluate("node => node.scrollWidth <= node.clientWidth")


@pytest.mark.parametrize("case", MORE)
def test_charts_on_demand_cut_no_word(screen: Screen, case: str) -> None:
    view, query, tab = MORE[case]
    for size in (DESKTOP, PHONE):
        screen.page.set_viewport_size(size)
        screen.open(query, view)
        if tab:
            screen.page.get_by_role("tab", name=tab).click()
        assert_whole_words(screen, 2)


def test_pages_have_titles_and_headings_of_their_own(screen: Screen) -> None:
    screen.open()
    titles, headings = set(), set()
    for link in screen.page.get_by_test_id("stTopNavLink").all():
        link.click()
        name = link.inner_text().split()[-1]
        expect(screen.page).to_have_title(f"{name} \u00b7 AFD Explorer")
        screen.settle()
        titles.add(screen.page.title())
        headings.add(screen.page.get_by_role("heading", level=1).text_content())
    assert len(titles) == len(headings) == len(addresses())
