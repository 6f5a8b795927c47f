"""AFD stages with measured kernels: the paper's measured cycle, the search, and its laws."""

import numpy as np
import pytest

import costmodel as cm
from costmodel.planner.kernel_timing import KernelTimer
from costmodel.planner.pair_plans import pair_plan
from costmodel.planner.stages import AttentionStage
from tests.costmodel.mechanism_rows import ATTENTION_ROWS

H800, H20 = cm.load_accelerator("h800"), cm.load_accelerator("h20")
RATES = {"h800": cm.load_rates("h800"), "h20": cm.load_rates("h20")}
STEP3 = cm.load_model("step-3")
AT_8K = cm.Workload(context=8192)


def in_bits(bits):
    return STEP3.replace(attention=tuple(group.replace(kv_bits=bits, compute_bits=bits) for group in STEP3.attention))


def deployed(bits, context, attention_servers, micro_batch=2048, **more):
    return cm.deployment(
        in_bits(bits),
        attention_on=H800,
        ffn_on=H800,
        attention_servers=attention_servers,
        ffn_servers=2,
        micro_batch=micro_batch,
        workload=cm.Workload(context=context),
        rates=RATES,
        **more,
    )


@pytest.mark.parametrize(
    ("bits", "context", "attention_servers", "micro_batch", "measured"),
    [(16, 4096, 3, 2016, 3321), (8, 4096, 2, 2048, 4039), (8, 8192, 4, 2048, 2643)],
)
def test_the_ffn_stage_explains_the_measured_cycle(bits, context, attention_servers, micro_batch, measured):
    plan = deployed(bits, context, attention_servers, micro_batch)
    cycle = micro_batch / (measured * plan.accelerator_count) / 61
    assert plan.stage_seconds.ffn == pytest.approx(cycle, rel=0.1)


def test_time_per_token_is_the_pipeline_and_the_step_overhead():
    plan = deployed(8, 4096, 2)
    assert plan.tpot == pytest.approx(61 * 3 * plan.stage_seconds.cycle + 1.5e-3)
    assert plan.budget_seconds == pytest.approx((0.05 - 1.5e-3) / 3 / 61)


def test_a_transfer_costs_its_bytes_and_two_latencies():
    plan = deployed(8, 4096, 2)
    assert plan.stage_seconds.network == pytest.approx(3 * 7168 * 2048 / (0.82 * 4e11) + 2 * 20e-6)


def test_the_search_finds_the_largest_batch_that_fits():
    best = pair_plan(STEP3, attention_on=H20, ffn_on=H800, workload=AT_8K, rates=RATES)
    assert best.feasible

    def at(batch):
        return cm.deployment(
            STEP3,
            attention_on=H20,
            ffn_on=H800,
            attention_servers=best.attention_servers,
            ffn_servers=best.ffn_servers,
            micro_batch=batch * best.attention_accelerators,
            workload=AT_8K,
            rates=RATES,
        )

    assert at(best.batch).feasible
    assert not at(best.batch + 1).feasible


def test_no_other_count_of_servers_is_cheaper():
    best = pair_plan(
        STEP3,
        attention_on=H20,
        ffn_on=H800,
        workload=AT_8K,
        rates=RATES,
        largest_pool=6,
    )
    others = [
        cm.deployment(
            STEP3,
            attention_on=H20,
            ffn_on=H800,
            attention_servers=attention,
            ffn_servers=ffn,
            micro_batch=batch * attention * 8,
            workload=AT_8K,
            rates=RATES,
        )
        for attention in range(1, 7)
        for ffn in range(1, 7)
        for batch in (1, best.batch // 2, best.batch, best.batch + 1, 2 * best.batch)
    ]
    assert best.usd_per_million_tokens == min(each.usd_per_million_tokens for each in others if each.feasible)


def test_an_overhead_beyond_the_sla_leaves_no_plan():
    refused = pair_plan(STEP3, attention_on=H800, ffn_on=H800, workload=AT_8K, rates=RATES, sla=cm.Sla(tpot=1e-3))
    assert not refused.feasible
    slower = next(remedy for remedy in refused.remedies if remedy.field == "sla.tpot")
    helped = pair_plan(
        STEP3, attention_on=H800, ffn_on=H800, workload=AT_8K, rates=RATES, sla=cm.Sla(tpot=slower.value)
    )
    assert helped.feasible


def test_the_timeline_keeps_the_pace_of_the_plan():
    plan = deployed(8, 4096, 2)
    assert cm.timeline(plan).tpot == pytest.approx(plan.tpot)


def test_kernels_are_never_faster_than_ideal_rates():
    measured = deployed(8, 4096, 2).stage_seconds
    ideal = cm.deployment(
        in_bits(8),
        attention_on=H800,
        ffn_on=H800,
        attention_servers=2,
        ffn_servers=2,
        micro_batch=2048,
        workload=cm.Workload(context=4096),
    ).stage_seconds
    for stage in ("attention", "network", "ffn"):
        assert getattr(measured, stage) > getattr(ideal, stage)


def key(row):
    return row.afd, row.attention_on.id, row.ffn_on.id


def test_a_scenario_at_kernel_rates_ranks_every_accelerator():
    scenario = cm.default_scenario()
    ideal = {key(row): row.deployment.usd_per_million_tokens for row in cm.plans(scenario)}
    rows = cm.plans(scenario.replace(rates="kernels"))
    assert len(rows) == len(ideal)
    for row in rows:
        assert row.rank
        assert row.deployment.usd_per_million_tokens > ideal[key(row)]


def test_plans_name_borrowed_kernels_and_widen_their_band():
    scenario = cm.default_scenario().replace(rates="kernels", attention_on="910b", ffn_on="h800")
    (row,) = [row for row in cm.plans(scenario) if row.afd]
    assert "borrowed kernels: 16-bit GQA core on Ascend 910B (H100 SXM)" in row.plan.notes
    assert not any("H800" in note for note in row.plan.notes)
    assert row.plan.band[0] < 0.8
    assert row.plan.band[1] > 1.3


def test_plans_at_ideal_rates_have_neither_notes_nor_band():
    plan = cm.plan(cm.default_scenario())
    assert plan.notes == ()
    assert plan.band is None


def test_unequal_step_overheads_hold_both_pools_to_the_slower():
    slow = RATES["h20"].replace(step_seconds=5e-3)
    plan = pair_plan(STEP3, attention_on=H20, ffn_on=H800, workload=AT_8K, rates={**RATES, "h20": slow})
    assert plan.feasible
    assert plan.tpot == pytest.approx(61 * 3 * plan.stage_seconds.cycle + 5e-3)
    assert plan.tpot <= 0.05


def layer_of(plan_model, context=AT_8K):
    return AttentionStage(plan_model, H800, context, cm.Sla(), RATES["h800"]).layers[0]


@pytest.mark.parametrize("kind", ["gqa", "dsa"])
def test_equal_contexts_take_the_time_of_a_batch(kind):
    (group,) = [each for each in ATTENTION_ROWS if each.kind == kind][:1]
    layer = layer_of(STEP3.replace(attention=(group.replace(layers=61),)))
    alike = layer.mixed_seconds(np.full(64, 8192))
    assert alike == pytest.approx(layer.seconds(64))
    longer = layer.mixed_seconds(np.full((2, 64), [[8192], [32_768]]))
    assert longer[0] == pytest.approx(alike)
    assert longer[1] > alike


def test_mixers_of_one_round_trip_are_read_one_after_another():
    softmax, ffn = STEP3.attention[0], STEP3.ffn[1]
    both = STEP3.replace(
        attention=(softmax.replace(layers=30), softmax.replace(layers=30)), ffn=(ffn.replace(layers=30),)
    )
    contexts = np.full(64, 8192)
    assert layer_of(both).mixed_seconds(contexts) == pytest.approx(2 * layer_of(STEP3).mixed_seconds(contexts))


def test_one_accelerator_per_server_has_no_exchange_inside_it():
    alone = H800.replace(accelerators_per_server=1)
    stage = AttentionStage(STEP3, alone, AT_8K, cm.Sla(), RATES["h800"])
    assert stage.layers[0].exchange(128) == 0
    assert layer_of(STEP3).exchange(128) > 20e-6


def test_shares_of_peak_have_no_links():
    with pytest.raises(cm.DomainError, match=r"rates\.links: Ideal rates has no links"):
        _ = KernelTimer(H800, cm.IDEAL, 7168).links
