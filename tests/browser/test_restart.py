"""A server that is started again under an open tab: what was there stays, and so does the next edit."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, expect

from costmodel import from_query
from tests.browser.screen import DESKTOP, PATIENCE_MS, READY, Screen
from tests.served import free_port, served

QUERY = "v=2&model=step-3&attention.0.heads=96"


def press_right(screen: Screen) -> None:
    screen.slider("Context").press("ArrowRight")


def choose_model(screen: Screen) -> None:
    box = screen.page.get_by_role("combobox", name="Model preset")
    box.click()
    # The menu draws the entries in sight alone.
    box.fill("DeepSeek-V3")
    screen.page.get_by_role("option", name="DeepSeek-V3 · DeepSeek", exact=True).click()


EDITS: dict[str, tuple[Callable[[Screen], None], str]] = {
    "slider": (press_right, f"{QUERY}&workload.context=10240"),
    "menu": (choose_model, "v=2&model=deepseek-v3"),
}


def test_the_first_edit_after_a_restart_is_kept(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    context = browser.new_context(viewport=DESKTOP, reduced_motion="reduce")
    with served(tmp_path / "first", port=port) as address:
        tabs = {edit: Screen(context.new_page(), address, []) for edit in EDITS}
        for screen in tabs.values():
            screen.open(QUERY)
            screen.expect_scenario(from_query(QUERY).scenario)
    for screen in tabs.values():
        expect(screen.page.locator(READY)).to_have_count(0, timeout=PATIENCE_MS)
    with served(tmp_path / "second", port=port):
        for edit, screen in tabs.items():
            screen.page.bring_to_front()
            expect(screen.page.locator(READY)).to_be_attached(timeout=PATIENCE_MS)
            act, query = EDITS[edit]
            act(screen)
            screen.expect_scenario(from_query(query).scenario)
            # What the URL says is what a fresh tab shows.
            screen.page.reload()
            screen.settle()
            screen.expect_scenario(from_query(query).scenario)
    context.close()
    assert "Traceback" not in (tmp_path / "second").read_text(encoding="utf-8")
