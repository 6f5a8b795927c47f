"""Charts that are filled anew in place look as a fresh load of the same link does: order, labels and scales."""

from urllib.parse import urlencode, urlsplit

import pytest

from costmodel.io.link import default_scenario
from tests.browser.screen import CHART, Screen

# Every word and mark with its place in the chart [px]; the order in the document is no matter.
PICTURES = """charts => charts.map(chart => {
  const frame = chart.getBoundingClientRect();
  const place = node => {
    const box = node.getBoundingClientRect();
    const name = node.textContent || node.getAttribute('aria-label') || node.tagName;
    return [name, box.left - frame.left, box.top - frame.top, box.width, box.height];
  };
  const drawn = [...chart.querySelectorAll('.mark-text text, .mark-rect path, .mark-symbol path, .mark-line path')];
  return drawn.filter(node => node.getBoundingClientRect().width > 0).map(place);
})"""
Picture = list[tuple[str, float, float, float, float]]
TOLERANCE_PX = 3.0

PINS = "model=step-3|model=deepseek-v3|model=qwen3-235b-a22b|model=minimax-m1"
PAGES = {
    "Explore": ("", ""),
    "Explore with the roofline": ("page.explore.binds=roofline", ""),
    "Plan": ("", "plan"),
    "Compare": (urlencode({"designs": PINS}), "compare"),
}


def pictures(screen: Screen) -> list[Picture]:
    """All charts of the page once they have stopped to move."""
    found: list[Picture] = []
    for _ in range(40):
        screen.settle()
        screen.page.wait_for_timeout(150)
        drawn = screen.page.locator(f"{CHART} svg.marks").evaluate_all(PICTURES)
        last, found = found, [sorted(map(tuple, chart)) for chart in drawn]
        if found and found == last:
            return found
    raise AssertionError("the charts do not come to rest")


def differences(one: Picture, other: Picture) -> list[str]:
    """Marks and words that only one of two pictures has, or that stand elsewhere."""
    if [name for name, *_ in one] != [name for name, *_ in other]:
        return sorted({name for name, *_ in one} ^ {name for name, *_ in other})
    moved = zip(one, other, strict=True)
    return [a[0] for a, b in moved if max(abs(x - y) for x, y in zip(a[1:], b[1:], strict=True)) > TOLERANCE_PX]


@pytest.mark.parametrize("page", PAGES)
def test_edited_charts_equal_a_fresh_load(screen: Screen, page: str) -> None:
    query, view = PAGES[page]
    screen.open(query, view)
    before = pictures(screen)
    assert len(before) >= 3
    if view != "compare":
        screen.slider("Query heads").press("ArrowRight")
        screen.settle()
    for _ in range(9):
        screen.slider("Context").press("ArrowRight")
    screen.page.wait_for_function("() => location.search.includes('workload.context=40960')")
    edited = pictures(screen)
    assert edited != before
    screen.open(urlsplit(screen.page.url).query, view)
    assert screen.link().scenario.workload.context == 40960 != default_scenario().workload.context
    fresh = pictures(screen)
    assert [differences(*each) for each in zip(edited, fresh, strict=True)] == [[] for _ in fresh]
