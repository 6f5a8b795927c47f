"""Text of strangers in Streamlit's own markdown: every character is there, and nothing is made of it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.wording import JOINER, verbatim
from tests.app.strange import STRANGE
from tests.browser.screen import PATIENCE_MS
from tests.served import served

ALIVE = "a, img, b, em, del, code, pre, table, h1, h2, blockquote, ul, ol, hr, math, script, [style*=color], [role=img]"


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    log = tmp_path_factory.mktemp("strange") / "log"
    with served(log, script="tests/browser/strange_page.py", health="_stcore/health") as address:
        tab = browser.new_page()
        tab.goto(address)
        expect(tab.get_by_text("the end")).to_be_visible(timeout=PATIENCE_MS)
        yield tab
        tab.close()


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace(JOINER, "").replace("\u00a0", " ")).strip()


@pytest.mark.parametrize("name", STRANGE)
def test_strange_text_is_shown_whole_and_makes_nothing(page: Page, name: str) -> None:
    for place, before in (("marked", ""), ("inside", "before "), ("text", "")):
        shown = page.locator(f".st-key-{place}-{name}")
        assert words(shown.inner_text()) == words(f"{before}{verbatim(STRANGE[name])}"), place
        expect(shown.locator(ALIVE)).to_have_count(0)
    assert page.evaluate("() => window.injected") is None
