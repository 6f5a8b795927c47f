"""What visitors come for, from the first look to what they take away: in both themes, at a desk and on a phone.

The reader of the paper has a file of their own: test_paper.py.
"""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import expect

import costmodel as cm
from app.verdicts import headline
from tests.app.test_import_box import QWEN
from tests.browser.screen import CHART, DESKTOP, PATIENCE_MS, Screen

TRACE = "timestamp,prompt,output\n" + "".join(
    f"{second},{2000 + second},{200 + second}\n" for second in range(0, 400, 9)
)
CENTER_AND_REST = """async node => {
  for (let before = null, now = node.getBoundingClientRect().top; before !== now;) {
    node.scrollIntoView({block: "center"});
    await new Promise(done => setTimeout(done, 400));
    [before, now] = [now, node.getBoundingClientRect().top];
  }
}"""
"""Scrolls to the middle of the window until the drawing stays there: what is drawn above may still push it down."""


def in_panel(visitor: Screen, act: Callable[[], None]) -> None:
    """Do something in the panel, which a phone opens and closes again."""
    narrow = visitor.page.viewport_size != DESKTOP
    if narrow:
        visitor.page.get_by_test_id("stExpandSidebarButton").click()
    act()
    if narrow:
        visitor.page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()


def expect_verdict(visitor: Screen, scenario: cm.Scenario) -> None:
    title = visitor.page.get_by_role("heading", level=1)
    expect(title).to_have_text(headline(cm.decide(scenario)), timeout=PATIENCE_MS)


def test_newcomer_moves_heads_and_takes_a_picture(visitor: Screen) -> None:
    visitor.open()
    expect_verdict(visitor, cm.default_scenario())
    visitor.expect_text("attention-FFN disaggregation")
    in_panel(visitor, lambda: visitor.slider("Query heads").press("ArrowRight"))
    moved = cm.from_query("attention.0.heads=72").scenario
    expect_verdict(visitor, moved)
    visitor.settle()
    visitor.share()
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Picture (PNG)").click()
    picture = Image.open(BytesIO(Path(download.value.path()).read_bytes()))
    assert cm.from_query(urlsplit(picture.info["Source"]).query).scenario == moved


def test_own_model_at_own_prices_is_sent_on(visitor: Screen) -> None:
    visitor.open()
    visitor.page.get_by_role("button", name="Import", exact=True).click()
    box = visitor.page.get_by_role("textbox", name="Preset name, or the config")
    box.fill(json.dumps(QWEN, indent=1))
    box.press("Control+Enter")
    dialog = visitor.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Open in Explore").click()
    expect(dialog).to_have_count(0, timeout=PATIENCE_MS)
    visitor.settle()
    in_panel(visitor, lambda: set_price(visitor, "1.25"))
    visitor.page.wait_for_function("() => location.search.includes('h800.usd_per_hour=1.25')", timeout=PATIENCE_MS)
    asked = visitor.link().scenario
    assert asked.model.parameters == cm.read_huggingface(QWEN).model.parameters
    visitor.page.goto(f"{visitor.address}/plan?{urlsplit(visitor.page.url).query}")
    visitor.settle()
    visitor.page.locator("summary").filter(has_text="Why the bill is higher than the limit").click()
    visitor.expect_text("Whole servers")
    visitor.page.reload()
    visitor.settle()
    assert visitor.link().scenario == asked


def set_price(visitor: Screen, text: str) -> None:
    drawer = visitor.page.locator("summary").filter(has_text="Prices by accelerator").first
    drawer.scroll_into_view_if_needed()
    drawer.click()
    price = visitor.page.get_by_role("spinbutton", name="H800 (USD/h)")
    price.fill(text)
    price.press("Enter")


def test_buyer_drags_the_price_to_the_border(visitor: Screen) -> None:
    visitor.open()
    drawer = visitor.page.locator("summary").filter(has_text="At which price does an accelerator win?")
    drawer.scroll_into_view_if_needed()
    drawer.click()
    visitor.expect_text("below")
    visitor.settle()
    drawing = visitor.page.get_by_test_id("stExpander").filter(has=drawer).locator(f"{CHART} svg.marks").first
    # In the middle of the window: at its lower edge lies the strip of a phone.
    drawing.evaluate(CENTER_AND_REST)
    dots = drawing.locator(".mark-symbol path")
    border, _, now = (dots.nth(place).bounding_box() for place in range(3))
    assert border is not None
    assert now is not None
    visitor.page.mouse.move(now["x"] + 6, now["y"] + 6)
    visitor.page.mouse.down()
    visitor.page.mouse.move(now["x"] + 40, now["y"] + 60, steps=4)
    visitor.page.mouse.move(border["x"] + 6, border["y"] + 6, steps=4)
    assert "910b" not in visitor.page.url
    visitor.page.mouse.up()
    visitor.page.wait_for_function("() => location.search.includes('910b.usd_per_hour=0.618')", timeout=PATIENCE_MS)
    visitor.settle()
    assert visitor.page.evaluate("() => getSelection().toString()") == ""
    expect_verdict(visitor, visitor.link().scenario)


def test_operator_sizes_a_fleet_for_a_trace(visitor: Screen) -> None:
    visitor.open(view="fleet")
    drawer = visitor.page.locator("summary").filter(has_text="trace").first
    drawer.click()
    visitor.page.locator('input[type="file"]').set_input_files(
        {"name": "day.csv", "mimeType": "text/csv", "buffer": TRACE.encode()}
    )
    visitor.expect_text("like those of the trace")
    visitor.settle()
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Hours for this trace (CSV)").click()
    written = Path(download.value.path()).read_text(encoding="utf-8")
    found = cm.fleet(visitor.link().scenario)
    assert written == cm.hours_csv(found)
