"""Differences of a scenario from its presets and the default question, and how each is undone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.differences import preset_values
from tests.costmodel.random_scenarios import scenarios

DEFAULT = cm.default_scenario()


def differing(scenario: cm.Scenario) -> dict[str, tuple[object, object]]:
    return {change.path: (change.before, change.value) for change in cm.changes(scenario)}


@pytest.mark.parametrize("name", cm.models())
def test_a_default_scenario_has_no_changes(name: str) -> None:
    assert cm.changes(cm.default_scenario(name)) == ()


def test_fields_of_every_part_are_changes_with_label_and_unit() -> None:
    edits = {
        "attention.0.heads": 96,
        "workload.context": 32768,
        "sla.tpot": 0.02,
        "accelerators.h20.usd_per_hour": 0.5,
    }
    found = {change.path: change for change in cm.changes(cm.update(DEFAULT, edits))}
    assert {path: change.value for path, change in found.items()} == edits
    assert [found[path].before for path in edits] == [64, 8192, 0.05, 0.8]
    assert [found[path].label for path in edits] == ["Query heads", "Context", "TPOT", "H20: Price"]
    assert [found[path].unit for path in edits] == ["heads", "tokens", "s", "USD/h"]
    assert [found[path].of_design for path in edits] == [True, False, False, False]


def test_fields_of_one_label_are_named_after_their_mechanism() -> None:
    edits = {"attention.0.compute_bits": 16, "ffn.0.compute_bits": 16, "ffn.1.compute_bits": 16}
    labels = [change.label for change in cm.changes(cm.update(DEFAULT, edits))]
    assert labels == ["MFA: Compute bits", "Dense: Compute bits", "Mixture of experts: Compute bits"]


def test_the_list_of_accelerators_is_one_change() -> None:
    h20, b200 = cm.load_accelerator("h20"), cm.load_accelerator("b200")
    own = cm.Accelerator.custom("mine", bf16_flops_per_second=1e15, bytes_per_second=1e12)
    scenario = DEFAULT.replace(accelerators=[h20.replace(usd_per_hour=0.5), b200, own])
    assert differing(scenario) == {
        "accelerators": (("h800", "h20", "a800", "910b"), ("h20", "b200", "mine")),
        "accelerators.h20.usd_per_hour": (0.8, 0.5),
    }
    undone, problems = cm.reset(scenario, "accelerators")
    assert problems == []
    assert differing(undone) == {"accelerators.h20.usd_per_hour": (0.8, 0.5)}


def test_settings_of_the_question_are_changes() -> None:
    scenario = DEFAULT.replace(rates="measured", attention_on="h20", objective="throughput", largest_pool=256)
    assert differing(scenario) == {
        "rates": ("ideal", "measured"),
        "attention_on": ("any", "h20"),
        "objective": ("usd", "throughput"),
        "largest_pool": (64, 256),
    }


def test_another_price_book_is_one_change() -> None:
    scenario = DEFAULT.replace(prices="spot")
    assert cm.value(scenario, "accelerators.h800.usd_per_hour") != cm.value(DEFAULT, "accelerators.h800.usd_per_hour")
    assert differing(scenario) == {"prices": ("preset", "spot")}
    assert cm.reset(scenario, "prices") == (DEFAULT, [])


def test_a_price_set_by_hand_goes_back_to_the_price_book() -> None:
    spot = DEFAULT.replace(prices="spot")
    edited = cm.update(spot, {"accelerators.h800.usd_per_hour": 0.5})
    assert set(differing(edited)) == {"prices", "accelerators.h800.usd_per_hour"}
    assert cm.reset(edited, "accelerators.h800.usd_per_hour") == (spot, [])


def test_a_reset_of_the_list_keeps_the_accelerator_of_a_pool() -> None:
    b200 = cm.load_accelerator("b200")
    scenario = DEFAULT.replace(accelerators=[*DEFAULT.accelerators, b200], ffn_on="b200")
    same, problems = cm.reset(scenario, "accelerators")
    assert same == scenario
    assert [problem.field for problem in problems] == ["accelerators"]
    assert "ffn_on must be any or an accelerator of the scenario" in problems[0].reason


def test_a_swapped_mechanism_is_one_change() -> None:
    swap = cm.swap_mechanism(DEFAULT, "attention", 0, "gqa")
    assert swap.problems == []
    assert differing(swap.scenario) == {"attention.0.kind": ("mfa", "gqa")}
    assert cm.reset(swap.scenario, "attention.0.kind") == (DEFAULT, [])


@pytest.mark.parametrize("name", cm.models())
@pytest.mark.parametrize("stack", ["attention", "ffn"])
def test_mechanisms_there_and_back_are_home(name: str, stack: str) -> None:
    default = cm.default_scenario(name)
    kinds = [kind.tag() for kind in cm.STACKS[stack]]
    for index, group in enumerate(getattr(default.model, stack)):
        scenario = default
        for kind in (*kinds, *reversed(kinds), group.tag()):
            swap = cm.swap_mechanism(scenario, stack, index, kind)
            assert swap.problems == []
            scenario = swap.scenario
        assert scenario == default


def test_changes_of_a_group_carry_over_a_swap_and_back() -> None:
    edited = cm.update(DEFAULT, {"attention.0.heads": 96, "attention.0.query_rank": 1024, "attention.0.head_dim": 128})
    swapped = cm.swap_mechanism(edited, "attention", 0, "gqa").scenario
    assert swapped.model.attention[0].heads == 96
    assert swapped.model.attention[0].head_dim == 128
    back = cm.swap_mechanism(swapped, "attention", 0, "mfa").scenario
    assert differing(back) == {"attention.0.heads": (64, 96), "attention.0.head_dim": (256, 128)}


def test_a_change_that_breaks_a_rule_after_a_swap_is_a_problem() -> None:
    qwen = cm.default_scenario("qwen3-235b-a22b")
    mla = cm.update(cm.swap_mechanism(qwen, "attention", 0, "mla").scenario, {"attention.0.heads": 99})
    swap = cm.swap_mechanism(mla, "attention", 0, "gqa")
    assert [problem.field for problem in swap.problems] == ["attention.0.heads"]
    assert "99 does not carry over; kv_heads must divide heads" in swap.problems[0].reason
    assert swap.scenario == qwen


def test_an_unknown_mechanism_or_change_is_refused() -> None:
    with pytest.raises(cm.UnknownNameError, match="known: gqa"):
        cm.swap_mechanism(DEFAULT, "attention", 0, "moe")
    with pytest.raises(cm.UnknownNameError):
        cm.reset(DEFAULT, "attention.0.heads")


def test_number_of_layer_groups_can_be_undone() -> None:
    model = DEFAULT.model
    scenario = DEFAULT.replace(model=model.replace(ffn=(model.ffn[0].replace(intermediate=99), *model.ffn[1:] * 2)))
    assert differing(scenario) == {
        "ffn.groups": (2, 3),
        "ffn.0.intermediate": (model.ffn[0].intermediate, 99),
    }
    undone, problems = cm.reset(scenario, "ffn.groups")
    assert problems == []
    assert differing(undone) == {"ffn.0.intermediate": (model.ffn[0].intermediate, 99)}


def test_a_reset_that_breaks_a_relation_is_a_problem() -> None:
    scenario = cm.update(DEFAULT, {"ffn.1.experts": 64, "ffn.1.top_k": 48})
    few = cm.update(scenario, {"ffn.1.experts": 400, "ffn.1.top_k": 300})
    same, problems = cm.reset(few, "ffn.1.experts")
    assert same == few
    assert [problem.field for problem in problems] == ["ffn.1.experts"]


def test_a_model_without_a_preset_has_no_changes_of_its_own() -> None:
    mine = DEFAULT.replace(model=DEFAULT.model.replace(id="mine", hidden=4096))
    assert cm.changes(mine) == ()


@settings(max_examples=60)
@given(scenarios(), st.randoms(use_true_random=False))
def test_undoing_every_change_in_any_order_leads_to_the_default(scenario: cm.Scenario, random: object) -> None:
    for _ in range(3):
        paths = [change.path for change in cm.changes(scenario)]
        random.shuffle(paths)  # type: ignore[attr-defined]
        for path in paths:
            if path in differing(scenario):
                scenario, _ = cm.reset(scenario, path)
    assert scenario == cm.default_scenario(scenario.model.id)


@settings(max_examples=60)
@given(scenarios())
def test_changes_and_preset_values_name_the_same_differences(scenario: cm.Scenario) -> None:
    now, before = cm.values(scenario), preset_values(scenario)
    paths = {path for path in now if now[path] != before[path]}
    assert paths == {change.path for change in cm.changes(scenario) if change.field is not None}


def test_a_placement_is_one_change_beside_its_fields() -> None:
    scenario = DEFAULT.replace(placement=cm.Placement(data_parallel=32, expert_parallel=32))
    assert differing(scenario) == {
        "placement": ("automatic", "given"),
        "placement.data_parallel": (1, 32),
        "placement.expert_parallel": (1, 32),
    }
    assert cm.reset(scenario, "placement") == (DEFAULT, [])
    undone, problems = cm.reset(scenario, "placement.expert_parallel")
    assert (undone.placement, problems) == (cm.Placement(data_parallel=32), [])
