"""Small configs of our own in every family, counted with the models' own classes of transformers 5.24."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import costmodel as cm

SMALL: list[dict[str, Any]] = json.loads((Path(__file__).parent / "small_models.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("entry", SMALL, ids=lambda entry: entry["name"])
def test_small_model_has_the_parameters_of_its_class(entry: dict[str, Any]) -> None:
    parameters, counted = cm.read_huggingface(entry["config"]).model.parameters, entry["counted"]
    assert (parameters.total, parameters.active) == (counted["total"], counted["active"])


@pytest.mark.parametrize(
    "entry", [one for one in SMALL if "state_bytes" in one["counted"]], ids=lambda one: one["name"]
)
def test_small_model_caches_as_many_bytes_as_its_class(entry: dict[str, Any]) -> None:
    model, counted = cm.read_huggingface(entry["config"]).model, entry["counted"]
    cached = (model.kv_bytes_per_sequence(24), model.state_bytes_per_sequence)
    assert cached == (counted["kv_bytes_at_24"], counted["state_bytes"])


Changed = Callable[[str, dict[str, Any]], dict[str, Any]]
DROPPED = "dropped"
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("longcat-flash", {"num_hidden_layers": 56}, "num_layers: 28: disagrees with num_hidden_layers"),
    ("longcat-flash", {"attention_method": "GQA"}, "must be MLA in this family"),
    ("falcon_h1", {"attn_layer_indices": [1]}, "attention in some layers only"),
    ("falcon_h1", {"mamba_use_mlp": False}, "disagrees with the family"),
    ("afmoe", {"num_expert_groups": 8}, "disagrees with the family"),
    ("hy_v3 2", {"is_moe_layer": [True] * 4}, "disagrees with first_k_dense_replace"),
    ("longcat-flash", {"zero_expert_type": "copy"}, "disagrees with the family"),
    ("longcat-flash", {"zero_expert_num": DROPPED}, "zero_expert_num: missing"),
    ("minicpm3 2", {"num_attention_heads": 5}, "v_head_dim: missing, and hidden_size 64 is not divisible by 5 heads"),
    ("youtu", {"v_head_dim": DROPPED}, "v_head_dim: missing"),
    ("youtu", {"mlp_bias": True}, "biases in this family are not known"),
    ("glm4_moe_lite", {"mlp_layer_types": ["moe"] * 4}, "must name dense or sparse for each of 4 layers"),
    ("gemma3n_text", {"hidden_size_per_layer_input": 0}, "embeddings per layer belong to this family"),
    ("gemma3n_text", {"intermediate_size": [96, 96, 96, 48]}, "its entries differ"),
    ("olmo_hybrid", {"layer_types": DROPPED}, "which layers are linear is not known"),
    ("seed_oss", {"attention_bias": False, "attention_out_bias": True}, "on the output projection alone"),
    ("exaone4", {"sliding_window_pattern": "LLXG"}, "must be a number, or L and G for sliding and full layers"),
    ("exaone4", {"sliding_window_pattern": "LLLG"}, "whether the last layer of a pattern of letters is full"),
    ("exaone4 2", {"sliding_window_pattern": "LG"}, "another layer pattern than the rest"),
    ("smollm3", {"use_sliding_window": True}, "a window in this family is not known"),
    ("phi", {"qk_layernorm": True}, "norms of queries and keys in this family are not known"),
    ("stablelm", {"qk_layernorm": True}, "norms of queries and keys in this family are not known"),
    ("helium", {"head_dim": 24}, "times the heads must be hidden_size 64 in this family"),
    ("lfm2", {"layer_types": DROPPED}, "full_attn_idxs: must be a list of whole numbers"),
    ("lfm2", {"conv_bias": True}, "biases of convolutions are not modelled"),
    ("lfm2", {"conv_dim": 32}, "disagrees with hidden_size"),
    ("lfm2 2", {"block_ffn_dim_multiplier": DROPPED}, "must be a number above 0"),
    ("lfm2_moe", {"num_dense_layers": 5}, "more than the 4 layers"),
    ("recurrent_gemma", {"block_types": ["mamba"]}, "must name recurrent or attention"),
    ("recurrent_gemma", {"intermediate_size": 95}, "must be even: it is halved in this family"),
    ("hy_v3", {"mlp_layer_types": ["dense"]}, "must name dense or sparse for each of 4 layers"),
    ("hy_v3", {"first_k_dense_replace": 3}, "another layer pattern than the rest"),
    ("afmoe", {"layer_types": ["full_attention"] * 4}, "another layer pattern than the rest"),
    ("laguna", {"gating": "none"}, "must be true, per-head or per-element"),
    ("laguna", {"num_attention_heads_per_layer": [6, 4]}, "must have one number for each of 4 layers"),
    ("laguna", {"num_attention_heads_per_layer": [6, 4, 8, 4]}, "sliding layers must have one number of heads"),
    ("granitemoehybrid", {"layer_types": ["mamba", "conv", "mamba", "mamba"]}, "must name mamba or attention"),
    ("granitemoehybrid", {"layers_block_type": ["mamba"] * 4}, "disagrees with layer_types"),
    ("granitemoehybrid", {"mamba_d_head": 8}, "times 8 heads must be the inner width 128"),
    ("granitemoehybrid", {"mamba_n_heads": 7}, "must divide the inner width 128"),
    ("granitemoehybrid", {"mamba_conv_bias": False}, "a convolution without bias"),
    ("bamba", {"attn_layer_indices": [4]}, "must name layers from 0 to 3"),
    ("falcon_h1", {"projectors_bias": True}, "biases of projections in this family are not known"),
]


@pytest.mark.parametrize(
    ("name", "changes", "says"), REFUSED, ids=[f"{row[0]} {next(iter(row[1]))}" for row in REFUSED]
)
def test_refusal_of_a_small_model_names_the_key(
    name: str, changes: dict[str, Any], says: str, changed: Changed, refusal: Callable[[Any], str]
) -> None:
    assert says in refusal(changed(name, changes))


def test_no_window_means_full_attention(changed: Changed) -> None:
    model = cm.read_huggingface(changed("exaone4", {"sliding_window": None, "sliding_window_pattern": None})).model
    assert [(group.layers, group.window) for group in model.attention] == [(4, None)]  # type: ignore[union-attr]


def test_first_dense_layers_may_be_said_twice(changed: Changed) -> None:
    once = cm.read_huggingface(changed("hy_v3", {})).model
    assert cm.read_huggingface(changed("hy_v3", {"first_k_dense_replace": 2})).model.ffn == once.ffn


BLOCKED = [
    ("mamba2", "it has no feed-forward layers"),
    ("nemotron-nas", "every block has sizes of its own; describe the model in a TOML preset"),
    ("hy_v4", "as plain attention KV, FLOPs and parameters would be wrong"),
    ("baichuan", "no count of them is verified"),
    ("zamba2", "one attention block serves many layers"),
]


@pytest.mark.parametrize(("model_type", "says"), BLOCKED, ids=[name for name, _ in BLOCKED])
def test_families_that_are_not_modelled_say_why(model_type: str, says: str, refusal: Callable[[Any], str]) -> None:
    assert says in refusal({"model_type": model_type, "hidden_size": 64})
    assert says in refusal({"model_type": "kimi_k25", "text_config": {"model_type": model_type, "hidden_size": 64}})
