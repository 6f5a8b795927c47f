"""Explore and its panel: every knob changes the Scenario, the URL and the headline together."""

from typing import Any

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

import costmodel as cm
from app.wording import count, si, usd
from costmodel.io.link import default_scenario
from costmodel.paths import value
from tests.app.running import ONE_OF_EACH_STRUCTURE, afd_cost, headlines, linked, opened, specification, texts


@pytest.mark.parametrize("name", ONE_OF_EACH_STRUCTURE)
def test_every_preset_shows_the_numbers_of_the_library(name: str) -> None:
    at = opened(f"model={name}")
    scenario = default_scenario(name)
    model, shown = scenario.model, headlines(at)
    assert shown["Cost with AFD"] == usd(afd_cost(scenario))
    assert shown["KV per token"] == si(model.kv_bytes_per_token, "B")
    assert shown["Parameters"] == count(model.parameters.total)
    assert not at.exception


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_explore_draws_its_charts_in_the_theme_of_the_visitor(theme: str) -> None:
    charts = opened(theme=theme).get("vega_lite_chart")
    assert len(charts) >= 4
    assert all(specification(chart)["width"] == "container" for chart in charts)


def axes(at: AppTest) -> set[str]:
    """What the horizontal axes of all charts measure."""
    charts = [specification(chart) for chart in at.get("vega_lite_chart")]
    return {
        layer["encoding"]["x"].get("title") for chart in charts for layer in chart["layer"] if "x" in layer["encoding"]
    }


def test_bound_is_shown_as_plane_or_roofline_as_the_link_says() -> None:
    plane, roofline = "KV cache read per token (byte)", "Arithmetic intensity (FLOP per byte)"
    at = opened()
    assert axes(at) & {plane, roofline} == {plane}
    at.button_group(key="page.explore.binds").set_value("roofline").run()
    assert axes(at) & {plane, roofline} == {roofline}
    assert at.query_params["page.explore.binds"] == "roofline"
    again = opened("page.explore.binds=roofline")
    assert axes(again) & {plane, roofline} == {roofline}
    again.button_group(key="page.explore.binds").set_value("plane").run()
    assert axes(again) & {plane, roofline} == {plane}
    assert "page.explore.binds" not in again.query_params


def test_unknown_chart_is_reported_and_the_first_is_shown() -> None:
    at = opened("page.explore.binds=<b>pie</b>")
    assert "must be one of plane, roofline" in texts(at)
    assert "KV cache read per token (byte)" in axes(at)
    assert not at.exception


def test_the_empty_link_stays_empty_until_something_changes() -> None:
    assert opened().query_params == {}


def test_choosing_a_preset_changes_headline_and_link() -> None:
    at = opened()
    at.sidebar.selectbox(key="model").set_value("deepseek-v3").run()
    assert headlines(at)["Cost with AFD"] == usd(afd_cost(default_scenario("deepseek-v3")))
    assert linked(at) == default_scenario("deepseek-v3")


def test_moving_the_heads_changes_headline_and_link() -> None:
    at = opened()
    before = headlines(at)["Cost with AFD"]
    at.sidebar.select_slider(key="attention.0.heads").set_value(96).run()
    expected = cm.from_query("attention.0.heads=96").scenario
    assert headlines(at)["Cost with AFD"] == usd(afd_cost(expected)) != before
    assert at.query_params["attention.0.heads"] == "96"
    assert linked(at) == expected


def test_a_link_sets_the_widgets() -> None:
    at = opened("model=deepseek-v3&attention.0.heads=64&accelerators=h20,910b&workload.context=32768")
    assert at.sidebar.selectbox(key="model").value == "deepseek-v3"
    assert at.sidebar.select_slider(key="attention.0.heads").value == 64
    assert at.sidebar.button_group(key="accelerators").value == ["h20", "910b"]
    assert at.sidebar.select_slider(key="workload.context").value == 32768


def test_a_value_between_the_stops_of_a_slider_is_kept() -> None:
    at = opened("workload.context=12345")
    assert at.sidebar.select_slider(key="workload.context").value == 12345
    assert linked(at).workload.context == 12345


@pytest.mark.parametrize(
    ("path", "new"),
    [
        ("attention.0.head_dim", 128),
        ("attention.0.query_rank", 1024),
        ("ffn.1.experts", 96),
        ("ffn.1.top_k", 8),
        ("ffn.1.shared", 2),
        ("ffn.1.intermediate", 2048),
        ("workload.context", 32768),
    ],
)
def test_a_slider_of_each_group_sets_its_field(path: str, new: int) -> None:
    at = opened()
    at.sidebar.select_slider(key=path).set_value(new).run()
    assert value(linked(at), path) == new
    assert headlines(at)["Cost with AFD"] == usd(afd_cost(linked(at)))


@pytest.mark.parametrize(
    ("path", "shown", "held"),
    [
        ("attention.0.window", 4096, 4096),
        ("hidden", 4096, 4096),
        ("sla.tpot", 100.0, 0.1),
        ("accelerators.h800.usd_per_hour", 1.5, 1.5),
        ("accelerators.h800.fp8_flops_per_second", 1500.0, 1.5e15),
        ("accelerators.h800.bytes_per_second", 2.5, 2.5e12),
    ],
)
def test_a_number_of_each_group_sets_its_field_in_base_units(path: str, shown: float, held: float) -> None:
    at = opened()
    at.sidebar.number_input(key=path).set_value(shown).run()
    assert value(linked(at), path) == held


@pytest.mark.parametrize(
    ("path", "new"), [("attention.0.compute_bits", 16), ("ffn.1.compute_bits", 16), ("sla.stages", 4)]
)
def test_a_choice_of_each_group_sets_its_field(path: str, new: int) -> None:
    at = opened()
    at.sidebar.button_group(key=path).set_value(new).run()
    assert value(linked(at), path) == new


def test_the_accounting_switch_changes_the_intensity_of_mla() -> None:
    at = opened("model=deepseek-v3")
    assert headlines(at)["Intensity"] == "512"
    at.sidebar.button_group(key="attention.0.accounting").set_value("exact").run()
    assert headlines(at)["Intensity"] == "484"
    assert at.query_params["attention.0.accounting"] == "exact"


def test_bits_of_the_embedding_survive_a_link() -> None:
    at = opened("embedding_bits=8")
    assert at.sidebar.button_group(key="embedding_bits").value == 8
    assert linked(at).model.embedding_bits == 8


@pytest.mark.parametrize("kind", ["gqa", "mla", "mfa", "lightning"])
@pytest.mark.parametrize("model", ["deepseek-v3", "minimax-m1"])
def test_any_mechanism_can_be_chosen_on_any_model(model: str, kind: str) -> None:
    at = opened(f"model={model}")
    at.sidebar.selectbox(key="attention.0.kind").set_value(kind).run()
    assert linked(at).model.attention[0].tag() == kind
    assert headlines(at)["Cost with AFD"] == usd(afd_cost(linked(at)))
    assert not at.exception


@pytest.mark.parametrize("kind", ["dsa", "csa", "mamba2", "short_conv"])
def test_sparse_and_recurrent_mechanisms_can_be_chosen(kind: str) -> None:
    at = opened("model=deepseek-v3")
    at.sidebar.selectbox(key="attention.0.kind").set_value(kind).run()
    assert linked(at).model.attention[0].tag() == kind
    assert not at.exception
    indexed = any("Its indexer is" in text.value for text in at.markdown)
    assert indexed == linked(at).model.attention[0].has_indexer()


def test_accelerator_can_be_copied_and_edited() -> None:
    at = opened("accelerators=h800,h20")
    next(button for button in at.sidebar.button if button.label == "Add an accelerator like this one").click().run()
    assert [accelerator.id for accelerator in linked(at).accelerators] == ["h800", "h20", "custom-1"]
    at.sidebar.selectbox(key="edited accelerator").set_value("custom-1").run()
    at.sidebar.number_input(key="accelerators.custom-1.usd_per_hour").set_value(0.5).run()
    assert linked(at).accelerators[2].usd_per_hour == 0.5
    assert headlines(at)["Cost with AFD"] == usd(afd_cost(linked(at)))


def drawn(at: AppTest) -> list[dict[str, Any]]:
    """The rows of all charts."""
    sent = [data.data.data for chart in at.get("vega_lite_chart") for data in chart.proto.datasets]
    return [row for each in sent for row in pa.ipc.open_stream(each).read_all().to_pylist()]


def test_accelerator_without_a_price_is_named_without_cost() -> None:
    at = opened("accelerators=h800,h20&accelerators.h800.usd_per_hour=none&page.explore.binds=roofline")
    assert {"H800", "H20"} <= {row["name"] for row in drawn(at) if row.get("role") == "point"}
    assert "no known price" in {row.get("label") for row in drawn(at)}
    assert any("no known price" in info.value for info in at.info)
    assert headlines(at)["Cost with AFD"] == usd(afd_cost(default_scenario(accelerators=["h20"])))


def test_page_without_any_price_says_how_to_set_one() -> None:
    at = opened("accelerators=h800&accelerators.h800.usd_per_hour=none")
    assert [info.value for info in at.info]
    assert not at.exception
    # What needs no price is there all the same.
    assert headlines(at).keys() == {"KV per token", "Intensity", "Effective rank", "Parameters"}
    assert "ridge of H800" in {row["name"] for row in drawn(at)}
    at.sidebar.number_input(key="accelerators.h800.usd_per_hour").set_value(2.0).run()
    assert headlines(at)["Cost with AFD"] == usd(afd_cost(default_scenario(accelerators=["h800"])))


def test_draft_fields_change_the_cost_in_either_order() -> None:
    at = opened()
    at.sidebar.number_input(key="workload.draft_length").set_value(2).run()
    at.sidebar.number_input(key="workload.accepted_length").set_value(2.2).run()
    assert linked(at).workload == cm.Workload(context=8192, draft_length=2, accepted_length=2.2)
    assert headlines(at)["Cost with AFD"] == usd(afd_cost(linked(at)))


def test_edit_that_breaks_a_relation_changes_nothing() -> None:
    at = opened()
    before = headlines(at)
    at.sidebar.number_input(key="workload.accepted_length").set_value(3.0).run()
    assert "must not exceed draft_length" in texts(at)
    assert headlines(at) == before
    assert not at.exception


def test_a_refused_edit_is_applied_as_soon_as_it_fits() -> None:
    at = opened()
    at.sidebar.number_input(key="workload.accepted_length").set_value(2.0).run()
    at.sidebar.number_input(key="workload.draft_length").set_value(1).run()
    assert linked(at).workload == cm.Workload(context=8192, draft_length=1, accepted_length=2.0)
    assert "must not exceed" not in texts(at)


def test_each_headline_has_its_difference_to_the_preset() -> None:
    deltas = {metric.label: metric.delta for metric in opened("attention.0.heads=128").metric}
    assert deltas["Intensity"] == "+100.0\u00a0%"
    assert not deltas["KV per token"]
    assert not any(metric.delta for metric in opened().metric)
    for query in ("workload.context=32768", "accelerators.h20.usd_per_hour=0.5", "accelerators=h800"):
        assert next(metric.delta for metric in opened(query).metric if metric.label == "Cost with AFD"), query


def test_the_bound_is_said_in_plain_english() -> None:
    said = " ".join(text.value for text in opened("accelerators=h20").markdown)
    assert "On **H20** attention is **compute-bound**: it does 128 FLOPs per byte, the accelerator offers 74." in said


def shared(query: str) -> AppTest:
    """The page with its share dialog open."""
    at = opened(query)
    return at.button(key="share").click().run()


def test_the_page_offers_its_link_files_and_python() -> None:
    at = shared("attention.0.heads=96")
    code = "\n".join(block.value for block in at.code)
    assert "v=2&model=step-3&attention.0.heads=96" in code
    assert "cm.from_query(" in code


def test_the_python_of_the_share_menu_gives_the_headline(capsys: pytest.CaptureFixture[str]) -> None:
    at = shared("attention.0.heads=96&accelerators=h800,h20")
    python = next(block.value for block in at.code if "import costmodel" in block.value)
    exec(python, {})  # noqa: S102
    assert f"{afd_cost(linked(at)):.4f} USD per 1M tokens with AFD" in capsys.readouterr().out


def test_every_headline_can_be_explained() -> None:
    at = opened()
    for title in [each.title for each in cm.explain(default_scenario())]:
        at.button_group(key="why").set_value(title).run()
        assert not at.exception
        assert any("| Symbol |" in text.value for text in at.markdown)


def test_every_control_has_a_label_and_help() -> None:
    at = opened("model=llama-4-maverick")
    controls = [
        *at.selectbox, *at.select_slider, *at.number_input, *at.multiselect, *at.button_group, *at.button
    ]  # fmt: skip
    assert len(controls) > 40
    assert [control.key for control in controls if not control.label or not control.help] == []
