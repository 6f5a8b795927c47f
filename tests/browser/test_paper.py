"""Paper in a real browser: a reader sees whether the claims hold, finds a value of a table, its formula, and shares."""

from playwright.sync_api import expect

import costmodel as cm
from tests.browser.screen import Screen


def test_reader_goes_from_claims_to_a_value_and_its_formula(visitor: Screen) -> None:
    visitor.open(view="paper")
    for claim in cm.claims():
        visitor.expect_text(claim.text)
        visitor.expect_text(claim.evidence)
    expect(visitor.page.get_by_text("holds here")).to_have_count(3)
    visitor.page.get_by_role("tab", name="Tables").click()
    visitor.expect_text("It seems to be cut and not rounded.")
    visitor.page.get_by_text("Table 6", exact=True).click()
    visitor.settle()
    grid = visitor.page.get_by_test_id("stDataFrame").filter(visible=True)
    grid.hover()
    cell = next(cell for cell in cm.paper_cells() if cell.row["table"] == "6")
    for shown in (cell.row["printed"], cell.formula):
        # Columns beyond the edge of a phone are there once they are scrolled to.
        for _ in range(20):
            if grid.locator("td").filter(has_text=shown).count():
                break
            visitor.page.mouse.wheel(100, 0)
            visitor.page.wait_for_timeout(200)
        expect(grid.locator("td").filter(has_text=shown).first).to_be_attached()
    assert "page.paper.table=6" in visitor.page.url
    visitor.share()
    visitor.expect_text("costmodel paper")
