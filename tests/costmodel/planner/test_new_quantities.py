"""New quantities in plans: states in memory, latent widths on the network, streams, tables, indexers."""

import math

import pytest

import costmodel as cm
from costmodel.evaluation import Evaluation
from costmodel.metrics import METRICS
from costmodel.planner.timing import core_seconds
from tests.costmodel.counted_models import COUNTED

H20, H800 = cm.load_accelerator("h20"), cm.load_accelerator("h800")
WORKLOAD = cm.Workload(context=8192)
SUPER = COUNTED["nemotron-3-super-120b"][0]


def plan(model: cm.Model) -> cm.Plan:
    return cm.pair_plan(model, attention_on=H20, ffn_on=H800, workload=WORKLOAD)


def test_memory_of_a_hybrid_holds_cache_and_states() -> None:
    found = plan(SUPER)
    resident = found.sla.stages * found.batch
    assert found.memory.attention.kv == resident * (67_108_864 + 171_048_960)


def test_the_network_carries_the_latent_width() -> None:
    found = plan(SUPER)
    pipeline = found.pipeline
    whole = plan(SUPER.replace(ffn=(SUPER.ffn[0].replace(latent=None),))).pipeline
    assert whole.network_seconds_per_request(1, 1) == pytest.approx(4 * pipeline.network_seconds_per_request(1, 1))


def test_the_network_floor_is_that_of_the_latent_width() -> None:
    floor = cm.plan(cm.Scenario(model=SUPER, accelerators=["h800"], workload=WORKLOAD)).network_floor
    of = {"hidden": 1024, "layers": 40, "tpot": 0.05}
    assert floor.sparsity.minimum == cm.minimum_sparsity(H800, **of)


def test_colocated_experts_get_the_latent_width() -> None:
    wide = SUPER.replace(ffn=(SUPER.ffn[0].replace(latent=None, intermediate=672),))
    latent, whole = (cm.colocated(model, H800, workload=WORKLOAD, servers=8) for model in (SUPER, wide))
    assert latent.network_seconds < whole.network_seconds


def test_streams_stay_on_the_attention_side() -> None:
    flash = COUNTED["deepseek-v4-flash"][0]
    four, one = (plan(flash.replace(streams=streams)).pipeline for streams in (4, 1))
    assert four.attention.activation_bytes - one.attention.activation_bytes == 3 * 2 * 4096
    assert four.network_seconds_per_request(1, 1) == one.network_seconds_per_request(1, 1)


def test_tables_take_ffn_memory_unless_in_the_host() -> None:
    base = cm.load_model("qwen3-32b")
    table = {"table_rows": 100_000, "table_width": 256}
    ours, host = (
        base.replace(ffn=(base.ffn[0].replace(**table, table_place=place),)) for place in ("accelerator", "host")
    )
    assert ours.ffn_weight_bytes - base.ffn_weight_bytes == 64 * 100_000 * 256 * 2
    assert host.ffn_weight_bytes == base.ffn_weight_bytes


def test_an_indexer_takes_time_besides_the_core() -> None:
    group = COUNTED["deepseek-v3.2"][0].attention[0]
    shared = group.replace(indexer="shared")
    on = {"positions": 1, "accelerator": H800, "rates": cm.IDEAL}
    reading = group.index_bytes(8192) / H800.bytes_per_second
    assert core_seconds(group, 8192, **on) - core_seconds(shared, 8192, **on) == pytest.approx(reading)


@pytest.mark.parametrize("name", COUNTED)
def test_every_counted_model_is_planned(name: str) -> None:
    model = COUNTED[name][0]
    found = cm.plan(cm.Scenario(model=model, accelerators=["h20", "h800"], workload=WORKLOAD, largest_pool=16))
    assert found.tpot > 0
    assert sum(group.layers for group in found.attention_groups) == model.round_trips
    assert sum(group.layers for group in found.ffn_groups) == model.round_trips
    assert 0 <= found.bubble_share < 1


@pytest.mark.parametrize("name", COUNTED)
def test_every_counted_model_is_explained(name: str) -> None:
    model = COUNTED[name][0]
    scenario = cm.Scenario(model=model, accelerators=["h20-datasheet", "h200"], workload=WORKLOAD)
    scenario = cm.update(scenario, {f"accelerators.{each.id}.usd_per_hour": 1.0 for each in scenario.accelerators})
    terms = {term.symbol: term.value for each in cm.explain(scenario) for term in each.terms}
    assert terms["per sequence"] == model.kv_bytes_per_sequence(8192)
    assert terms["states"] == model.state_bytes_per_sequence
    assert (terms["state"], terms["total"]) == (model.parameters.state, model.parameters.total)
    run = Evaluation(scenario)
    for metric in METRICS.values():
        assert math.isfinite(float(metric.value(run))), metric.name


def test_new_fields_are_axes() -> None:
    model = COUNTED["deepseek-v3.2"][0]
    scenario = cm.Scenario(model=model, accelerators=["h20", "h800"], workload=WORKLOAD)
    swept = cm.sweep(scenario, {"attention.0.index_top_k": [512, 2048, 8192]})
    assert swept["kv_bytes"].values.tolist() == [61 * 2 * 576 * chosen for chosen in (512, 2048, 8192)]
    assert float(swept["kv_bytes_per_sequence"]) == 703_594_496
