"""Settings of pages in a link (`page.<view>.<name>`): few, short and given once, or told by name."""

import pytest

from app import session
from costmodel import LONGEST_SETTING, MOST_DESIGNS, MOST_SETTINGS, Scenario, to_query
from costmodel.io.designs import SEPARATOR
from costmodel.io.link import default_scenario
from tests.app.running import PAGES, linked, opened, texts

MANY = [f"search.axis.x{number}=1" for number in range(MOST_SETTINGS + 1)]


def design(heads: int) -> Scenario:
    """Step-3 with eight groups in each stack, none like the preset's: the query of such a design is long."""
    base = default_scenario()
    attention, ffn = base.model.attention[0], base.model.ffn[1]
    depths = (8, 8, 8, 8, 8, 8, 8, 5)
    model = base.model.replace(
        attention=tuple(
            attention.replace(layers=depth, heads=heads, head_dim=192, query_rank=1024, window=4096) for depth in depths
        ),
        ffn=tuple(ffn.replace(layers=depth, experts=64, top_k=4, intermediate=4096, shared=2) for depth in depths),
    )
    return base.replace(model=model)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("&".join(MANY), "link: has more than 200 settings of pages; the rest is not read"),
        ("search.where=" + "c" * 12_001, "search.where: is longer than 12,000 characters"),
        ("page." + "x" * 100 + "=1", "page." + "x" * 95 + ": has a name of more than 100 characters"),
        (
            "page.compare.on=afd&page.compare.on=h800",
            "page.compare.on: is given twice; neither value is",
        ),
    ],
)
def test_setting_beyond_the_limits_is_reported_by_name(query: str, told: str) -> None:
    at = opened(query)
    assert told in texts(at)
    assert "1 value was not applied" in at.warning[0].value


def test_settings_within_the_limits_report_nothing() -> None:
    at = opened("&".join([*MANY[:199], "search.where=" + "c" * 12_000]))
    assert not at.warning


def test_refused_setting_leaves_the_rest_of_the_link() -> None:
    at = opened("search.where=" + "c" * 12_001 + "&search.minimise=single&attention.0.heads=96")
    assert linked(at).model.attention[0].heads == 96
    at.switch_page("views/search.py").run()
    assert at.text_area(key="search.minimise").value == "single"
    assert at.text_area(key="search.where").value.startswith("parameters.total")


def test_designs_are_compared_over_context_as_in_figure_3() -> None:
    at = opened("page.compare.on=h800&designs=model=step-3%7Cmodel=minimax-m1", page="views/compare.py")
    assert not at.exception
    assert at.selectbox(key="page.compare.on").value == "h800"
    assert any("Figure 3" in text.value and "on H800 alone" in text.value for text in at.markdown)
    at.selectbox(key="page.compare.on").set_value("afd").run()
    assert not any("Figure 3" in text.value for text in at.markdown)
    assert "page.compare.on" not in at.query_params


def test_excluded_accelerator_is_not_offered_for_comparison() -> None:
    at = opened("accelerators=h20&page.compare.on=h800&designs=model=step-3", page="views/compare.py")
    assert "must be one of afd, h20" in texts(at)
    assert not at.exception


def test_a_list_of_nine_designs_shows_eight_and_says_so() -> None:
    designs = SEPARATOR.join(f"model=step-3%26attention.0.heads={heads}" for heads in range(64, 73))
    at = opened(f"designs={designs}", page="views/compare.py")
    assert "designs: lists more than 8 designs; the rest is not read" in texts(at)
    assert len(at.button_group[0].value) == 8


def test_pinning_long_designs_writes_a_link_that_opens_again() -> None:
    queries = [to_query(design(heads)) for heads in range(64, 72)]
    most = LONGEST_SETTING // (len(queries[0]) + 1)
    assert most < MOST_DESIGNS
    listed = SEPARATOR.join(queries[:most]).replace("&", "%26")
    at = opened(f"{queries[-1]}&designs={listed}")
    assert not at.warning
    next(button for button in at.button if button.label == "Pin").click().run()
    at.switch_page("views/compare.py").run()
    written = str(at.query_params["designs"])
    assert written.split(SEPARATOR) == [*queries[1:most], queries[-1]]
    again = opened(f"{queries[-1]}&designs={written.replace('&', '%26')}", page="views/compare.py")
    assert not again.warning


@pytest.mark.parametrize(
    ("query", "view", "told"),
    [
        ("page.explore.nope=1", "views/explore.py", "page.explore.nope: there is no such setting of a page"),
        ("page.nope.binds=1", "views/explore.py", "page.nope.binds: there is no such setting of a page"),
        ("page.=1", "views/explore.py", "page.: there is no such setting of a page"),
        (
            "search.axis.nope=1..2",
            "views/search.py",
            "search.axis.nope: there is no such field in this scenario",
        ),
        (
            "search.axis.attention.5.heads=8..64..8",
            "views/search.py",
            "search.axis.attention.5.heads: there is no such field in this scenario",
        ),
        ("search.axis.attention.0.heads=", "views/search.py", "attention.0.heads: must be a range such as"),
        ("page.plan.objective=", "views/plan.py", "objective: '' is not allowed; must be one of"),
        ("page.explore.binds=", "views/explore.py", "page.explore.binds: '' is not allowed; must be one of"),
    ],
)
def test_a_setting_that_cannot_be_applied_is_named(query: str, view: str, told: str) -> None:
    at = opened(query, page=view)
    assert told in texts(at)
    assert not at.exception


def test_a_price_of_an_accelerator_is_an_axis_of_a_search() -> None:
    at = opened("search.axis.accelerators.h20.usd_per_hour=0.5..1.5..0.5", page="views/search.py")
    assert not at.warning
    assert at.text_input(key="axis accelerators.h20.usd_per_hour").value == "0.5..1.5..0.5"
    assert any("3 designs" in text.value for text in at.markdown)


def test_a_searched_price_makes_an_unpriced_accelerator_usable() -> None:
    link = "accelerators=h800.h20&accelerators.h20.usd_per_hour=none"
    at = opened(f"{link}&search.axis.accelerators.h20.usd_per_hour=0.5,1", page="views/search.py")
    assert any("x 4 hardware pairs, on H800, H20" in text.value for text in at.markdown)


def test_constraints_that_were_emptied_stay_empty() -> None:
    at = opened("search.where=", page="views/search.py")
    assert at.text_area(key="search.where").value == ""
    assert at.query_params["search.where"] == ""
    assert not at.warning


@pytest.mark.parametrize(
    ("axes", "told"),
    [
        ({"workload.context": "1..10000", "sla.tpot": "0.001..10..0.001"}, "100,000,000 conditions are too many"),
        ({"workload.context": "1..1001"}, "1,001 conditions are too many: this page takes at most 1,000"),
        ({"attention.0.heads": "1..1000", "hidden": "1..10000", "vocabulary": "1..10000"}, "designs are too many"),
        (
            {"hidden": "1..10000", "vocabulary": "1..9999", "embedding_bits": "4,8"},
            "20,001 values of axes are too many",
        ),
    ],
)
def test_search_bounds_conditions_and_says_so(axes: dict[str, str], told: str) -> None:
    query = "&".join(f"search.axis.{path}={text}" for path, text in axes.items())
    at = opened(query, page="views/search.py")
    assert told in texts(at)
    assert not [button for button in at.button if button.label == "Search"]


@pytest.mark.parametrize("view", PAGES)
def test_pins_are_in_the_link_of_every_page(view: str) -> None:
    at = opened("attention.0.heads=96")
    next(button for button in at.button if button.label == "Pin").click().run()
    pins_of_link = at.query_params[session.PINS]
    at.switch_page(view).run()
    assert at.query_params[session.PINS] == pins_of_link
    # A new session, as after a restart of the server, has nothing but the link.
    again = opened(f"{session.PINS}={str(pins_of_link).replace('&', '%26')}", page=view)
    again.switch_page("views/compare.py").run()
    assert again.query_params[session.PINS] == pins_of_link
    assert any("heads 96" in option for option in again.button_group[0].options)


def test_a_setting_must_be_declared() -> None:
    with pytest.raises(LookupError, match=r"page\.explore\.new must be listed"):
        session._declared("page.explore.new")
