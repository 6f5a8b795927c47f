"""Scenario files through the browser: what is downloaded opens again as the same, and anything else is refused."""

import pytest
from playwright.sync_api import expect

import costmodel as cm
from costmodel.link import default_scenario
from tests.browser.screen import PATIENCE_MS, Screen

QUERY = "v=1&model=step-3&cards=h800,h20&attention.0.heads=96&accelerators.h20.usd_per_hour=0.9"
SCENARIO = cm.from_query(QUERY).scenario


def upload(screen: Screen, name: str, content: bytes) -> None:
    screen.page.locator('[data-testid="stFileUploaderDropzoneInput"]').set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": content}]
    )


def downloaded(screen: Screen) -> str:
    """The text behind the share menu's link to the scenario file."""
    screen.share()
    link = screen.page.get_by_role("link", name="Scenario (TOML)")
    answer = screen.page.request.get(f"{screen.address}{link.get_attribute('href')}")
    assert answer.status == 200
    return answer.text()


def test_a_downloaded_scenario_opens_again_when_it_is_uploaded(screen: Screen) -> None:
    screen.open(QUERY)
    text = downloaded(screen)
    screen.open(view="scenarios")
    upload(screen, "scenario.toml", text.encode())
    screen.page.get_by_role("button", name="Open uploaded scenario").click()
    screen.expect_scenario(SCENARIO)


def test_a_downloaded_scenario_opens_again_when_it_is_pasted(screen: Screen) -> None:
    screen.open(QUERY)
    text = downloaded(screen)
    screen.open(view="scenarios")
    area = screen.page.get_by_role("textbox", name="Paste a scenario (TOML)")
    area.fill(text)
    area.press("Control+Enter")
    screen.page.get_by_role("button", name="Open pasted scenario").click()
    screen.expect_scenario(SCENARIO)


def test_results_are_downloaded_with_the_numbers_on_screen(screen: Screen) -> None:
    screen.open(QUERY)
    screen.share()
    link = screen.page.get_by_role("link", name="Results (JSON)")
    answer = screen.page.request.get(f"{screen.address}{link.get_attribute('href')}")
    assert answer.json() == cm.report(SCENARIO)
    screen.expect_cost(SCENARIO)


REFUSED: dict[str, tuple[str, bytes, str]] = {
    "a picture": ("picture.png", b"\x89PNG", "not allowed"),
    "more than the server takes": ("large.toml", b"#" * 6_000_000, "must be 5.0MB or smaller"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_of_a_wrong_type_or_size_is_refused_before_it_is_read(screen: Screen, case: str) -> None:
    name, content, told = REFUSED[case]
    screen.open(view="scenarios")
    upload(screen, name, content)
    alert = screen.page.get_by_test_id("stFileUploader").get_by_role("alert")
    expect(alert).to_contain_text(told, timeout=PATIENCE_MS)
    expect(screen.page.get_by_role("button", name="Open uploaded scenario")).to_have_count(0)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"# a comment\n" * 100_000, "holds at most 64,000"),
        (b"<html>\xff\xfe</html>", "is not a TOML file"),
        (b"x = " + b"[\n" * 20_000, "is not a TOML file"),
        (b"v." + b".".join([b"a"] * 20_000) + b" = 1", "a line of a scenario file holds at most 2,000 characters"),
    ],
    ids=["large", "no TOML", "nested", "deep key"],
)
def test_a_file_that_is_no_scenario_is_refused_with_the_reason(screen: Screen, content: bytes, told: str) -> None:
    screen.open(view="scenarios")
    upload(screen, "mine.toml", content)
    screen.page.get_by_role("button", name="Open uploaded scenario").click()
    screen.expect_text(told)
    screen.page.get_by_role("link", name="Explore").first.click()
    screen.expect_cost(default_scenario())


def test_a_scenario_of_the_gallery_opens_in_explore(screen: Screen) -> None:
    screen.open(view="scenarios")
    title = cm.load_scenario("mtp-two-drafts").title
    card = screen.page.get_by_test_id("stVerticalBlock").filter(has_text=title).last
    card.get_by_role("button", name="Open").click()
    screen.expect_scenario(cm.load_scenario("mtp-two-drafts").link.scenario)
