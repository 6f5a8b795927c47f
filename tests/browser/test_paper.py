"""Paper in a real browser: a reader sees whether the claims hold, finds a value of a table, its formula, and shares."""

from playwright.sync_api import expect

import costmodel as cm
from tests.browser.screen import Screen


def test_reader_goes_from_claims_to_a_value_and_its_formula(screen: Screen) -> None:
    screen.open(view="paper")
    for claim in cm.claims():
        screen.expect_text(claim.text)
        screen.expect_text(claim.evidence)
    expect(screen.page.get_by_text("holds here")).to_have_count(3)
    screen.page.get_by_role("tab", name="Tables").click()
    screen.expect_text("It seems to be cut and not rounded.")
    screen.page.get_by_text("Table 6", exact=True).click()
    screen.settle()
    cells = screen.page.get_by_test_id("stDataFrame").locator("td")
    cell = next(cell for cell in cm.paper_cells() if cell.row["table"] == "6")
    for shown in (cell.row["printed"], cell.formula):
        expect(cells.filter(has_text=shown).first).to_be_attached()
    assert "page.paper.table=6" in screen.page.url
    screen.share()
    screen.expect_text("costmodel paper")
