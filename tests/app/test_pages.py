"""Every page in both themes, the state across pages, bad links, and the files that are opened."""

import pytest
from streamlit.testing.v1 import AppTest

import costmodel as cm
from app.version import version
from app.wording import plain, usd
from costmodel.io.link import default_scenario
from tests.app.running import MAIN, ONE_OF_EACH_STRUCTURE, PAGES, afd_cost, headlines, linked, opened, texts
from tests.costmodel.io.test_link import BAD, BESIDE

QUERY = "v=2&model=step-3&attention.0.heads=96&workload.context=32768"
SOME_BAD = (
    "unknown preset",
    "path in a preset name",
    "HTML in a value",
    "10,000 digits",
    "given twice",
    "Arabic digits",
    "unknown accelerator",
    "custom accelerator with half its values",
    "heads that KV heads do not divide",
)
HOSTILE = {
    "markup": "workload.context=<script>alert(1)</script><b>bold</b>",
    "markdown": "workload.context=[click](https://stranger.example) **bold** `code` $x^2$ :red[red]",
    "name as markup": "<img src=x onerror=alert(1)>=1",
    "page setting": "page.plan.objective=<script>alert(1)</script>",
    "unknown page setting": "page.anything=" + "x" * 500,
    "many": "&".join(f"p{number}=1" for number in range(300)),
}


def test_the_pages_of_the_app_are_found() -> None:
    assert {"views/explore.py", "views/paper.py", "views/library.py", "views/gallery.py"} <= set(PAGES)
    assert all((MAIN.parent / view).is_file() for view in PAGES)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", PAGES)
def test_a_page_has_a_heading_and_no_exception(view: str, theme: str) -> None:
    at = opened(page=view, theme=theme)
    assert len(at.title) == 1
    assert not at.exception


def test_a_page_ends_with_version_and_commit() -> None:
    assert opened(page="views/paper.py").caption[-1].value == version().words()


def test_every_page_opens_by_link_with_its_own_heading() -> None:
    assert len({opened(page=view).title[0].value for view in PAGES}) == len(PAGES)


@pytest.mark.parametrize("view", PAGES)
def test_a_page_keeps_the_state_of_the_link(view: str) -> None:
    at = opened(QUERY, page=view)
    assert linked(at) == cm.from_query(QUERY).scenario
    at.switch_page("views/explore.py").run()
    assert headlines(at)["Cost with AFD"] == usd(afd_cost(cm.from_query(QUERY).scenario))


def test_plan_page_shows_the_95th_percentile_server() -> None:
    at = opened("workload.context_deviation=8000", page="views/plan.py")
    scenario = linked(at)
    told = cm.plan(scenario).tail.text
    assert " µs per stage and " in told
    assert plain(told) in "\n".join(each.value for each in (*at.caption, *at.warning))


ABOUT_A_DESIGN = [view for view in PAGES if view not in ("views/paper.py", "views/library.py", "views/gallery.py")]


@pytest.mark.parametrize("view", ABOUT_A_DESIGN)
@pytest.mark.parametrize("model", ONE_OF_EACH_STRUCTURE)
def test_a_page_about_a_design_works_for_every_model(view: str, model: str) -> None:
    at = opened(f"model={model}", page=view)
    assert not at.exception


@pytest.mark.parametrize("view", PAGES)
def test_every_control_of_a_page_has_a_label(view: str) -> None:
    at = opened(page=view)
    for control in (*at.selectbox, *at.number_input, *at.button_group, *at.text_area, *at.button, *at.multiselect):
        assert control.label


@pytest.mark.parametrize("case", SOME_BAD)
def test_bad_link_shows_its_reason_and_the_page_works_on(case: str) -> None:
    query, field, _ = BAD[case]
    at = opened(query)
    assert not at.exception
    assert any("not applied" in warning.value for warning in at.warning)
    assert field[:40] in texts(at)
    at.sidebar.number_input(key="sla.tpot").set_value(200.0).run()
    assert linked(at).sla.tpot == 0.2


@pytest.mark.parametrize("view", PAGES)
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_link_puts_nothing_but_plain_text_on_a_page(case: str, view: str) -> None:
    at = opened(HOSTILE[case], page=view)
    assert not at.exception
    written = [
        *(str(each.value) for each in at.markdown), *(str(each.value) for each in at.caption),
        *(each.value for each in at.warning), *(each.value for each in at.error), *(each.label for each in at.button),
    ]  # fmt: skip
    for danger in ("stranger.example", "<script", "<b>", "onerror", "alert(1)"):
        assert not [text for text in written if danger in text]


def test_a_message_shows_the_signs_of_a_refused_value() -> None:
    assert "'<script>alert(1)</script><b>bold</b>' is not allowed" in texts(opened(HOSTILE["markup"]))


def test_problems_of_a_link_can_be_dismissed() -> None:
    at = opened("workload.context=lots")
    at.button(key="dismiss problems").click().run()
    assert not at.warning


def test_many_problems_are_counted_and_a_few_are_shown() -> None:
    at = opened("&".join(f"p{number}=1" for number in range(40)))
    assert "40 values were not applied" in at.warning[0].value
    assert "and 28 more" in texts(at)


def test_what_says_nothing_about_the_scenario_is_ignored() -> None:
    at = opened(f"{BESIDE}&attention.0.heads=96")
    assert not at.warning
    assert linked(at).model.attention[0].heads == 96


ABOUT_A_PAIR = [
    name for name in cm.scenarios() if cm.load_scenario(name).designs is None and name not in cm.published_days()
]


@pytest.mark.parametrize("name", ABOUT_A_PAIR)
def test_a_scenario_preset_opens_in_explore(name: str) -> None:
    at = opened(page="views/gallery.py")
    at.button(key=f"open {name}").click().run()
    scenario = cm.load_scenario(name).link.scenario
    assert linked(at) == scenario
    assert headlines(at)["Cost with AFD"] == usd(afd_cost(scenario))


def test_a_published_day_is_checked_and_opens_in_fleet() -> None:
    at = opened(page="views/gallery.py")
    day = cm.load_published_day("deepseek-day")
    said = next(each.value for each in at.markdown if "published are" in each.value).replace("\\$", "$")
    assert "**226.9 servers** on average and **$87,116 a day**; published are 226.8 and $87,072" in said
    assert usd(day.usd_per_day) in said
    at.button(key="open deepseek-day").click().run()
    assert linked(at) == cm.load_scenario("deepseek-day").link.scenario
    assert "servers at the peak" in at.header[0].value


def press(at: AppTest, label: str) -> None:
    next(each for each in at.button if each.label == label).click().run()


def test_a_pasted_scenario_opens_in_explore() -> None:
    scenario = cm.from_query(QUERY).scenario
    at = opened(page="views/gallery.py")
    at.text_area(key="pasted scenario").set_value(cm.to_toml(scenario)).run()
    press(at, "Open pasted scenario")
    assert linked(at) == scenario
    assert headlines(at)["Cost with AFD"] == usd(afd_cost(scenario))


def test_an_uploaded_scenario_opens_in_explore() -> None:
    scenario = cm.from_query(QUERY).scenario
    at = opened(page="views/gallery.py")
    content = cm.to_toml(scenario).encode()
    at.file_uploader(key="uploaded scenario").set_value(("mine.toml", content, "application/toml")).run()
    press(at, "Open uploaded scenario")
    assert linked(at) == scenario


FILES = {
    "no TOML": b"<html>hello</html>",
    "binary": bytes(range(256)) * 4,
    "large": b"# comment\n" * 400_000,
    "deep": b"v." + b".".join([b"a"] * 20_000) + b" = 1",
    "nested": b"x = " + b"[\n" * 20_000,
}


@pytest.mark.parametrize("case", FILES)
def test_file_without_a_scenario_is_refused_and_the_page_works(case: str) -> None:
    at = opened(page="views/gallery.py")
    at.file_uploader(key="uploaded scenario").set_value(("mine.toml", FILES[case], "application/toml")).run()
    press(at, "Open uploaded scenario")
    assert at.error
    assert not at.exception
    at.switch_page("views/explore.py").run()
    assert headlines(at)["Cost with AFD"] == usd(afd_cost(default_scenario()))


def test_a_partly_bad_file_opens_with_its_problems_named() -> None:
    at = opened(page="views/gallery.py")
    text = 'model = "step-3"\n[set]\n"attention.0.heads" = 96\n"attention.0.head" = 1\n'
    at.text_area(key="pasted scenario").set_value(text).run()
    press(at, "Open pasted scenario")
    assert linked(at).model.attention[0].heads == 96
    assert "attention.0.head: unknown parameter" in texts(at)


@pytest.mark.parametrize("name", ["step-3", "kimi-k2", "minimax-m1"])
def test_a_model_of_the_library_opens_in_explore(name: str) -> None:
    at = opened(page="views/library.py")
    at.selectbox(key="library model").set_value(name).run()
    at.button(key="use model").click().run()
    assert linked(at) == default_scenario(name)
    assert headlines(at)["Cost with AFD"] == usd(afd_cost(default_scenario(name)))


@pytest.mark.parametrize("name", ["h800", "b200", "l4"])
def test_library_accelerator_joins_explore(name: str) -> None:
    at = opened("accelerators=h800", page="views/library.py")
    at.selectbox(key="library accelerator").set_value(name).run()
    assert at.button(key="use accelerator").disabled == (name == "h800")
    if name != "h800":
        at.button(key="use accelerator").click().run()
        assert [accelerator.id for accelerator in linked(at).accelerators] == ["h800", name]
    assert not at.exception


def test_the_paper_page_agrees_with_the_reproduction() -> None:
    shown = headlines(opened(page="views/paper.py"))
    compared, agree, known = (int(shown[label]) for label in list(shown)[:3])
    assert compared == agree + known > 200


def test_search_and_filters_of_the_library_are_in_its_link() -> None:
    at = opened(page="views/library.py")
    at.text_input(key="page.library.models").set_value("qwen 3.5 ").run()
    at.text_input(key="page.library.accelerators").set_value("amd 355").run()
    assert at.query_params["page.library.models"] == "qwen 3.5"
    again = opened(
        "page.library.models=qwen+3.5&page.library.accelerators=amd+355&page.library.maker=AMD", page="views/library.py"
    )
    for each in (at, again):
        names = [list(frame.value.iloc[:, 0]) for frame in each.dataframe]
        assert [cm.load_model(name).name for name in cm.find_models("qwen 3.5")] in [sorted(listed) for listed in names]
        assert ["MI355X"] in names
    assert again.text_input(key="page.library.models").value == "qwen 3.5"
    at.text_input(key="page.library.models").set_value("").run()
    assert "page.library.models" not in at.query_params


def test_the_paper_page_opens_with_the_claims_of_the_library() -> None:
    at = opened(page="views/paper.py")
    assert at.tabs[0].label == "Is the abstract true?"
    written = "\n".join(each.value for each in at.tabs[0].markdown)
    for claim in cm.claims():
        assert f"**{plain(claim.text)}**" in written
        assert plain(claim.evidence) in written
        assert claim.state in written


def test_a_table_of_the_paper_shows_deviating_values_first() -> None:
    at = opened("page.paper.table=5", page="views/paper.py")
    table = next(each.value for each in at.dataframe if "Agrees" in each.value.columns)
    assert list(table["Agrees"][:2]) == ["no: see above", "yes"]
    written = "\n".join(each.value for each in at.tabs[1].markdown)
    for cell in cm.paper_cells():
        assert not cell.reason or plain(cell.reason) in written


def test_compare_without_prices_shows_what_needs_none() -> None:
    at = opened("accelerators=910c", page="views/compare.py")
    assert not at.error
    assert not at.exception
    assert len(at.table) == 1
    assert len(at.get("vega_lite_chart")) == 1


def test_compare_lists_an_unpriced_accelerator_without_cost() -> None:
    at = opened("accelerators=h800,910c&page.compare.on=910c", page="views/compare.py")
    assert not at.error
    assert "910c" not in at.selectbox(key="page.compare.on").options
    assert "page.compare.on" in texts(at)


def test_compare_follows_the_rates_of_the_scenario() -> None:
    scenario = cm.from_query("rates=kernels").scenario
    designs = cm.designs_of_query("rates=kernels")[0]
    at = opened("rates=kernels", page="views/compare.py")
    assert not at.exception
    leader = cm.leader(designs)
    assert leader is not None
    assert usd(leader.usd) in at.header[0].value.replace("\\", "")
    table = next(each.value for each in at.dataframe if "With AFD" in each.value.columns)
    assert table["USD per 1M with AFD"][0] == cm.plan(scenario).usd_per_million_tokens
    assert " to " in table["Range"][0]
    assert any("Step-3\\: Borrowed kernels" in each.value for each in at.caption)


def test_compare_says_where_no_design_has_rates() -> None:
    at = opened("accelerators=910b&rates=measured", page="views/compare.py")
    assert not at.exception
    assert at.warning[0].value == "No design has a deployment with a cost at these rates."


def test_scenario_of_several_designs_opens_in_compare() -> None:
    at = opened(page="views/gallery.py")
    at.button(key="open figure-1").click().run()
    assert not at.exception
    assert "is cheapest" in at.header[0].value
