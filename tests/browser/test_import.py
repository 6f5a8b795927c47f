"""A config.json through the browser: pasted, checked, opened, and the same again from its link."""

import json

from playwright.sync_api import expect

import costmodel as cm
from app.wording import si
from tests.app.test_import_box import QWEN
from tests.browser.screen import PATIENCE_MS, Screen

MODEL = cm.read_huggingface(QWEN).model


def test_pasted_config_opens_in_explore_and_from_its_link(screen: Screen) -> None:
    screen.open()
    screen.page.get_by_role("button", name="Import", exact=True).click()
    box = screen.page.get_by_role("textbox", name="Preset name, or the config")
    box.fill(json.dumps(QWEN, indent=1))
    box.press("Control+Enter")
    dialog = screen.page.get_by_role("dialog")
    figure = dialog.get_by_test_id("stMetric").filter(has_text="KV per token")
    expect(figure).to_contain_text(si(MODEL.kv_bytes_per_token, "B"), timeout=PATIENCE_MS)
    expect(dialog).to_contain_text(f"{MODEL.parameters.total:,.0f} parameters")
    dialog.get_by_role("button", name="Open in Explore").click()
    expect(dialog).to_have_count(0, timeout=PATIENCE_MS)
    screen.settle()
    scenario = screen.link().scenario
    assert (scenario.model.name, scenario.model.parameters) == (MODEL.name, MODEL.parameters)
    screen.expect_scenario(scenario)
    screen.page.reload()
    screen.expect_scenario(scenario)
    expect(screen.metric("KV per token")).to_have_text(si(MODEL.kv_bytes_per_token, "B"))
    screen.assert_clean()
