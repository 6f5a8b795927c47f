"""Every page in both themes, on a narrow screen and without a mouse."""

import re
import tomllib
from typing import Literal

import pytest
from playwright.sync_api import Locator, expect

import costmodel as cm
from app.charts import cost_bars
from tests.app.test_theme import TEXT, contrast
from tests.browser.addresses import addresses
from tests.browser.conftest import ROOT
from tests.browser.screen import CHART, COST, DESKTOP, PHONE, Screen

Theme = Literal["light", "dark"]
THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
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
    """Words of charts that reach beyond their frame, once the charts have the size of their accelerators."""
    for _ in range(30):
        if not (found := charts.evaluate_all(CUT_WORDS)):
            return []
        charts.page.wait_for_timeout(100)
    return list(found)


@pytest.fixture
def phone(screen: Screen) -> Screen:
    """The narrow screen of a visitor who prefers dark."""
    screen.page.set_viewport_size(PHONE)
    screen.page.emulate_media(color_scheme="dark")
    return screen


def colour(found: Locator, name: str) -> str:
    """A computed colour as #RRGGBB over the page's background, transparency included."""
    text = found.evaluate("(node, name) => getComputedStyle(node)[name]", name)
    red, green, blue, alpha = ([float(part) for part in re.findall(r"[\d.]+", text)] + [1.0])[:4]
    if alpha == 1:
        return "#" + "".join(f"{round(part):02X}" for part in (red, green, blue))
    below = colour(found.page.get_by_test_id("stApp"), "backgroundColor")
    ground = [int(below[at : at + 2], 16) for at in (1, 3, 5)]
    mixed = (alpha * part + (1 - alpha) * under for part, under in zip((red, green, blue), ground, strict=True))
    return "#" + "".join(f"{round(part):02X}" for part in mixed)


@EVERY_PAGE
def test_page_opens_by_link_with_every_control_named(screen: Screen, view: str) -> None:
    screen.open("v=2&model=step-3&attention.0.heads=96", view)
    assert screen.link().scenario == cm.from_query("attention.0.heads=96").scenario
    assert UNNAMED.findall(screen.page.locator("body").aria_snapshot()) == []


@EVERY_PAGE
def test_a_page_fits_a_phone_and_is_dark_for_those_who_prefer_it(phone: Screen, view: str) -> None:
    phone.open(view=view)
    assert colour(phone.page.get_by_test_id("stApp"), "backgroundColor") == THEME["dark"]["backgroundColor"]
    width = phone.page.evaluate("() => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)")
    assert width <= PHONE["width"]
    main = phone.page.get_by_test_id("stMain")
    assert main.evaluate("node => node.scrollWidth <= node.clientWidth")


PINNED = "designs=model%3Dstep-3%7Cmodel%3Dqwen3-235b-a22b%7Cmodel%3Dllama-4-maverick"


@pytest.mark.parametrize(
    ("view", "query", "inside"),
    [
        ("", "attention.0.heads=96", ""),
        ("", "page.explore.binds=roofline", ""),
        ("plan", "", ""),
        ("compare", f"page.compare.on=h800&{PINNED}", ""),
        ("paper", "", "Figures"),
        ("paper", "", "Is the abstract true?"),
        ("truth", "", ""),
    ],
)
def test_no_word_of_a_chart_is_cut_at_a_desk_or_on_a_phone(screen: Screen, view: str, query: str, inside: str) -> None:
    for size in (DESKTOP, PHONE):
        screen.page.set_viewport_size(size)
        screen.open(query, view)
        charts = screen.page.locator(f"{CHART}:visible svg.marks")
        if inside:
            screen.page.get_by_role("tab", name=inside).click()
            # The tab is drawn by the server only now.
            expect(charts.nth(1)).to_be_attached()
            screen.settle()
        assert charts.count() >= 2
        assert cut_words(charts) == []


def test_the_panel_of_a_phone_is_closed_and_opens(phone: Screen) -> None:
    phone.open()
    expect(phone.metric(COST)).to_be_visible()
    expect(phone.page.get_by_test_id("stSidebar")).not_to_be_in_viewport()
    phone.page.get_by_test_id("stExpandSidebarButton").click()
    expect(phone.page.get_by_test_id("stSidebar")).to_be_in_viewport()
    phone.slider("Query heads").press("ArrowRight")
    phone.expect_cost(cm.from_query("attention.0.heads=72").scenario)


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
