"""What a visitor does and sees in one tab, and how long to wait until it is there."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, ViewportSize, expect

from app.wording import usd
from costmodel import Scenario, cheapest, from_query
from costmodel.io.link import Link

THEME = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
PATIENCE_MS = 60_000
DESKTOP: ViewportSize = {"width": 1440, "height": 1000}
PHONE: ViewportSize = {"width": 390, "height": 844}
COST = "Cost with AFD"
READY = '[data-testid="stApp"][data-test-connection-state="CONNECTED"][data-test-script-state="notRunning"]'
CHART = '[data-testid="stVegaLiteChart"]'


def headline(scenario: Scenario) -> str:
    """The library's own answer, as the first headline figure shows it."""
    best = cheapest(scenario)
    return usd(best.pair.total)


@dataclass
class Screen:
    """A tab of the app and the errors that its console reported."""

    page: Page
    address: str
    errors: list[str]

    def forget(self) -> None:
        """Make the tab that of a new visitor at a desk: nothing stored, the mouse out of the way."""
        self.errors.clear()
        self.page.context.clear_cookies()
        self.page.set_viewport_size(DESKTOP)
        self.page.emulate_media(color_scheme="light")
        self.page.mouse.move(0, 0)
        if self.page.url.startswith(self.address):
            self.page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")

    def open(self, query: str = "", view: str = "") -> None:
        """Follow a link to a page and wait until all of it is there."""
        self.page.goto(f"{self.address}/{view}{'?' if query else ''}{query}")
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run, no placeholder is left, and every chart is drawn."""
        expect(self.page.locator(READY)).to_be_attached(timeout=PATIENCE_MS)
        expect(self.page.get_by_test_id("stHeading").first).to_be_visible(timeout=PATIENCE_MS)
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE_MS)
        for chart in self.page.locator(f"{CHART}:visible").all():
            expect(chart.locator("svg.marks, canvas").first).to_be_attached(timeout=PATIENCE_MS)

    def prefer(self, theme: Literal["light", "dark"]) -> None:
        """Change to a theme, and wait until the page has it."""
        self.page.emulate_media(color_scheme=theme)
        red, green, blue = (int(THEME[theme]["backgroundColor"][at : at + 2], 16) for at in (1, 3, 5))
        app = self.page.get_by_test_id("stApp")
        expect(app).to_have_css("background-color", f"rgb({red}, {green}, {blue})")
        self.settle()

    def metric(self, label: str) -> Locator:
        """The value of a headline figure."""
        figure = self.page.get_by_test_id("stMetric").filter(has_text=label)
        return figure.get_by_test_id("stMetricValue").first

    def slider(self, name: str) -> Locator:
        """The handle of a slider by its label, changed or not."""
        return self.page.get_by_role("slider", name=name).first

    def share(self) -> None:
        """Open the dialog with everything that leaves the page."""
        self.page.get_by_role("button", name="Share", exact=True).click()

    def link(self) -> Link:
        """What the address bar says."""
        return from_query(urlsplit(self.page.url).query)

    def expect_cost(self, scenario: Scenario) -> None:
        """The headline on screen is the library's number for that scenario, sooner or later."""
        expect(self.metric(COST)).to_have_text(headline(scenario), timeout=PATIENCE_MS)

    def expect_scenario(self, scenario: Scenario) -> None:
        """Address bar and headline are both that of a scenario."""
        self.expect_cost(scenario)
        self.settle()
        assert self.link() == Link(scenario, ())

    def expect_text(self, text: str) -> None:
        """Some text is on the page."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=PATIENCE_MS)

    def assert_clean(self) -> None:
        """No error was reported, on the page or in the console."""
        assert self.errors == []
        expect(self.page.get_by_test_id("stException")).to_have_count(0)


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
