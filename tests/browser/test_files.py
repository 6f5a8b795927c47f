"""Scenario files through the browser: what is downloaded opens again as the same, and anything else is refused."""

from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import APIResponse, expect

import costmodel as cm
from app.wording import usd
from costmodel.io.link import default_scenario
from tests.browser.screen import PATIENCE_MS, Screen

QUERY = "v=2&model=step-3&accelerators=h800,h20&attention.0.heads=96&accelerators.h20.usd_per_hour=0.9"
SCENARIO = cm.from_query(QUERY).scenario


def upload(screen: Screen, name: str, content: bytes) -> None:
    screen.page.locator('[data-testid="stFileUploaderDropzoneInput"]').set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": content}]
    )


def downloaded(screen: Screen, name: str) -> APIResponse:
    """What is behind a link of the open share menu."""
    link = screen.page.get_by_role("link", name=name)
    answer = screen.page.request.get(f"{screen.address}{link.get_attribute('href')}")
    assert answer.status == 200
    return answer


def test_downloads_match_the_screen_and_load_again(screen: Screen) -> None:
    screen.open(QUERY)
    screen.expect_cost(SCENARIO)
    screen.share()
    assert downloaded(screen, "Results (JSON)").json() == cm.report(SCENARIO)
    with screen.page.expect_download() as picture:
        screen.page.get_by_role("button", name="Picture (PNG)").click()
    with Image.open(picture.value.path()) as image:
        words = image.info
    assert usd(cm.cheapest(SCENARIO).pair.total) in words["Title"]
    assert cm.from_query(urlsplit(words["Source"]).query).scenario == SCENARIO
    text = downloaded(screen, "Scenario (TOML)").text()
    screen.open(view="scenarios")
    upload(screen, "scenario.toml", text.encode())
    screen.page.get_by_role("button", name="Open uploaded scenario").click()
    screen.expect_scenario(SCENARIO)


def test_a_scenario_file_opens_again_when_it_is_pasted(screen: Screen) -> None:
    screen.open(view="scenarios")
    area = screen.page.get_by_role("textbox", name="Paste a scenario (TOML)")
    # The button works at once: no key or click beside the box is needed first.
    area.fill(cm.to_toml(SCENARIO))
    screen.page.get_by_role("button", name="Open pasted scenario").click()
    screen.expect_scenario(SCENARIO)


REFUSED_UNREAD: dict[str, tuple[str, bytes, str]] = {
    "a picture": ("picture.png", b"\x89PNG", "not allowed"),
    "more than the server takes": ("large.toml", b"#" * 2_000_000, "must be 1.0MB or smaller"),
}


def test_file_of_wrong_type_or_size_is_refused_unread(screen: Screen) -> None:
    screen.open(view="scenarios")
    for case, (name, content, told) in REFUSED_UNREAD.items():
        upload(screen, name, content)
        alert = screen.page.get_by_test_id("stFileUploader").get_by_role("alert").filter(has_text=told)
        expect(alert, case).to_be_visible(timeout=PATIENCE_MS)
        expect(screen.page.get_by_role("button", name="Open uploaded scenario"), case).to_have_count(0)


REFUSED: dict[str, tuple[bytes, str]] = {
    "no TOML": (b"<html></html>", "is not a TOML file"),
    "no text": (b"<html>\xff\xfe</html>", "the file is not text in UTF-8: byte 0xff at place 6"),
    "deep key": (b"v." + b".".join([b"a"] * 20_000) + b" = 1", "a line of a scenario file holds at most 2,000 charac"),
    "nested": (b"x = " + b"[\n" * 20_000, "is not a TOML file"),
}


def test_file_without_a_scenario_is_refused_with_the_reason(screen: Screen) -> None:
    screen.open(view="scenarios")
    for case, (content, told) in REFUSED.items():
        upload(screen, f"{case}.toml", content)
        expect(screen.page.get_by_test_id("stFileUploader"), case).to_contain_text(f"{case}.toml")
        # What was said of the file before is gone as soon as the page knows the new one.
        expect(screen.page.get_by_test_id("stAlert"), case).to_have_count(0)
        screen.page.get_by_role("button", name="Open uploaded scenario").click()
        expect(screen.page.get_by_text(told), case).to_be_visible()
    screen.page.get_by_role("link", name="Explore").first.click()
    screen.expect_cost(default_scenario())


def test_a_scenario_of_the_gallery_opens_in_explore(screen: Screen) -> None:
    screen.open(view="scenarios")
    title = cm.load_scenario("mtp-two-drafts").title
    accelerator = screen.page.get_by_test_id("stVerticalBlock").filter(has_text=title).last
    accelerator.get_by_role("button", name="Open").click()
    screen.expect_scenario(cm.load_scenario("mtp-two-drafts").link.scenario)
