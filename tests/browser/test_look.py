"""Every page in both themes, on a narrow screen and without a mouse."""

from typing import Literal

import pytest
from playwright.sync_api import expect

import costmodel as cm
from app.charts import cost_bars
from tests.app.test_theme import TEXT, contrast
from tests.browser.screen import COST, DESKTOP, THEME, Screen, colour

Theme = Literal["light", "dark"]


def test_the_panel_of_a_phone_is_closed_and_opens(phone: Screen) -> None:
    phone.open()
    expect(phone.metric(COST)).to_be_visible()
    expect(phone.page.get_by_test_id("stSidebar")).not_to_be_in_viewport()
    phone.page.get_by_test_id("stExpandSidebarButton").click()
    expect(phone.page.get_by_test_id("stSidebar")).to_be_in_viewport()
    phone.slider("Query heads").press("ArrowRight")
    phone.expect_cost(cm.from_query("attention.0.heads=72").scenario)


def test_controls_moved_most_stay_in_sight_on_a_phone(phone: Screen) -> None:
    phone.open()
    phone.page.get_by_test_id("stMain").evaluate("node => node.scrollTo(0, node.scrollHeight)")
    strip = phone.page.get_by_test_id("stBottom")
    head = strip.get_by_role("button", name="Step-3 · ")
    expect(head).to_be_in_viewport(ratio=1)
    expect(head).to_contain_text("Step-3 · 8K · 4\u00a0accelerators · preset prices")
    head.click()
    strip.get_by_role("slider", name="Context").press("ArrowRight")
    phone.expect_cost(cm.from_query("workload.context=10240").scenario)
    expect(head).to_contain_text("Step-3 · 10K")
    for control in ("Model preset", "Price book"):
        expect(strip.get_by_role("combobox", name=control)).to_be_attached()
    phone.page.set_viewport_size(DESKTOP)
    expect(strip).to_be_visible()
    head.click()
    expect(strip).to_be_hidden()
    expect(phone.page.get_by_test_id("stSidebar").get_by_role("slider", name="Context")).to_be_visible()


def test_a_knob_is_reached_and_moved_with_the_keyboard_alone(screen: Screen) -> None:
    screen.open()
    for _ in range(60):
        screen.page.keyboard.press("Tab")
        if screen.page.evaluate("() => document.activeElement.type") == "range":
            break
    screen.page.keyboard.press("ArrowRight")
    stops = cm.Workload.quantities()["context"].stops  # type: ignore[union-attr]
    after = stops[stops.index(8192) + 1]
    screen.expect_scenario(cm.from_query(f"workload.context={after}").scenario)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_are_labelled_and_small_print_has_contrast(screen: Screen, theme: Theme) -> None:
    screen.page.emulate_media(color_scheme=theme)
    screen.open("accelerators=h800,h20")
    scenario = cm.from_query("accelerators=h800,h20").scenario
    screen.expect_cost(scenario)
    best = cm.cheapest(scenario)
    drawing = screen.page.get_by_test_id("stVegaLiteChart").first
    expect(drawing).to_contain_text(f"AFD: {best.pair.attention_on.name} + {best.pair.ffn_on.name}")
    expect(drawing).to_contain_text("compute-bound")

    ground = colour(screen.page.get_by_test_id("stApp"), "backgroundColor")
    assert ground == THEME[theme]["backgroundColor"]
    for kind in ("stCaptionContainer", "stMetricLabel", "stWidgetLabel"):
        inside = screen.page.get_by_test_id(kind).first.locator("p").first
        assert contrast(colour(inside, "color"), ground) >= TEXT, kind
    assert contrast(colour(screen.page.get_by_text(cost_bars.CAPTION), "color"), ground) >= TEXT
    labels = screen.page.locator("svg.marks .role-axis-label text").all()[:3]
    assert labels
    for label in labels:
        assert contrast(colour(label, "fill"), ground) >= TEXT


def test_price_can_be_edited_on_a_phone(phone: Screen) -> None:
    phone.open()
    phone.page.get_by_test_id("stExpandSidebarButton").click()
    drawer = phone.page.locator("summary").filter(has_text="Prices by accelerator").first
    drawer.scroll_into_view_if_needed()
    drawer.click()
    box = phone.page.get_by_role("spinbutton", name="H800 (USD/h)")
    box.scroll_into_view_if_needed()
    expect(box).to_be_in_viewport(ratio=1)
    box.fill("1.5")
    box.press("Enter")
    phone.expect_scenario(cm.from_query("accelerators.h800.usd_per_hour=1.5").scenario)
