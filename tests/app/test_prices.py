"""The price book in the panel: chosen, filled in by hand, named beside the result, and kept in the link."""

import costmodel as cm
from app.wording import JOINER
from tests.app.running import headlines, linked, opened, texts

LINK = "accelerators=h100.h200.l4"


def prices(scenario: cm.Scenario) -> dict[str, float | None]:
    return {each.id: each.usd_per_hour for each in scenario.accelerators}


def captions(query: str, page: str = "views/explore.py") -> str:
    at = opened(query, page=page)
    return "\n".join(each.value for each in (*at.caption, *at.markdown, *at.text)).replace("\\", "").replace(JOINER, "")


def test_book_is_chosen_in_the_panel_and_kept_in_the_link() -> None:
    at = opened(LINK)
    at.sidebar.selectbox(key="prices").set_value("rented-for-3-years").run()
    book = cm.load_price_book("rented for 3 years")
    assert linked(at).prices == "rented-for-3-years"
    assert prices(linked(at)) == {name: book.price_of(name) for name in ("h100", "h200", "l4")}
    assert not texts(at)


def test_accelerator_without_a_price_in_the_book_is_named() -> None:
    told = captions(f"{LINK}&prices=rented-for-3-years")
    assert "No price for L4 here" in told
    assert "Prices: rented for 3 years." in told


def test_own_prices_start_at_those_shown_and_are_typed_in() -> None:
    at = opened(f"{LINK}&prices=spot")
    before = prices(linked(at))
    at.sidebar.selectbox(key="prices").set_value("mine").run()
    assert prices(linked(at)) == before
    at.sidebar.number_input(key="accelerators.l4.usd_per_hour").set_value(0.25).run()
    assert prices(linked(at)) == before | {"l4": 0.25}
    assert headlines(opened(cm.to_query(linked(at)))) == headlines(at)
    assert "Prices: yours." in captions(cm.to_query(linked(at)))


def test_mixed_books_are_named_beside_the_result() -> None:
    link = f"{LINK}&prices=spot&accelerators.h200.usd_per_hour=9"
    for page in ("views/explore.py", "views/plan.py"):
        assert "H200 SXM at a price of your own, which mixes price books" in captions(link, page)
