"""Search in a real browser: build a space, run, cancel, run again, and click a design into Explore."""

from urllib.parse import urlencode

from playwright.sync_api import expect

import costmodel as cm
from costmodel.io.link import DEFAULT_ACCELERATORS, default_scenario
from tests.browser.screen import PATIENCE_MS, Screen

SMALL = {"search.axis.attention.0.heads": "32..128..16", "search.axis.ffn.1.top_k": "2..6"}
WHERE = "parameters.total <= 330e9"
# Coupled by a ratio, so that nothing can be reduced: long enough to be cancelled.
LARGE = {
    "search.axis.attention.0.heads": "8..256..8",
    "search.axis.attention.0.head_dim": "32..512..32",
    "search.axis.attention.0.query_rank": "256..8192..256",
    "search.axis.ffn.1.top_k": "1..16",
    "search.axis.ffn.1.intermediate": "512..16384..512",
    "search.minimise": "cost * parameters.active / kv_bytes",
    "search.maximise": "parameters.active / cost",
    "search.where": "parameters.total / cost <= 1e15",
}
# Minutes of work, for tests that end it.
ENDLESS = LARGE | {"search.axis.ffn.1.experts": "16..1600..16"}


def small_front() -> cm.Front:
    space = cm.Space("step-3", {"attention.0.heads": range(32, 129, 16), "ffn.1.top_k": range(2, 7)})
    return cm.search(space, DEFAULT_ACCELERATORS, minimise=["cost"], maximise=["parameters.active"], where=[WHERE])


def run(screen: Screen) -> None:
    screen.page.get_by_role("button", name="Search", exact=True).click()


def test_found_design_opens_in_explore_with_its_link(screen: Screen) -> None:
    screen.open(urlencode(SMALL | {"search.where": WHERE}), view="search")
    screen.expect_text("35 designs")
    run(screen)
    front = small_front()
    screen.expect_text(f"{len(front):,} designs on the frontier, out of 35")
    screen.settle()
    mark = screen.page.locator('.mark-symbol path[aria-label*="Design: design 0;"]').last
    expect(mark).to_be_attached(timeout=PATIENCE_MS)
    mark.click(force=True)
    screen.expect_text("Design 0:")
    screen.settle()
    # A click shows the design; only the button makes it the base of every page.
    assert screen.link().scenario == default_scenario()
    screen.page.get_by_role("button", name="Open in Explore").click()
    expect(screen.page.get_by_role("heading", level=1)).to_contain_text("per 1M tokens", timeout=PATIENCE_MS)
    screen.settle()
    picked = screen.link().scenario.model
    assert picked in [front.scenario(row).model for row in range(len(front))]
    assert picked != default_scenario().model


def test_reload_runs_the_search_of_the_link_again(screen: Screen) -> None:
    screen.open(urlencode(SMALL | {"search.where": WHERE}), view="search")
    run(screen)
    answer = f"{len(small_front()):,} designs on the frontier, out of 35"
    screen.expect_text(answer)
    screen.settle()
    screen.page.reload()
    screen.expect_text(answer)
    box = screen.page.get_by_role("textbox", name="Top-k")
    box.fill("2..4")
    box.press("Enter")
    screen.expect_text("this answer is for the earlier one")
    screen.page.wait_for_function("() => !location.search.includes('page.search.run')")


def test_long_search_shows_progress_and_can_be_cancelled(screen: Screen) -> None:
    screen.open(urlencode(LARGE), view="search")
    screen.expect_text("8,388,608 designs")
    run(screen)
    screen.expect_text("of the designs")
    screen.page.get_by_role("button", name="Cancel").click()
    screen.expect_text("Cancelled at")
    box = screen.page.get_by_role("textbox", name="Query rank")
    box.fill("2048")
    box.press("Enter")
    screen.expect_text("262,144 designs")


def test_bad_axis_and_constraint_are_named_and_nothing_runs(screen: Screen) -> None:
    screen.open(urlencode({"search.axis.attention.0.heads": "0..5"}), view="search")
    screen.expect_text("This space cannot be searched.")
    screen.expect_text("0 is not allowed; must be a whole number from 1 to 1,024")
    screen.open(urlencode(SMALL | {"search.where": "__import__('os').system('true')"}), view="search")
    run(screen)
    screen.expect_text("The search could not run.")


def test_constraints_that_leave_nothing_name_the_one_that_did(screen: Screen) -> None:
    screen.open(urlencode(SMALL | {"search.where": "cost <= 1; effective_rank >= 1e6"}), view="search")
    run(screen)
    screen.expect_text("removed by effective_rank")


def started(screen: Screen) -> Screen:
    """Another tab with a search that takes long; the browser has the app's scripts already."""
    other = Screen(screen.page.context.new_page(), screen.address, [])
    other.open(urlencode(ENDLESS), view="search")
    run(other)
    return other


def test_a_third_search_waits_in_line_until_a_tab_is_closed(screen: Screen) -> None:
    first, second = started(screen), started(screen)
    for tab in (first, second):
        tab.expect_text("of the designs")
    third = started(screen)
    third.expect_text("Place 1 in the queue")
    first.page.close()
    # Nobody looks at the first search any more: its worker takes the next one.
    third.expect_text("of the designs")
    second.expect_text("of the designs")
    for tab in (second, third):
        tab.page.get_by_role("button", name="Cancel").click()
        tab.expect_text("Cancelled at")
        tab.page.close()
