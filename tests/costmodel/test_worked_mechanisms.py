"""Worked numbers of single layers: parameters, work and traffic of the mechanisms of published models."""

import pytest

import costmodel as cm
from costmodel.attention import Attention, Csa, RgLru, ShortConv
from costmodel.validation.paper import agrees
from tests.costmodel.counted_models import COUNTED, gqa, moe

H20, H800 = cm.load_accelerator("h20"), cm.load_accelerator("h800")


def group(name: str, place: int) -> Attention:
    """A group of a counted model, without the norm before the layer."""
    found = COUNTED[name][0].attention[place]
    return found.replace(norms=0)


def small(layer: Attention, hidden: int) -> float:
    return float(sum(layer.small_parameters(hidden)))


DSA = group("deepseek-v3.2", 0).replace(kv_bits=8, index_bits=8, accounting="exact")


@pytest.mark.parametrize(
    ("name", "place", "hidden", "linear", "whole"),
    [
        ("qwen3-next-80b", 0, 2048, 33_685_504, 33_718_464),
        ("qwen3-next-80b", 1, 2048, 27_262_976, 27_262_976 + 512),
        ("kimi-linear-48b", 0, 2304, 39_460_864, 39_514_272),
        ("nemotron-3-nano-30b", 0, 2688, 38_707_200, 38_742_208),
        ("jamba-1.5-mini", 0, 4096, 105_119_744, 105_308_448),
        ("deepseek-v4-flash", 0, 4096, 106_954_752, 106_956_352),
        ("deepseek-v4-flash", 1, 4096, 126_091_264, 126_098_624),
        ("deepseek-v4-flash", 2, 4096, 111_149_056, 111_216_704),
    ],
)
def test_parameters_of_a_layer(name: str, place: int, hidden: int, linear: int, whole: int) -> None:
    layer = group(name, place)
    assert layer.linear_parameters(hidden) == linear
    assert linear + small(layer, hidden) == whole


@pytest.mark.parametrize(
    ("name", "state", "columns"),
    [
        ("qwen3-next-80b", 2_097_152, 65_536),
        ("kimi-linear-48b", 2_097_152, 98_304),
        ("nemotron-3-nano-30b", 2_097_152, 49_152),
        ("jamba-1.5-mini", 524_288, 65_536),
    ],
)
def test_state_of_a_layer(name: str, state: int, columns: int) -> None:
    layer = group(name, 0)
    assert layer.state_bytes() == state + columns
    assert layer.kv_bytes(8192) == 2 * state + columns


def test_qwen3_next_reads_less_state_than_cache() -> None:
    model = COUNTED["qwen3-next-80b"][0]
    states = 36 * 2 * 32 * 128 * 128 * 4
    assert agrees(states / 2 / 1e6, "75.5")
    assert agrees(model.kv_bytes_per_sequence(8192) / 1e6, "201")
    work = model.decode_work(cm.Workload(context=8192))
    assert work.kv_bytes == states + 36 * 65_536 + model.kv_bytes_per_sequence(8192)


def test_recurrent_flops_per_state_element() -> None:
    assert group("qwen3-next-80b", 0).core_flops(1) == 7 * 32 * 128 * 128
    assert group("kimi-linear-48b", 0).core_flops(1) == 7 * 32 * 128 * 128
    assert group("nemotron-3-nano-30b", 0).core_flops(1) == 5 * 64 * 64 * 128
    assert group("jamba-1.5-mini", 0).core_flops(1) == 7 * 8192 * 16


def test_rg_lru_of_recurrentgemma_2b() -> None:
    layer = RgLru(layers=1, width=2560, blocks=10)
    assert layer.linear_parameters(2560) == 20_971_520
    assert layer.core_flops(1) == 4 * 2560
    assert layer.state_bytes() == 2560 * 4 + 2560 * 3 * 2


def test_short_convolution_keeps_its_inputs_only() -> None:
    layer = ShortConv(layers=1, width=2048, norms=0)
    assert layer.linear_parameters(2048) == 4 * 2048 * 2048
    assert layer.state_bytes() == layer.kv_bytes(1) == 2048 * 3 * 2
    assert layer.core_flops(1) == 2 * 3 * 2048
    assert small(layer, 2048) == 3 * 2048


def test_dsa_of_deepseek_v3_2_at_8k() -> None:
    mla = cm.Mla(**{name: getattr(DSA, name) for name in cm.Mla.quantities()})
    assert DSA.linear_parameters(7168) - mla.linear_parameters(7168) == 13_959_168
    assert small(DSA, 7168) - small(mla, 7168) == 256
    assert DSA.index_flops(1) == 16_512
    assert agrees(DSA.core_flops(8192), "5.70e8")
    assert agrees(DSA.index_flops(8192), "1.35e8")
    assert agrees(mla.core_flops(8192), "2.28e9")
    assert (DSA.kv_bytes(8192), DSA.index_bytes(8192), mla.kv_bytes(8192)) == (1_179_648, 1_048_576, 4_718_592)


def test_dsa_of_deepseek_v3_2_at_128k() -> None:
    mla = cm.Mla(**{name: getattr(DSA, name) for name in cm.Mla.quantities()})
    read = DSA.kv_bytes(131_072) + DSA.index_bytes(131_072)
    work = DSA.core_flops(131_072) + DSA.index_flops(131_072)
    assert agrees(read, "1.80e7")
    assert agrees(mla.kv_bytes(131_072) / read, "4.2")
    assert agrees(work, "2.73e9")
    assert agrees(mla.core_flops(131_072) / work, "13")


def test_drafts_of_dsa_read_their_own_choice() -> None:
    assert DSA.kv_bytes(131_072, 2) == 2 * DSA.kv_bytes(131_072)
    assert DSA.kv_bytes(3000, 2) == 3000 * 576
    assert DSA.index_bytes(131_072) == 131_072 * 128


def test_core_and_indexer_are_bound_apart() -> None:
    model = COUNTED["deepseek-v3.2"][0].replace(attention=(DSA.replace(norms=1),))
    work = cm.Workload(context=131_072)
    on_h800, on_h20 = (cm.attention_bound(model, accelerator, work) for accelerator in (H800, H20))
    assert on_h800.indexer is not None
    assert on_h20.indexer is not None
    assert on_h800.indexer.intensity == 129
    assert on_h800.indexer.memory
    assert not on_h20.indexer.memory
    assert not on_h20.memory
    assert on_h800.memory


def test_glm_5_2_shares_indexers() -> None:
    model = COUNTED["glm-5"][0]
    own = model.attention[0].replace(layers=21)
    shared = own.replace(layers=57, indexer="shared")
    model = model.replace(attention=(own, shared))
    assert model.parameters.total == 743_377_000_704
    assert model.kv_bytes_per_token == 95_232


def test_minimax_m3_core_and_indexer() -> None:
    full, sparse = COUNTED["minimax-m3"][0].attention
    assert full.core_flops(1) * 3 + (sparse.core_flops(1) + sparse.index_flops(1)) * 57 == 2_024_448
    assert sparse.index_flops(1) * 57 == 58_368
    assert sparse.read_tokens(131_072) == 2048


def test_deepseek_v4_flash_caches_a_ninth_of_v3() -> None:
    flash, v3 = COUNTED["deepseek-v4-flash"][0], COUNTED["deepseek-v3"][0]
    assert agrees(v3.kv_bytes_per_sequence(8192) / flash.kv_bytes_per_sequence(8192), "9.3")


def test_csa_reads_window_and_chosen_entries() -> None:
    layer = group("deepseek-v4-flash", 1)
    assert isinstance(layer, Csa)
    assert layer.read_tokens(8192) == 128 + 512
    assert layer.read_tokens(1024) == 128 + 256
    assert layer.indexed_tokens(8192) == 2048
    assert layer.kv_bytes(8192) == (128 + 512) * 512 * 2
    assert layer.core_flops(8192) / (layer.kv_bytes(8192) / 2) == 4 * 64


def test_hca_reads_window_and_all_entries() -> None:
    assert group("deepseek-v4-flash", 2).read_tokens(8192) == 128 + 64


def test_mimo_core_and_cache() -> None:
    full, window = COUNTED["mimo-v2-flash"][0].attention
    assert 9 * full.core_flops(1) == 368_640
    assert (full.kv_bytes(8192), window.stored_tokens(8192)) == (4 * 320 * 2 * 8192, 128)


def test_reusing_layers_of_gemma_3n_store_nothing() -> None:
    own = gqa(20, 8, 2, 256)
    reusing = own.replace(layers=15, kv_source="reused")
    assert reusing.linear_parameters(2048) == 2 * 4_194_304
    assert reusing.kv_bytes_per_token() == reusing.cache_bytes(8192) == 0
    assert reusing.kv_bytes(8192) == own.kv_bytes(8192)


def test_values_from_keys_save_their_projection() -> None:
    own = gqa(1, 16, 2, 512)
    projection, cache = (own.replace(value_source=source) for source in ("key_projection", "key_cache"))
    assert own.linear_parameters(2816) - projection.linear_parameters(2816) == 2816 * 2 * 512
    assert projection.kv_bytes(100) == own.kv_bytes(100) == 2 * cache.kv_bytes(100)
    assert cache.linear_parameters(2816) == projection.linear_parameters(2816)
    with pytest.raises(cm.DomainError, match="as wide as keys, got head_dim = 512, value_dim = 128"):
        projection.replace(value_dim=128)


@pytest.mark.parametrize(("gate", "more"), [("none", 0), ("full", 64 * 128), ("per_head", 64)])
def test_output_gates_add_projections_only(gate: str, more: int) -> None:
    plain, mla = gqa(1, 64, 8, 128), cm.Mla(layers=1, heads=64, kv_rank=512, rope_dim=64, nope_dim=128, value_dim=128)
    for base in (plain, mla):
        gated = base.replace(gate=gate)
        assert gated.linear_parameters(4096) - base.linear_parameters(4096) == 4096 * more
        assert gated.kv_bytes(8192) == base.kv_bytes(8192)
        assert gated.core_flops(8192) == base.core_flops(8192)


def test_latent_experts_of_nemotron_3_super() -> None:
    (layer,) = COUNTED["nemotron-3-super-120b"][0].ffn
    assert layer.experts * layer.expert_parameters(4096) == 2_818_572_288
    assert layer.active_parameters(4096) == 173_539_328
    assert layer.common_parameters(4096) == 8_388_608 + 44_040_192
    assert layer.wire_width(4096) == 1024
    whole = layer.replace(latent=None)
    assert whole.active_parameters(4096) - whole.common_parameters(4096) == 484_442_112


def test_identity_experts_of_longcat_make_a_range() -> None:
    model, counted = COUNTED["longcat-flash"]
    least, most = model.parameters.active_range
    assert agrees(model.parameters.active / 1e9, "27.15")
    expert = 28 * 3 * 6144 * 2048
    assert counted.active - least == expert * 8
    assert most - counted.active == expert * 4
    assert model.round_trips == 56


def test_shared_width_gate_and_bits() -> None:
    layer = moe(1, 60, 4, 1408, shared=1, shared_intermediate=5632, shared_gate="token", shared_weight_bits=16)
    assert layer.common_parameters(2048) == 3 * 2048 * 5632
    assert layer.router_parameters(2048) == 61 * 2048
    assert layer.sparsity() == (4 + 4) / 60
    assert layer.weight_bytes(2048) == 60 * 3 * 2048 * 1408 + 2 * 3 * 2048 * 5632


def test_per_layer_embeddings_are_stored_and_read_by_row() -> None:
    table = {"table_rows": 262_144, "table_width": 256, "table_projections": "gated"}
    plain, layer = cm.Dense(layers=35, intermediate=16_384), cm.Dense(layers=35, intermediate=16_384, **table)
    assert layer.table_parameters() == 262_144 * 256
    assert layer.active_parameters(2048) - plain.active_parameters(2048) == 3 * 2048 * 256
    assert layer.read_bytes(2048, 10) == layer.active_parameters(2048) + 10 * 512
    host = layer.replace(table_place="host")
    assert host.weight_bytes(2048) == layer.weight_bytes(2048) - 262_144 * 256 * 2
    model = cm.load_model("qwen3-32b").replace(ffn=(layer.replace(layers=64),))
    assert model.parameters.tables == 64 * 262_144 * 256
    assert model.parameters.total - model.parameters.tables == model.parameters.active + model.parameters.embedding
