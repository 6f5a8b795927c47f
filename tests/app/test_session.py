"""Settings of pages in a link (`page.<view>.<name>`): few, short and given once, or told by name."""

import pytest

from app import session
from costmodel import MOST_DESIGNS, Scenario, to_query
from costmodel.io.designs import SEPARATOR
from costmodel.io.link import default_scenario
from tests.app.running import linked, opened, texts

MANY = [f"page.search.axis.x{number}=1" for number in range(session.MOST_SETTINGS + 1)]


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
        ("page.search.where=" + "c" * 12_001, "page.search.where: is longer than 12,000 characters"),
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
    at = opened("&".join([*MANY[:199], "page.search.where=" + "c" * 12_000]))
    assert not at.warning


def test_refused_setting_leaves_the_rest_of_the_link() -> None:
    at = opened("page.search.where=" + "c" * 12_001 + "&page.search.minimise=single&attention.0.heads=96")
    assert linked(at).model.attention[0].heads == 96
    at.switch_page("views/search.py").run()
    assert at.text_area(key="search.minimise").value == "single"
    assert at.text_area(key="search.where").value.startswith("parameters.total")


def test_designs_are_compared_over_context_as_in_figure_3() -> None:
    at = opened("page.compare.on=h800&page.compare.designs=model=step-3%7Cmodel=minimax-m1", page="views/compare.py")
    assert not at.exception
    assert at.selectbox(key="page.compare.on").value == "h800"
    assert any("Figure 3" in text.value and "on H800 alone" in text.value for text in at.markdown)
    at.selectbox(key="page.compare.on").set_value("afd").run()
    assert not any("Figure 3" in text.value for text in at.markdown)
    assert "page.compare.on" not in at.query_params


def test_excluded_accelerator_is_not_offered_for_comparison() -> None:
    at = opened("accelerators=h20&page.compare.on=h800&page.compare.designs=model=step-3", page="views/compare.py")
    assert "must be one of afd, h20" in texts(at)
    assert not at.exception


def test_a_list_of_nine_designs_shows_eight_and_says_so() -> None:
    designs = SEPARATOR.join(f"model=step-3%26attention.0.heads={heads}" for heads in range(64, 73))
    at = opened(f"page.compare.designs={designs}", page="views/compare.py")
    assert "page.compare.designs: lists more than 8 designs; the rest is not read" in texts(at)
    assert len(at.button_group[0].value) == 8


def test_pinning_long_designs_writes_a_link_that_opens_again() -> None:
    queries = [to_query(design(heads)) for heads in range(64, 72)]
    most = session.LONGEST_SETTING // (len(queries[0]) + 1)
    assert most < MOST_DESIGNS
    listed = SEPARATOR.join(queries[:most]).replace("&", "%26")
    at = opened(f"{queries[-1]}&page.compare.designs={listed}")
    assert not at.warning
    next(button for button in at.button if button.label == "Pin").click().run()
    at.switch_page("views/compare.py").run()
    written = str(at.query_params["page.compare.designs"])
    assert written.split(SEPARATOR) == [*queries[1:most], queries[-1]]
    again = opened(f"{queries[-1]}&page.compare.designs={written.replace('&', '%26')}", page="views/compare.py")
    assert not again.warning
