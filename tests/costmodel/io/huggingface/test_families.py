"""What each family reads in its own way: patterns of layers, switches, and what it refuses."""

from collections.abc import Callable
from typing import Any

import pytest

import costmodel as cm

Changed = Callable[[str, dict[str, Any]], dict[str, Any]]
Refusal = Callable[[Any], str]
DROPPED = "dropped"
M3 = "sparse_attention_config"
G4 = S7 = "text_config"
PER_LAYER = {f"{G4}.hidden_size_per_layer_input": 256, f"{G4}.vocab_size_per_layer_input": 262144}
SLIDING_96 = {str(layer): {"num_attention_heads": 96} for layer in range(45) if layer % 4}
ENUM_DROPPED = {f"{S7}.moe_layers_enum": DROPPED}

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("falcon-7b-defaults", {"num_attention_heads": 70}, "must divide hidden_size 4544"),
    ("falcon-7b-defaults", {"bias": True}, "biases in this family are not known"),
    ("falcon-7b-defaults", {"new_decoder_architecture": True}, "num_kv_heads: missing"),
    ("gemma2-27b", {"sliding_window_size": DROPPED}, "sliding_window: missing, attention.window is not known"),
    ("gemma2-27b", {"layer_types": ["full_attention"] * 46}, "another layer pattern than the rest"),
    ("gemma2-27b", {"head_dim": DROPPED}, "this family does not derive it from hidden_size"),
    ("gemma3-27b", {"text_config.sliding_window_pattern": DROPPED}, "which layers slide is not known"),
    ("gemma3-27b", {"text_config.layer_types": ["full_attention"] * 62}, "another layer pattern"),
    ("gemma3-27b", {"text_config.sliding_window": DROPPED}, "attention.window is not known"),
    ("olmo3-1-32b", {"layer_types": DROPPED}, "missing: which layers slide is not known"),
    ("olmo3-1-32b", {"layer_types": "full_attention"}, "must be a list of names"),
    ("olmo3-1-32b", {"layer_types": ["mamba"] * 64}, "mamba is not known in this family"),
    ("olmo3-1-32b", {"layer_types": ["full_attention"] * 66}, "66 entries for 64 layers"),
    ("qwen3-8b", {"use_sliding_window": True}, "sliding_window: missing"),
    ("qwen3-moe-30b", {"decoder_sparse_step": DROPPED}, "decoder_sparse_step: missing"),
    ("qwen3-moe-30b", {"mlp_only_layers": [48]}, "must name layers from 0 to 47"),
    ("qwen3-moe-30b", {"mlp_only_layers": "0,1"}, "must be a list of whole numbers"),
    ("qwen3-moe-30b", {"shared_expert_intermediate_size": 512}, "which has no shared expert"),
    ("qwen3-moe-30b", {"num_experts_per_tok": 129}, "more than the 128 experts"),
    ("glm-4-5", {"sliding_window": 1024}, "a window in this family is not known"),
    ("glm-4-5", {"first_k_dense_replace": 93}, "more than the 92 layers"),
    ("glm-4-5", {"first_k_dense_replace": DROPPED}, "first_k_dense_replace: missing"),
    ("glm-4-5", {"mlp_layer_types": ["sparse"] * 92}, "disagrees with first_k_dense_replace"),
    ("glm-4-5", {"n_group": 8}, "topk_group: missing"),
    ("minimax-m2-5", {"qk_norm_type": "per_head"}, "must be per_layer in this family"),
    ("minimax-m2-5", {"qk_norm_type": 1}, "must be text"),
    ("minimax-m2-5", {"attn_type_list": [1, 0] * 31}, "must be 1 for each layer in this family"),
    ("minimax-m2-5", {"shared_intermediate_size": 1024}, "a shared expert in this family is not known"),
    ("gpt-oss-20b", {"layer_types": DROPPED}, "missing: which layers slide is not known"),
    ("ernie4-5-300b-a47b", {"moe_num_experts": DROPPED}, "an ERNIE without experts is an encoder"),
    ("ernie4-5-300b-a47b", {"remove_tail_layer": 56}, "leaves no layer of 56"),
    ("ernie4-5-300b-a47b", {"use_bias": True}, "biases of experts in this family are not known"),
    ("ernie4-5-300b-a47b", {"moe_layer_start_index": 54}, "experts in layers 54 to 53 of 54"),
    ("ernie4-5-300b-a47b", {"moe_layer_end_index": 54}, "experts in layers 3 to 54 of 54"),
    ("pangu-pro-moe-72b", {"shared_expert_intermediate_size": 1}, "num_shared_experts x moe_intermediate_size"),
    ("llama4-scout", {"no_rope_layers": [1]}, "must be 0 or 1 for each of 48 layers"),
    ("llama4-scout", {"layer_types": ["full_attention"] * 48}, "another layer pattern"),
    ("llama4-maverick", {"moe_layers": [1, 2]}, "moe_layers"),
    ("minimax-m1", {"attn_type_list": [0, 2] * 40}, "must be 0 or 1 for each of 80 layers"),
    ("mimo-v2-flash", {"hybrid_layer_pattern": [1]}, "must be 0 or 1 for each of 48 layers"),
    ("mimo-v2-flash", {"sliding_window": 256}, "attention_chunk_size: 128: disagrees with sliding_window"),
    ("qwen3-next-80b", {"full_attention_interval": DROPPED}, "which layers are linear is not known"),
    ("qwen3-next-80b", {"layer_types": ["full_attention"] * 48}, "another layer pattern"),
    ("qwen3-5-397b", {"text_config.mlp_only_layers": [1]}, "not used by this family"),
    ("kimi-linear-48b", {"linear_attn_config": DROPPED}, "which layers are linear is not known"),
    ("kimi-linear-48b", {"linear_attn_config.kda_layers": [1, 2]}, "must name each layer from 1 to 27 once"),
    ("kimi-linear-48b", {"linear_attn_config.num_heads": DROPPED}, "num_heads: missing"),
    ("kimi-linear-48b", {"linear_attn_config.gate_rank": 4}, "linear_attn_config.gate_rank: 4: unknown key"),
    ("kimi-linear-48b-defaults", {"mlp_layer_types": ["dense"]}, "must name dense or sparse for each of"),
    ("kimi-linear-48b-defaults", {"layer_types": DROPPED}, "which layers are linear is not known"),
    ("deepseek-v3", {"kv_lora_rank": 0}, "attention.kv_rank must be at least 1"),
    ("deepseek-v3", {"q_lora_rank": DROPPED}, "q_lora_rank: missing"),
    ("deepseek-v3", {"attention_bias": True}, "biases of MLA projections are not modelled"),
    ("deepseek-v3", {"qk_head_dim": 256}, "disagrees with qk_nope_head_dim + qk_rope_head_dim"),
    ("deepseek-v3", {"moe_layer_freq": 10**11}, "must be a whole number"),
    ("deepseek-v3-2-dsa", {"index_topk": DROPPED}, "index_topk: missing"),
    ("glm-5", {"indexer_types": ["full"]}, "must name full or shared for each of 78 layers"),
    ("step3-text", {"use_mfa": False}, "Step-3 without MFA is not known"),
    ("step3-text", {"num_key_value_heads": 8}, "disagrees with MFA, which has one"),
    ("step3-text", {"num_attention_groups": 8}, "MFA has one key and value head"),
    ("step3-text", {"use_moe": False}, "use_moe: False: disagrees with the family"),
    ("step3-text", {"moe_layers_enum": "4;5"}, "must be layer numbers with commas"),
    ("step3-text", {"moe_layers_enum": "4,61"}, "must name layers from 0 to 60"),
    ("nemotron3-nano-30b", {"hybrid_override_pattern": "MEX"}, "must be one of M * - E for each sublayer"),
    ("nemotron3-nano-30b", {"hybrid_override_pattern": "ME"}, "for each of 52 sublayers"),
    ("nemotron3-nano-30b", {"hybrid_override_pattern": ["M"] * 52}, "must be text"),
    ("nemotron3-nano-30b", {"layers_block_type": ["mamba", "conv"]}, "must name mamba, attention, mlp or moe"),
    ("nemotron3-nano-30b", {"layers_block_type": ["mamba"] * 52}, "disagrees with layers_block_type"),
    ("deepseek-v3-2-dsa", {"layer_types": ["full_attention"] * 61}, "disagrees with the family"),
    ("deepseek-v4-flash", {"kv_lora_rank": 512}, "not a key of this family"),
    ("deepseek-v4-flash", {"qk_rope_head_dim": 64, "qk_nope_head_dim": 64}, "head_dim - qk_rope_head_dim"),
    ("gemma4-26b-a4b", {f"{G4}.per_layer_config": [1]}, "must be an object of objects"),
    ("gemma4-26b-a4b", {f"{G4}.per_layer_config": {"5": {"head_dim": 512}}}, "head_dim must be one number"),
    ("gemma4-26b-a4b", {f"{G4}.per_layer_config": {"last": {"head_dim": 512}}}, "head_dim must be one number"),
    (
        "step3-7-flash",
        {f"{S7}.per_layer_config": SLIDING_96 | {"1": {"num_attention_heads": 64}}},
        "must be one number",
    ),
    ("nemotron3-nano-30b", {"use_conv_bias": False}, "a convolution without bias in this family is not known"),
    ("nemotron3-nano-30b", {"mamba_ssm_cache_dtype": "int8"}, "must be float32, bfloat16, float16"),
    ("nemotron3-nano-30b", {"mlp_bias": True}, "biases and windows in this family are not known"),
    ("jamba-1-5-mini", {"mamba_conv_bias": False}, "a convolution without bias in this family is not known"),
    ("jamba-1-5-mini", {"attn_layer_offset": 8}, "must be less than the period 8"),
    ("minimax-m3", {"qk_norm_type": "per_layer"}, "must be per_head in this family"),
    ("minimax-m3", {"attention_output_gate": True}, "an output gate in this family is not known"),
    ("minimax-m3", {M3: [1]}, "sparse_attention_config: [1]: must be an object"),
    ("minimax-m3", {f"{M3}.use_sparse_attention": False}, "disagrees with the family"),
    ("minimax-m3", {f"{M3}.sparse_attention_freq": [1, 0]}, "must have 0 or 1 for each of 60 layers"),
    ("minimax-m3", {f"{M3}.sparse_head_groups": 2}, "sparse_attention_config.sparse_head_groups: 2: unknown key"),
    ("minimax-m3", {"moe_layer_freq": [2] * 60}, "must have 0 or 1 for each of 60 layers"),
    ("minimax-m3", {"first_k_dense_replace": 7}, "disagrees with moe_layer_freq"),
    ("deepseek-v4-flash", {"num_key_value_heads": 2}, "disagrees with the family, which caches one head"),
    ("deepseek-v4-flash", {"attention_bias": True}, "biases in this family are not known"),
    ("deepseek-v4-flash", {"compress_ratios": [0, 4, 128]}, "has 3 entries for 43 layers"),
    ("deepseek-v4-flash", {"compress_ratios": [0] * 43}, "must hold two ratios above 0"),
    ("deepseek-v4-flash", {"compress_ratios": DROPPED}, "not both of layer_types and compress_rates are there"),
    ("deepseek-v4-flash", {"layer_types": ["sliding_attention"] * 43}, "disagrees with compress_ratios"),
    ("deepseek-v4-flash", {"num_hash_layers": 44}, "more than the 43 layers"),
    ("deepseek-v4-flash", {"num_hash_layers": DROPPED}, "does not say hash_moe or moe for each layer"),
    ("deepseek-v4-flash", {"mlp_layer_types": ["moe"] * 43}, "disagrees with num_hash_layers"),
    ("deepseek-v4-flash", {"hc_mult": DROPPED}, "hc_mult: missing, streams is not known"),
    ("deepseek-v4-flash", {"expert_dtype": "int3"}, "must be fp4 or fp8"),
    ("gemma4-26b-a4b", {f"{G4}.layer_types": DROPPED}, "which layers slide is not known"),
    ("gemma4-26b-a4b", {f"{G4}.num_kv_shared_layers": 29}, "leaves a kind of layer without a cache of its own"),
    ("gemma4-26b-a4b", {f"{G4}.num_kv_shared_layers": 31}, "leaves a kind of layer without a cache of its own"),
    ("gemma4-26b-a4b", {f"{G4}.use_bidirectional_attention": "all"}, "an encoder: it does not decode"),
    ("gemma4-26b-a4b", {f"{G4}.global_head_dim": DROPPED}, "global_head_dim: missing"),
    ("gemma4-26b-a4b", {f"{G4}.hidden_size_per_layer_input": 256}, "vocab_size_per_layer_input: missing"),
    ("gemma4-26b-a4b", PER_LAYER | {f"{G4}.vocab_size_per_layer_input": 10**6}, "more than the vocabulary"),
    ("step3-7-flash", {f"{S7}.attention_other_setting": DROPPED}, "how many query heads the sliding layers have"),
    ("step3-7-flash", {f"{S7}.attention_other_setting.num_attention_groups": 4}, "sliding layers with another cache"),
    ("step3-7-flash", {f"{S7}.attention_other_setting.num_attention_heads": 97}, "must divide the 97 query heads"),
    ("step3-7-flash", {f"{S7}.attention_other_setting.use_gate": 1}, "attention_other_setting.use_gate: 1: unknown"),
    ("step3-7-flash", {f"{S7}.layer_types": DROPPED}, "which layers slide is not known"),
    ("step3-7-flash", {f"{S7}.use_head_wise_attn_gate": False}, "disagrees with the family"),
    ("step3-7-flash", {f"{S7}.moe_layers_enum": "3,49"}, "must name layers from 0 to 47"),
    ("step3-7-flash", {f"{S7}.moe_layers_enum": DROPPED}, "first_k_dense_replace: missing"),
    ("step3-7-flash", ENUM_DROPPED | {f"{S7}.mlp_layer_types": ["moe"] * 45}, "must name dense or sparse"),
]


@pytest.mark.parametrize(
    ("name", "changes", "says"), REFUSED, ids=[f"{row[0]} {next(iter(row[1]))}" for row in REFUSED]
)
def test_refusal_names_the_key(
    name: str, changes: dict[str, Any], says: str, changed: Changed, refusal: Refusal
) -> None:
    message = refusal(changed(name, changes))
    assert says in message


def layers(model: cm.Model) -> list[int]:
    return [group.layers for group in model.attention]


def windows(model: cm.Model) -> list[int | None]:
    return [getattr(group, "window", None) for group in model.attention]


PATTERNS: list[tuple[str, dict[str, Any], list[int], list[int | None]]] = [
    ("mistral-nemo-12b", {"sliding_window": None}, [40], [None]),
    ("mistral-nemo-12b", {"sliding_window": 4096}, [40], [4096]),
    ("mistral-nemo-12b", {"sliding_window": 8, "layer_types": ["sliding_attention"] * 20 + ["full_attention"] * 20},
     [20, 20], [8, None]),
    ("qwen3-8b", {"use_sliding_window": True, "sliding_window": 8, "max_window_layers": 30}, [30, 6], [None, 8]),
    ("qwen3-8b", {"use_sliding_window": True, "sliding_window": 8, "max_window_layers": 35,
                  "layer_types": ["full_attention"] * 35 + ["sliding_attention"]}, [35, 1], [None, 8]),
    ("gemma2-27b", {"layer_types": ["sliding_attention", "full_attention"] * 23}, [23, 23], [4096, None]),
    ("gemma3-27b", {"text_config.sliding_window_pattern": DROPPED, "text_config.sliding_window": DROPPED,
                    "text_config.layer_types": ["full_attention"] * 62}, [62], [None]),
    ("glm-4-5", {"layer_types": ["full_attention"] * 93, "num_nextn_predict_layers": 1}, [92], [None]),
    ("llama4-scout", {"no_rope_layers": [1] * 40 + [0] * 8}, [40, 8], [8192, None]),
    ("llama4-scout", {"layer_types": (["chunked_attention"] * 3 + ["full_attention"]) * 12}, [36, 12], [8192, None]),
    ("minimax-m2-5", {"attn_type_list": [1] * 62}, [62], [None]),
    ("qwen3-next-80b", {"full_attention_interval": DROPPED,
                        "layer_types": ["linear_attention"] * 40 + ["full_attention"] * 8}, [40, 8], [None, None]),
    ("glm-5", {"indexer_types": ["full", "shared"] * 39}, [39, 39], [None, None]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "changes", "counts", "widths"), PATTERNS, ids=[f"{r[0]} {len(r[1])}" for r in PATTERNS]
)
def test_pattern_gives_layers_of_each_kind(
    name: str, changes: dict[str, Any], counts: list[int], widths: list[int | None], changed: Changed
) -> None:
    model = cm.read_huggingface(changed(name, changes)).model
    assert (layers(model), windows(model)) == (counts, widths)


def test_compressed_layers_by_name_are_those_by_ratio(changed: Changed) -> None:
    ratios = changed("deepseek-v4-flash", {})
    names = {0: "sliding_attention", 4: "compressed_sparse_attention", 128: "heavily_compressed_attention"}
    rates = {names[4]: 4, names[128]: 128}
    listed = [names[ratio] for ratio in ratios["compress_ratios"]]
    named = {"compress_ratios": DROPPED, "layer_types": listed, "compress_rates": rates}
    by_name = cm.read_huggingface(changed("deepseek-v4-flash", named)).model
    assert by_name.attention == cm.read_huggingface(ratios).model.attention
    assert [group.layers for group in by_name.attention] == [2, 21, 20]


def test_last_layers_of_gemma_read_the_cache_of_others(changed: Changed) -> None:
    model = cm.read_huggingface(changed("gemma4-26b-a4b", {f"{G4}.num_kv_shared_layers": 6})).model
    assert [(group.layers, group.kv_source) for group in model.attention] == [  # type: ignore[union-attr]
        (20, "own"), (4, "own"), (5, "reused"), (1, "reused"),
    ]  # fmt: skip


def test_full_layers_of_gemma_have_their_own_heads(changed: Changed) -> None:
    def full(**changes: Any) -> Any:
        nested = {f"{G4}.{key}": value for key, value in changes.items()}
        return cm.read_huggingface(changed("gemma4-26b-a4b", nested)).model.attention[1]

    assert (full().kv_heads, full().value_source) == (2, "key_projection")
    assert full(num_global_key_value_heads=None).kv_heads == 8
    plain = full(attention_k_eq_v=False)
    assert (plain.kv_heads, plain.head_dim, plain.value_source) == (8, 512, "projected")
    every = cm.read_huggingface(changed("gemma4-26b-a4b", {f"{G4}.layer_types": ["full_attention"] * 30}))
    assert [group.window for group in every.model.attention] == [None]  # type: ignore[union-attr]


def test_embeddings_per_layer_are_stored_and_read(changed: Changed) -> None:
    plain = cm.read_huggingface(changed("gemma4-26b-a4b", {})).model.parameters
    model = cm.read_huggingface(changed("gemma4-26b-a4b", PER_LAYER)).model
    table, projections, norms = 30 * 262144 * 256, 30 * 3 * 2816 * 256, 30 * 2816 + 256
    assert model.parameters.total - plain.total == table + projections + norms
    assert model.parameters.active - plain.active == projections + norms


def test_sliding_heads_of_step_may_have_a_key_of_their_own(changed: Changed) -> None:
    by_key = {f"{S7}.attention_other_setting": DROPPED, f"{S7}.num_sliding_attention_heads": 96}
    model = cm.read_huggingface(changed("step3-7-flash", by_key)).model
    assert model.attention == cm.read_huggingface(changed("step3-7-flash", {})).model.attention
    assert [group.heads for group in model.attention] == [64, 96]  # type: ignore[union-attr]
    only = {f"{S7}.layer_types": ["full_attention"] * 48}
    every = cm.read_huggingface(changed("step3-7-flash", only | {f"{S7}.attention_other_setting": None}))
    assert [group.heads for group in every.model.attention] == [64]  # type: ignore[union-attr]


def test_falcon_layouts_differ_in_heads_and_norms(changed: Changed) -> None:
    def read(**changes: Any) -> cm.Model:
        return cm.read_huggingface(changed("falcon-7b-defaults", changes)).model

    heads = [
        read(**changes).attention[0].kv_heads  # type: ignore[union-attr]
        for changes in ({}, {"multi_query": False}, {"new_decoder_architecture": True, "num_kv_heads": 1})
    ]
    assert heads == [1, 71, 1]
    norms = [
        read(**changes).ffn[0].norms
        for changes in (
            {},
            {"parallel_attn": False},
            {"new_decoder_architecture": True, "num_kv_heads": 1},
            {"new_decoder_architecture": True, "num_kv_heads": 1, "num_ln_in_parallel_attn": 1},
        )
    ]
    assert norms == [0, 2, 2, 0]


FFN: list[tuple[str, dict[str, Any], list[tuple[str, int]]]] = [
    ("qwen3-moe-30b", {"mlp_only_layers": [0, 47], "intermediate_size": 6144}, [("dense", 2), ("moe", 46)]),
    ("qwen3-moe-30b", {"decoder_sparse_step": 2, "intermediate_size": 6144}, [("dense", 24), ("moe", 24)]),
    ("ernie4-5-300b-a47b", {"moe_layer_end_index": 52, "remove_tail_layer": DROPPED}, [("dense", 6), ("moe", 50)]),
    ("glm-4-5", {"mlp_layer_types": ["dense"] * 3 + ["sparse"] * 89}, [("dense", 3), ("moe", 89)]),
    ("deepseek-v3", {"moe_layer_freq": 2}, [("dense", 32), ("moe", 29)]),
    ("llama4-maverick", {"moe_layers": list(range(1, 48, 2))}, [("dense", 24), ("moe", 24)]),
    ("qwen3-5-397b", {"text_config.mlp_only_layers": []}, [("moe", 60)]),
    ("qwen3-5-397b", {"text_config.decoder_sparse_step": 1}, [("moe", 60)]),
    ("step3-text", {"moe_layers_enum": "0,1"}, [("moe", 2), ("dense", 59)]),
    ("minimax-m3", {"first_k_dense_replace": 3}, [("dense", 3), ("moe", 57)]),
    ("step3-7-flash", ENUM_DROPPED | {f"{S7}.first_k_dense_replace": 3}, [("dense", 3), ("moe", 42)]),
    ("step3-7-flash", ENUM_DROPPED | {f"{S7}.mlp_layer_types": ["dense"] * 4 + ["sparse"] * 44},
     [("dense", 4), ("moe", 41)]),
    ("step3-7-flash", {f"{S7}.moe_layers_enum": [44, 45]}, [("dense", 44), ("moe", 1)]),
    ("gemma4-26b-a4b", {f"{G4}.enable_moe_block": False}, [("dense", 30)]),
    ("gemma4-26b-a4b", {f"{G4}.use_double_wide_mlp": True, f"{G4}.num_kv_shared_layers": 6},
     [("moe", 24), ("moe", 6)]),
    ("deepseek-v4-flash", {"num_hash_layers": DROPPED, "mlp_layer_types": ["hash_moe"] * 2 + ["moe"] * 41},
     [("moe", 2), ("moe", 41)]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "groups"), FFN, ids=[f"{row[0]} {next(iter(row[1]))}" for row in FFN])
def test_layers_with_experts_are_where_the_keys_say(
    name: str, changes: dict[str, Any], groups: list[tuple[str, int]], changed: Changed
) -> None:
    model = cm.read_huggingface(changed(name, changes)).model
    assert [(group.kind, group.layers) for group in model.ffn] == groups


def attention(name: str, changes: dict[str, Any], changed: Changed) -> Any:
    return cm.read_huggingface(changed(name, changes)).model.attention[0]


def test_switches_of_attention_are_followed(changed: Changed) -> None:
    assert attention("glm-4-5", {"use_qk_norm": False}, changed).qk_norm == "none"
    assert attention("glm-4-5", {"attention_bias": False}, changed).biases == "none"
    assert attention("minimax-m2-5", {"use_qk_norm": False}, changed).qk_norm == "none"
    assert attention("minimax-m3", {"use_qk_norm": False}, changed).qk_norm == "none"
    assert attention("qwen2-moe-a2-7b", {"qkv_bias": False}, changed).biases == "none"
    assert attention("qwen2-moe-a2-7b", {"qkv_bias": True}, changed).biases == "qkv"
    assert attention("nemotron3-nano-30b", {"mamba_ssm_cache_dtype": "bfloat16"}, changed).state_bits == 16
    assert attention("qwen3-next-80b", {"mamba_ssm_dtype": "bfloat16"}, changed).state_bits == 16
    assert attention("qwen3-next-80b", {"mamba_ssm_dtype": "float32"}, changed).state_bits == 32


def test_output_gate_follows_its_switch(changed: Changed) -> None:
    gates = [
        cm.read_huggingface(changed("qwen3-5-397b", changes)).model.attention[1].gate  # type: ignore[union-attr]
        for changes in ({}, {"text_config.attn_output_gate": False})
    ]
    assert gates == ["full", "none"]


def test_routing_limit_needs_more_than_one_group(changed: Changed) -> None:
    limits = [
        cm.read_huggingface(changed("glm-4-5", changes)).model.ffn[1].routing_limit  # type: ignore[union-attr]
        for changes in ({"n_group": 1, "topk_group": 1}, {"n_group": 8, "topk_group": 4})
    ]
    assert limits == [None, 4]


def test_overrides_by_layer_are_those_of_older_keys(changed: Changed) -> None:
    full = {str(layer): {"head_dim": 512, "num_key_value_heads": 2} for layer in range(5, 30, 6)}
    newer = {f"{G4}.{key}": DROPPED for key in ("global_head_dim", "num_global_key_value_heads")}
    gemma = changed("gemma4-26b-a4b", newer | {f"{G4}.per_layer_config": full})
    assert cm.read_huggingface(gemma).model == cm.read_huggingface(changed("gemma4-26b-a4b", {})).model
    step_keys: dict[str, Any] = {f"{S7}.attention_other_setting": DROPPED, f"{S7}.per_layer_config": SLIDING_96}
    step = changed("step3-7-flash", step_keys)
    assert cm.read_huggingface(step).model == cm.read_huggingface(changed("step3-7-flash", {})).model
    without = changed("step3-7-flash", {f"{S7}.per_layer_config": {"0": {"rope_theta": 1}}})
    assert cm.read_huggingface(without).model == cm.read_huggingface(step).model


def test_sublayers_by_name_are_those_by_letter(changed: Changed) -> None:
    config = changed("nemotron3-nano-30b", {})
    names = {"M": "linear_attention", "*": "full_attention", "-": "mlp", "E": "moe"}
    listed = [names[letter] for letter in config["hybrid_override_pattern"]]
    newer = {"hybrid_override_pattern": DROPPED, "num_hidden_layers": DROPPED, "layers_block_type": listed}
    assert cm.read_huggingface(changed("nemotron3-nano-30b", newer)).model == cm.read_huggingface(config).model


def test_null_keys_of_older_families_are_no_obstacle(changed: Changed) -> None:
    nulls = {"kv_lora_rank": None, "v_head_dim": None, "n_group": None, "qk_rope_head_dim": 64, "qk_nope_head_dim": 448}
    assert (
        cm.read_huggingface(changed("deepseek-v4-flash", nulls)).model
        == cm.read_huggingface(changed("deepseek-v4-flash", {})).model
    )


def test_kind_of_minimax_norm_is_that_of_the_family(changed: Changed) -> None:
    assert attention("minimax-m2-5", {"qk_norm_type": DROPPED}, changed).qk_norm == "layer"
    assert attention("minimax-m3", {"qk_norm_type": DROPPED}, changed).qk_norm == "head"


def test_tail_of_ernie_may_be_false(changed: Changed) -> None:
    model = cm.read_huggingface(changed("ernie4-5-300b-a47b", {"remove_tail_layer": False})).model
    assert sum(group.layers for group in model.attention) == 56


def test_copy_that_lost_its_indexers_is_noted(changed: Changed) -> None:
    notes = cm.read_huggingface(changed("glm-5", {})).notes
    assert any("indexer_types is missing" in note for note in notes)


def test_biases_of_llama_are_counted(changed: Changed) -> None:
    plain = cm.read_huggingface(changed("llama3-1-8b", {})).model.parameters.total
    biased = cm.read_huggingface(changed("llama3-1-8b", {"attention_bias": True, "mlp_bias": True})).model
    assert biased.parameters.total - plain == 32 * (4096 + 2 * 1024 + 4096 + 2 * 14336 + 4096)


def test_layers_for_draft_tokens_are_reported_only(changed: Changed) -> None:
    config = changed("deepseek-v3", {"num_nextn_predict_layers": 1})
    found = cm.read_huggingface(config)
    assert found.model.ffn == cm.read_huggingface(changed("deepseek-v3", {})).model.ffn
    assert any("num_nextn_predict_layers 1" in note and "draft length" in note for note in found.notes)


def test_keys_without_effect_are_noted(changed: Changed) -> None:
    found = cm.read_huggingface(changed("qwen3-8b", {"use_sliding_window": False, "sliding_window": 4096}))
    assert "sliding_window = 4096 has no effect: use_sliding_window is false" in found.notes
    assert "sliding_window" in found.redundant


def test_keys_that_say_the_same_again_are_redundant(changed: Changed) -> None:
    again = {"qk_head_dim": 192, "attention_bias": False, "num_key_value_heads": 128}
    found = cm.read_huggingface(changed("deepseek-v3", again))
    assert {"qk_head_dim", "num_key_value_heads"} <= set(found.redundant)
    assert "attention_bias" in found.used
    assert cm.read_huggingface(changed("deepseek-v3", {"qk_head_dim": None})).redundant == ("qk_head_dim",)
