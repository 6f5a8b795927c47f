"""The panel: depth, mechanisms, accelerators and units; and what it reports about each."""

import pytest
from streamlit.testing.v1 import AppTest

import costmodel as cm
from app.wording import usd
from costmodel import default_scenario
from tests.app.running import ONE_OF_EACH_STRUCTURE, afd_cost, headlines, linked, opened, texts


def choose(at: AppTest, path: str, kind: str) -> AppTest:
    """Another mechanism for a layer group."""
    return at.sidebar.selectbox(key=f"{path}.kind").set_value(kind).run()


def notes(at: AppTest) -> list[str]:
    """What the panel says of the last choice."""
    return [str(note.value) for note in at.sidebar.info]


def chips(at: AppTest) -> dict[str, str]:
    """Texts of the listed changes by key."""
    return {
        str(button.key).removeprefix("reset "): button.label.replace("\u2060", "").replace("\\", "")
        for button in at.button
        if str(button.key).startswith("reset ") and button.key != "reset all"
    }


@pytest.mark.parametrize("model", ONE_OF_EACH_STRUCTURE)
@pytest.mark.parametrize("more", [7, -1])
def test_layers_move_both_stacks(model: str, more: int) -> None:
    at = opened(f"model={model}")
    box = at.sidebar.number_input(key="layers")
    before = default_scenario(model).model
    box.set_value(box.value + more).run()
    after = linked(at).model
    assert after.layers == before.layers + more
    for stack in cm.STACKS:
        depths = [[group.layers for group in getattr(each, stack)] for each in (before, after)]
        moved = [index for index, (was, now) in enumerate(zip(*depths, strict=True)) if was != now]
        assert len(moved) == 1
        assert depths[0][moved[0]] == max(depths[0])
    assert not texts(at)
    at.sidebar.number_input(key="layers").set_value(int(before.layers)).run()
    assert linked(at) == default_scenario(model)


def test_layers_of_one_group_are_taken_from_the_main_one() -> None:
    at = opened()
    at.sidebar.number_input(key="ffn.0.layers").set_value(3).run()
    assert [group.layers for group in linked(at).model.ffn] == [3, 58]
    assert chips(at) == {"layers": "FFN layers 5, 56 \u2192 3, 58"}
    at.button(key="reset layers").click().run()
    assert linked(at) == default_scenario()


def test_layers_can_be_reset_at_once() -> None:
    at = opened("attention.0.layers=70&ffn.1.layers=65")
    assert chips(at) == {"layers": "Layers 61 \u2192 70"}
    at.button(key="reset layers").click().run()
    assert linked(at) == default_scenario()


def test_mechanism_there_and_back_is_the_preset() -> None:
    at = opened()
    for kind in ("gqa", "mla", "mfa"):
        choose(at, "attention.0", kind)
    assert linked(at) == default_scenario()
    assert chips(at) == {}
    assert notes(at) == ["MFA: as in Step-3, with the changes that carried over."]


def test_mechanism_and_back_keeps_the_number_of_layers() -> None:
    at = opened("attention.0.layers=70&ffn.1.layers=65")
    for kind in ("mla", "mfa"):
        choose(at, "attention.0", kind)
    assert linked(at) == cm.from_query("attention.0.layers=70&ffn.1.layers=65").scenario


def test_new_mechanism_keeps_what_carries_over() -> None:
    at = choose(opened("attention.0.heads=96"), "attention.0", "gqa")
    group = linked(at).model.attention[0]
    assert group == cm.Gqa(layers=61, heads=96, kv_heads=1, head_dim=256)
    assert notes(at)[0].startswith("GQA (MHA, MQA): chose kv heads 1; the rest carried over.")
    assert "attention.0.query_rank" not in {slider.key for slider in at.sidebar.select_slider}
    assert not at.exception


def test_dense_instead_of_experts_reports_the_parameters() -> None:
    at = choose(opened(), "ffn.1", "dense")
    assert linked(at).model.sparsity == 1
    assert "Parameters 316B \u2192 20.3B." in notes(at)[0]


def test_swapped_mechanism_is_a_change_with_a_reset() -> None:
    at = choose(opened("hidden=4096"), "ffn.1", "dense")
    assert chips(at) == {
        "ffn.1.kind": "FFN mechanism Mixture of experts \u2192 Dense",
        "hidden": "Hidden size 7,168 \u2192 4,096",
    }
    at.button(key="reset ffn.1.kind").click().run()
    assert linked(at) == cm.from_query("hidden=4096").scenario


@pytest.mark.parametrize(
    ("query", "key", "text"),
    [
        ("attention.0.heads=96", "attention.0.heads", "Query heads 64 \u2192 96"),
        (
            "model=llama-4-maverick&attention.1.heads=48",
            "attention.1.heads",
            "GQA (MHA, MQA): Query heads 40 \u2192 48",
        ),
        ("workload.context=32768", "workload.context", "Context 8K \u2192 32K"),
        ("sla.tpot=0.1", "sla.tpot", "TPOT 50\u00a0ms \u2192 100\u00a0ms"),
        ("accelerators.h20.usd_per_hour=0.5", "accelerators.h20.usd_per_hour", "H20: Price 0.8 \u2192 0.5\u00a0USD/h"),
        ("accelerators=h800,h20,910b,b200", "accelerators", "Accelerators + B200 SXM, \u2212 A800"),
        ("accelerators=h800,b200,h100,mi300x", "accelerators", "Accelerators: 3 added, 3 removed"),
        ("accelerators=h800,h20,a800,910b,b200,h100,h200,b300", "accelerators", "Accelerators: 4 added"),
    ],
)
def test_every_difference_is_a_change_with_a_reset(query: str, key: str, text: str) -> None:
    at = opened(f"{query}&ffn.0.intermediate=8192")
    assert chips(at)[key] == text
    at.button(key=f"reset {key}").click().run()
    model = linked(at).model.id
    assert linked(at) == cm.from_query(f"model={model}&ffn.0.intermediate=8192").scenario


@pytest.mark.parametrize(
    ("query", "path", "text"),
    [
        ("attention.0.heads=96", "attention.0.heads", "64"),
        ("workload.context=32768", "workload.context", "8K"),
        ("accelerators=h20&accelerators.h20.usd_per_hour=0.5", "accelerators.h20.usd_per_hour", "0.8"),
        ("accelerators=h800,h20", "accelerators", "H800, H20, A800, Ascend 910B"),
        ("attention.0.layers=70&ffn.1.layers=65", "layers", "61"),
        ("ffn.0.layers=3&ffn.1.layers=58", "ffn.0.layers", "5"),
        ("attention.0.kind=gqa", "attention.0.kind", "MFA"),
    ],
)
def test_changed_control_says_its_start_and_resets_it(query: str, path: str, text: str) -> None:
    at = opened(query)
    marks = {button.key: button for button in at.sidebar.button if str(button.key).startswith("changed ")}
    assert marks[f"changed {path}"].label == f"Changed from {text}"
    marks[f"changed {path}"].click().run()
    assert f"changed {path}" not in {button.key for button in at.sidebar.button}
    assert path not in chips(at)


def test_edited_control_is_marked_at_once() -> None:
    at = opened()
    assert not [button for button in at.sidebar.button if "Changed from" in button.label]
    at.sidebar.select_slider(key="attention.0.heads").set_value(96).run()
    assert at.sidebar.button(key="changed attention.0.heads").label == "Changed from 64"


def test_all_changes_are_reset_at_once() -> None:
    at = opened("attention.0.kind=gqa&hidden=4096&workload.context=32768&accelerators=h800,h20")
    at.button(key="reset all").click().run()
    assert linked(at) == default_scenario()
    assert "reset all" not in {button.key for button in at.button}


def test_plan_page_lists_changes_too() -> None:
    at = opened("accelerators.h20.usd_per_hour=0.5", page="views/plan.py")
    assert chips(at) == {"accelerators.h20.usd_per_hour": "H20: Price 0.8 \u2192 0.5\u00a0USD/h"}


def test_many_changes_are_counted() -> None:
    ids = cm.accelerators()
    prices = "&".join(f"accelerators.{each}.usd_per_hour=9" for each in ids)
    at = opened(f"accelerators={','.join(ids)}&{prices}")
    assert len(chips(at)) == 12
    assert any("more" in caption.value for caption in at.caption)


def test_labels_are_plain_names() -> None:
    at = opened("attention.0.heads=96")
    assert at.sidebar.select_slider(key="attention.0.heads").label == "Query heads"
    named = (*at.selectbox, *at.select_slider, *at.number_input, *at.button_group)
    assert not [each.label for each in named if set(each.label) & set("*\u25cf`:")]


def test_accelerators_are_left_out_and_added() -> None:
    at = opened()
    at.sidebar.button_group(key="accelerators").set_value(["h800", "h20"]).run()
    assert [each.id for each in linked(at).accelerators] == ["h800", "h20"]
    at.sidebar.selectbox(key="added accelerator").set_value("b200").run()
    assert [each.id for each in linked(at).accelerators] == ["h800", "h20", "b200"]
    assert at.sidebar.selectbox(key="added accelerator").value is None
    assert headlines(at)["Cost with AFD"] == usd(afd_cost(linked(at)))


def test_last_accelerator_stays_and_says_so() -> None:
    at = opened("accelerators=h20")
    at.sidebar.button_group(key="accelerators").set_value([]).run()
    assert [each.id for each in linked(at).accelerators] == ["h20"]
    assert any("At least one accelerator stays" in each.value for each in at.warning)
    assert at.sidebar.button_group(key="accelerators").value == ["h20"]
    at.run()
    assert not at.warning


@pytest.mark.parametrize(
    ("typed", "seconds", "noted"), [(50.0, 0.05, False), (2.0, 0.002, True), (50_000.0, 50.0, True)]
)
def test_tpot_is_typed_in_milliseconds(typed: float, seconds: float, noted: bool) -> None:
    at = opened(page="views/plan.py")
    box = at.sidebar.number_input(key="sla.tpot")
    assert (box.label, box.value) == ("TPOT (ms)", 50)
    box.set_value(typed).run()
    assert linked(at).sla.tpot == pytest.approx(seconds)
    said = "is unusual: deployments aim at 5\u00a0ms to 500\u00a0ms"
    shown = [each.value.replace("\\", "") for each in at.caption]
    # In the panel, and on the page: a phone's panel is closed.
    assert sum(said in each for each in shown) == 2 * noted


@pytest.mark.parametrize("view", ["views/explore.py", "views/plan.py"])
def test_estimated_price_is_named_where_it_decides(view: str) -> None:
    said = "The price of Ascend 910B is an estimate"
    for query, named in {
        "accelerators=910b": True,
        "accelerators=910b&accelerators.910b.usd_per_hour=5.34": False,
        "accelerators=h800": False,
        # Not the best one, but its place in the ranking is by an estimate.
        "accelerators=h800,910b": True,
    }.items():
        at = opened(query, page=view)
        assert any(said in each.value for each in at.caption) == named, query


def test_price_that_survives_another_model_is_listed() -> None:
    at = opened("accelerators.h20.usd_per_hour=0.5")
    at.sidebar.selectbox(key="model").set_value("deepseek-v3").run()
    assert list(chips(at)) == ["accelerators.h20.usd_per_hour"]
    assert "Kept: H20: Price 0.8" in notes(at)[0].replace("\\", "")


def test_ninth_pin_names_the_one_that_gives_way() -> None:
    designs = "|".join(f"model=step-3%26attention.0.heads={heads}" for heads in range(65, 73))
    at = opened(f"attention.0.heads=96&designs={designs}")
    next(button for button in at.button if button.label == "Pin").click().run()
    said = next(each.value for each in at.info if "is on the Compare page" in each.value)
    assert "The oldest, Step-3 \\(heads 65\\), gave way" in said.replace("(", "\\(").replace(")", "\\)")
    at.run()
    assert not [each for each in at.info if "Compare page" in each.value]


@pytest.mark.parametrize("page", ["views/explore.py", "views/plan.py", "views/compare.py"])
def test_pages_name_accelerators_that_compute_in_int8(page: str) -> None:
    of = "accelerators.a800-datasheet"
    at = opened(f"accelerators=a800-datasheet&{of}.usd_per_hour=1&{of}.eight_bit=int8", page=page)
    assert not at.exception
    assert any("computes 8-bit work in INT8" in each.value for each in at.caption)
