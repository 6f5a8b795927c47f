"""Costs: parts and totals, AFD against one kind of accelerator, and what binds attention."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.cost import attention_seconds, ffn_seconds
from costmodel.validation.paper import ACCELERATORS

ACCELERATORS = [cm.load_accelerator(name) for name in ACCELERATORS]
BY_ID = {accelerator.id: accelerator for accelerator in ACCELERATORS}
WORKLOAD = cm.Workload(context=8192)
PRICED = [
    accelerator for accelerator in map(cm.load_accelerator, cm.accelerators()) if not accelerator.unranked(4, 8, 16)
]

models = st.sampled_from(cm.models()).map(cm.load_model)
accelerators = st.sampled_from(PRICED)
contexts = st.integers(1, 1_000_000)


@given(model=models, attention_on=accelerators, ffn_on=accelerators, context=contexts)
def test_the_parts_of_a_cost_sum_to_its_total(
    model: cm.Model, attention_on: cm.Accelerator, ffn_on: cm.Accelerator, context: int
) -> None:
    cost = cm.decode_cost(model, attention_on=attention_on, ffn_on=ffn_on, workload=cm.Workload(context=context))
    assert cost.attention == cost.memory + cost.core + cost.linear
    assert cost.total == cost.attention + cost.ffn
    assert min(cost.linear, cost.ffn) > 0
    assert cost.memory + cost.core > 0


@given(model=models, accelerator=accelerators, context=contexts, factor=st.floats(0.01, 100))
def test_a_price_times_k_is_a_cost_times_k(
    model: cm.Model, accelerator: cm.Accelerator, context: int, factor: float
) -> None:
    workload = cm.Workload(context=context)
    dearer = accelerator.replace(usd_per_hour=accelerator.usd_per_hour * factor)
    before = cm.decode_cost(model, attention_on=accelerator, ffn_on=accelerator, workload=workload)
    after = cm.decode_cost(model, attention_on=dearer, ffn_on=dearer, workload=workload)
    for part in ("memory", "core", "linear", "ffn", "attention", "total"):
        assert getattr(after, part) == pytest.approx(getattr(before, part) * factor, rel=1e-12)


@given(model=models, accelerator=accelerators, shorter=contexts, longer=contexts)
def test_attention_cost_grows_with_context_and_ffn_does_not(
    model: cm.Model, accelerator: cm.Accelerator, shorter: int, longer: int
) -> None:
    near, far = (
        cm.decode_cost(model, attention_on=accelerator, ffn_on=accelerator, workload=cm.Workload(context=context))
        for context in sorted((shorter, longer))
    )
    assert near.total <= far.total
    assert near.linear == far.linear
    assert near.ffn == far.ffn


@given(
    model=models,
    chosen=st.lists(accelerators, min_size=1, max_size=6, unique_by=lambda accelerator: accelerator.id),
    context=contexts,
)
def test_afd_costs_at_most_any_single_accelerator_or_pair(
    model: cm.Model, chosen: list[cm.Accelerator], context: int
) -> None:
    workload = cm.Workload(context=context)
    best = cm.cheapest(cm.Scenario(model=model, accelerators=chosen, workload=workload))
    assert set(best.alone) == {accelerator.id for accelerator in chosen}
    assert best.pair.total <= best.single.total == min(cost.total for cost in best.alone.values())
    for attention_on, ffn_on in product(chosen, chosen):
        pair = cm.decode_cost(model, attention_on=attention_on, ffn_on=ffn_on, workload=workload)
        assert best.pair.total <= pair.total


def test_the_cheapest_pair_names_where_each_part_is_paid() -> None:
    best = cm.cheapest(cm.Scenario(model=cm.load_model("step-3"), accelerators=ACCELERATORS, workload=WORKLOAD))
    assert (best.pair.attention_on, best.pair.ffn_on) == (BY_ID["h20"], BY_ID["h800"])


def test_the_first_listed_accelerator_wins_a_tie() -> None:
    twins = [BY_ID["h20"].replace(id="first"), BY_ID["h20"].replace(id="second")]
    best = cm.cheapest(cm.Scenario(model=cm.load_model("step-3"), accelerators=twins, workload=WORKLOAD))
    assert (best.pair.attention_on.id, best.pair.ffn_on.id, best.single.attention_on.id) == ("first", "first", "first")


@given(model=models, accelerator=accelerators, context=contexts)
def test_layer_group_pays_the_larger_of_memory_and_core(
    model: cm.Model, accelerator: cm.Accelerator, context: int
) -> None:
    work = model.decode_work(cm.Workload(context=context))
    for group in work.attention:
        core = replace(group, indexer=None)
        seconds = attention_seconds(cm.DecodeWork((core,), ()), accelerator)
        reading = group.kv_bytes / accelerator.bytes_per_second
        computing = group.core_flops / accelerator.flops_per_second(group.compute_bits)
        assert seconds.memory + seconds.core == max(reading, computing)
        assert min(seconds.memory, seconds.core) == 0


@pytest.mark.parametrize("name", cm.models(cm.PAPER_COLLECTION))
@pytest.mark.parametrize("accelerator", ACCELERATORS, ids=lambda accelerator: accelerator.id)
@pytest.mark.parametrize("context", [8192, 32768])
def test_group_bounds_equal_total_bounds_for_paper_models(name: str, accelerator: cm.Accelerator, context: int) -> None:
    work = cm.load_model(name).decode_work(cm.Workload(context=context))
    by_groups = attention_seconds(work, accelerator)
    by_totals = max(work.kv_bytes / accelerator.bytes_per_second, work.core_flops / accelerator.flops_per_second(8))
    assert by_groups.memory + by_groups.core == pytest.approx(by_totals, rel=1e-12)


@pytest.mark.parametrize(
    ("model", "accelerator", "memory"),
    [
        ("step-3", "h800", True),
        ("step-3", "h20", False),
        ("step-3", "910b", True),
        ("deepseek-v3", "h800", True),
        ("deepseek-v3", "h20", False),
        ("deepseek-v3", "a800", False),
        ("qwen3-235b-a22b", "h20", True),
    ],
)
def test_attention_below_the_ridge_is_memory_bound(model: str, accelerator: str, memory: bool) -> None:
    bound = cm.attention_bound(cm.load_model(model), BY_ID[accelerator], WORKLOAD)
    assert bool(bound.memory) is memory
    assert (bound.intensity < bound.ridge) is memory
    assert bound.ridge == pytest.approx(BY_ID[accelerator].ridge(), rel=1e-12)


def test_what_binds_attention_is_known_without_a_price() -> None:
    assert cm.attention_bound(cm.load_model("step-3"), cm.load_accelerator("910c"), WORKLOAD).memory


@given(model=st.sampled_from([cm.load_model(name) for name in cm.models("step-3-paper")]), accelerator=accelerators)
def test_training_is_charged_three_times_the_flops_of_decoding(model: cm.Model, accelerator: cm.Accelerator) -> None:
    work = model.decode_work(WORKLOAD)
    expected = 3 * work.flops * cm.usd_per_flop(accelerator) * 1e6
    assert cm.training_cost(model, accelerator, WORKLOAD) == pytest.approx(expected, rel=1e-12)


def test_work_computed_in_16_bits_is_charged_at_the_16_bit_rate() -> None:
    model = cm.load_model("qwen3-32b")
    wide = model.replace(ffn=[group.replace(compute_bits=16) for group in model.ffn])
    accelerator = BY_ID["h800"]
    ratio = accelerator.flops_per_second(8) / accelerator.flops_per_second(16)
    narrow_seconds = ffn_seconds(model.decode_work(WORKLOAD), accelerator)
    assert ffn_seconds(wide.decode_work(WORKLOAD), accelerator) == pytest.approx(ratio * narrow_seconds, rel=1e-12)


def test_an_empty_choice_of_accelerators_is_refused() -> None:
    with pytest.raises(cm.DomainError, match="accelerators must be 1 to 24"):
        cm.cheapest(cm.Scenario(model=cm.load_model("step-3"), accelerators=[], workload=WORKLOAD))
