"""Bits of each class of tensor from `quantization_config`; refused where a format is not certain."""

from collections.abc import Callable
from typing import Any

import pytest

import costmodel as cm

Changed = Callable[[str, dict[str, Any]], dict[str, Any]]
Refusal = Callable[[Any], str]


def groups(weights: dict[str, Any], inputs: Any = None, **more: Any) -> dict[str, Any]:
    group = {"targets": ["Linear"], "weights": weights, "input_activations": inputs}
    return {"quant_method": "compressed-tensors", "config_groups": {"group_0": group}, **more}


INT4 = {"num_bits": 4, "type": "int", "group_size": 32}
NVFP4 = {"num_bits": 4, "type": "float", "group_size": 16}
WEIGHTS: list[tuple[str, dict[str, Any], float, int]] = [
    ("awq", {"quant_method": "awq", "bits": 4, "group_size": 128}, 4 + 20 / 128, 16),
    ("gptq", {"quant_method": "gptq", "bits": 8, "group_size": 32, "desc_act": True}, 8 + 24 / 32, 16),
    ("gptq per column", {"quant_method": "gptq", "bits": 4, "group_size": -1}, 4, 16),
    ("int4 groups", groups(INT4), 4 + 16 / 32, 16),
    ("fp8 channels", groups({"num_bits": 8, "type": "float"}, {"num_bits": 8}), 8, 8),
    ("nvfp4", groups(NVFP4, {"num_bits": 4}, quant_method="modelopt", quant_algo="NVFP4"), 4.5, 4),
    ("int4 with zero points", groups(INT4 | {"symmetric": False}), 4 + 20 / 32, 16),
    ("int4 by default", groups({"num_bits": 4, "group_size": 32}), 4.5, 16),
    (
        "fp8 blocks of groups",
        groups({"num_bits": 8, "type": "float", "block_structure": [128, 128]}, {"num_bits": 8}),
        8 + 16 / 128**2,
        8,
    ),
    ("nvfp4 by name", {"quant_method": "modelopt", "quant_algo": "NVFP4", "group_size": 16}, 4.5, 4),
    (
        "hf_quant_config",
        {"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "NVFP4", "group_size": 16}},
        4.5,
        4,
    ),
    ("fp8 by name", {"quant_method": "modelopt", "quant_algo": "FP8"}, 8, 8),
    ("fp8 per tensor", {"quant_method": "fp8", "weight_block_size": None}, 8, 8),
    ("fp8 weights only", {"quant_method": "fp8", "activation_scheme": "none"}, 8, 16),
    ("fp8 blocks", {"quant_method": "fp8", "weight_block_size": [128, 128]}, 8 + 32 / 128**2, 8),
    ("ue8m0", {"quant_method": "fp8", "weight_block_size": [128, 128], "scale_fmt": "ue8m0"}, 8 + 8 / 128**2, 8),
]


@pytest.mark.parametrize(("name", "config", "bits", "compute"), WEIGHTS, ids=[row[0] for row in WEIGHTS])
def test_stored_bits_include_scales(
    name: str, config: dict[str, Any], bits: float, compute: int, changed: Changed
) -> None:
    model = cm.read_huggingface(changed("llama3-1-8b", {"quantization_config": config})).model
    assert {(group.weight_bits, group.compute_bits) for group in model.ffn} == {(bits, compute)}, name
    assert {(group.weight_bits, group.linear_bits) for group in model.attention} == {(bits, compute)}
    assert model.embedding_bits == 16


def test_unknown_method_keeps_the_dtype_and_is_noted(changed: Changed) -> None:
    found = cm.read_huggingface(changed("llama3-1-8b", {"quantization_config": {"quant_method": "hqq"}}))
    assert found.model.ffn[0].weight_bits == 16
    assert any("quant_method = 'hqq'" in note for note in found.notes)


KV: list[tuple[dict[str, Any], int, str]] = [
    ({"kv_cache_scheme": {"num_bits": 8}}, 8, "quantization_config.kv_cache_scheme.num_bits"),
    ({"kv_cache_quant_algo": "FP8"}, 8, "quantization_config.kv_cache_quant_algo"),
    ({}, 16, "default: 16, the file does not say"),
]


@pytest.mark.parametrize(("keys", "bits", "source"), KV, ids=["scheme", "algorithm", "not said"])
def test_cache_bits_come_from_their_key(keys: dict[str, Any], bits: int, source: str, changed: Changed) -> None:
    found = cm.read_huggingface(changed("llama3-1-8b", {"quantization_config": groups(INT4, **keys)}))
    assert (found.model.attention[0].kv_bits, found.provenance["kv_bits"]) == (bits, source)  # type: ignore[union-attr]


def test_caller_may_choose_the_cache(changed: Changed) -> None:
    found = cm.read_huggingface(changed("deepseek-v3-2-dsa", {}), kv_bits=8)
    group = found.model.attention[0]
    assert (group.kv_bits, group.index_bits, found.provenance["kv_bits"]) == (8, 8, "argument kv_bits")  # type: ignore[union-attr]
    assert not any("does not say how the KV cache" in note for note in found.notes)


def test_choice_against_the_file_is_noted(changed: Changed) -> None:
    fp8 = changed("llama3-1-8b", {"quantization_config": groups(INT4, kv_cache_quant_algo="FP8")})
    assert cm.read_huggingface(fp8, kv_bits=8).model == cm.read_huggingface(fp8).model
    found = cm.read_huggingface(fp8, kv_bits=16)
    assert found.model.attention[0].kv_bits == 16  # type: ignore[union-attr]
    assert "kv_bits = 16 is the caller's choice; the file says 8" in found.notes


@pytest.mark.parametrize("bits", [3, 8.0, True])
def test_impossible_cache_bits_are_refused(bits: Any, changed: Changed) -> None:
    with pytest.raises(cm.ImportRefusedError, match=r"kv_bits: .*: must be one of 4, 8, 16"):
        cm.read_huggingface(changed("llama3-1-8b", {}), kv_bits=bits)


NOTES: list[tuple[dict[str, Any], str]] = [
    (groups(INT4), "every matrix of attention, experts, shared, dense is quantised"),
    (groups(INT4, ignore=["linear_attn.in_proj_ba"]), "in_proj_ba stays high and is small: counted in the bits of its"),
    (groups(INT4, scheme_x="int4"), "quantization_config.scheme_x = 'int4' is unknown and was not used"),
    ({"quant_method": "fp8", "weight_block_size": [128, 128]}, "scale_fmt is missing: scales taken as 32 bits"),
    ({"quant_method": "fp8"}, "weight_block_size is missing or null: one scale for a whole tensor"),
    ({"quant_method": "compressed-tensors", "config_groups": {"a": {"targets": ["Linear"], "weights": INT4}}},
     "input_activations is missing: products in 16 bits"),
]  # fmt: skip


@pytest.mark.parametrize(("config", "says"), NOTES, ids=[says[-30:] for _, says in NOTES])
def test_assumptions_on_precision_are_noted(config: dict[str, Any], says: str, changed: Changed) -> None:
    notes = cm.read_huggingface(changed("llama3-1-8b", {"quantization_config": config})).notes
    assert any(says in note for note in notes)


EIGHT = {"num_bits": 8, "type": "float"}
LAYER = "model.layers.0"


def several(formats: dict[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Several groups, each with one target."""
    listed = {
        f"group_{number}": {"targets": [target], "weights": weights, "input_activations": None}
        for number, (target, weights) in enumerate(formats.items())
    }
    return {"quant_method": "compressed-tensors", "config_groups": listed, **more}


def named(algorithms: dict[str, str]) -> dict[str, Any]:
    """A format for every module."""
    listed = {name: {"quant_algo": algorithm} for name, algorithm in algorithms.items()}
    return {"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": listed}


def stored(model: cm.Model) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
    """Layers and weight bits of every group of both stacks."""
    attention, ffn = ([(group.layers, group.weight_bits) for group in stack] for stack in (model.attention, model.ffn))
    return attention, ffn


def test_layers_that_stay_high_are_a_group_of_their_own(changed: Changed) -> None:
    config = {
        "quant_method": "fp8",
        "ignore": ["model.layers.0.mlp", "model.layers.31.mlp", "model.layers.3.self_attn"],
    }
    model = cm.read_huggingface(changed("llama3-1-8b", {"quantization_config": config})).model
    assert stored(model) == ([(31, 8), (1, 16)], [(2, 16), (30, 8)])
    assert model.parameters.total == cm.read_huggingface(changed("llama3-1-8b", {})).model.parameters.total


def test_groups_give_each_class_of_tensor_its_format(changed: Changed) -> None:
    config = several({"Linear": INT4, "re:.*self_attn.*": EIGHT}, ignore=["lm_head", "re:.*shared_experts.*"])
    model = cm.read_huggingface(changed("kimi-k2", {"quantization_config": config})).model
    assert stored(model) == ([(61, 8)], [(1, 4.5), (60, 4.5)])
    assert model.ffn[1].shared_weight_bits == 16


def test_a_group_of_named_modules_leaves_the_rest_high(changed: Changed) -> None:
    config = several({"re:.*mlp.experts.*": NVFP4})
    model = cm.read_huggingface(changed("qwen3-moe-30b", {"quantization_config": config})).model
    assert stored(model) == ([(48, 16)], [(48, 4.5)])


def test_named_modules_give_each_layer_its_format(changed: Changed) -> None:
    names = {f"model.layers.{layer}.self_attn.{name}_proj": "FP8" for layer in range(32) for name in "qkvo"}
    names |= {
        f"model.layers.{layer}.mlp.{name}_proj": "NVFP4" if layer < 20 else "MXFP8"
        for layer in range(30)
        for name in ("gate", "up", "down")
    }
    model = cm.read_huggingface(changed("llama3-1-8b", {"quantization_config": named(names)})).model
    assert stored(model) == ([(32, 8)], [(20, 4.5), (10, 8.25), (2, 16)])
    assert [group.compute_bits for group in model.ffn] == [4, 8, 16]


def test_named_experts_are_taken_whole(changed: Changed) -> None:
    names = {
        f"model.layers.{layer}.mlp.experts.{expert}.{name}_proj": "NVFP4"
        for layer in range(2)
        for expert in range(128)
        for name in ("gate", "up", "down")
    }
    model = cm.read_huggingface(changed("qwen3-moe-30b", {"quantization_config": named(names)})).model
    assert stored(model) == ([(48, 16)], [(2, 4.5), (46, 16)])


def test_modules_outside_the_layers_are_noted(changed: Changed) -> None:
    names = {f"model.layers.0.self_attn.{name}_proj": "FP8" for name in "qkvo"} | {"visual.blocks.0.qkv": "FP8"}
    notes = cm.read_huggingface(changed("llama3-1-8b", {"quantization_config": named(names)})).notes
    assert "quantized_layers: visual.blocks.0.qkv is no layer of the text part" in notes


def test_layers_that_differ_in_too_many_ways_are_refused(changed: Changed, refusal: Refusal) -> None:
    names = {
        f"model.layers.{layer}.{module}": algorithm
        for layer, (one, two) in enumerate(
            (one, two) for one in ("FP8", "NVFP4", "MXFP8") for two in ("FP8", "NVFP4", "MXFP8")
        )
        for module, algorithm in (("mlp.experts", one), ("mlp.shared_expert", two))
    }
    says = refusal(changed("qwen2-moe-a2-7b", {"quantization_config": named(names)}))
    assert "layers differ in it in 10 ways, a stack has at most 8 groups of layers" in says


def test_formats_of_sublayers_follow_their_numbers(changed: Changed) -> None:
    names = {f"backbone.layers.5.mixer.{name}_proj": "FP8" for name in "qkvo"}
    model = cm.read_huggingface(changed("nemotron3-nano-30b", {"quantization_config": named(names)})).model
    assert stored(model) == ([(23, 16), (1, 8), (5, 16)], [(23, 16)])


FP8 = {"quant_method": "fp8"}
REFUSED: list[tuple[Any, str]] = [
    ("fp8", "must be an object"),
    ({**FP8, "kv_cache_scheme": {"num_bits": 5}}, "how it stores the KV cache is not known"),
    ({**FP8, "kv_cache_quant_algo": "NVFP4"}, "how it stores the KV cache is not known"),
    ({**FP8, "weight_block_size": [128]}, "weight_block_size must be two whole numbers"),
    ({**FP8, "weight_block_size": [128, 0]}, "weight_block_size must be two whole numbers"),
    ({**FP8, "ignore": "lm_head"}, "list of modules that stay high must hold names"),
    ({**FP8, "ignore": [1]}, "list of modules that stay high must hold names"),
    ({**FP8, "ignore": ["re:(a+)+$"]}, "cannot be matched safely"),
    ({**FP8, "ignore": ["re:(.*)*b"]}, "cannot be matched safely"),
    ({**FP8, "ignore": ["re:.*a.*b.*c.*d"]}, "cannot be matched safely"),
    ({**FP8, "ignore": ["re:(open"]}, "cannot be matched safely"),
    ({**FP8, "ignore": ["re:" + "a" * 200]}, "cannot be matched safely"),
    ({"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION"}, "is missing: it says which module has which"),
    ({"quant_method": "modelopt", "quantized_layers": {"a": {}}}, "a: the format None is not known"),
    ({"quant_method": "modelopt", "quantized_layers": ["a"]}, "must be an object of modules"),
    (named({"lm_head": "FP8"}), "lm_head: the head has the bits of the input table"),
    (named({"model.layers.0.strange.in_proj": "FP8"}), "this module belongs to no class of tensor"),
    (named({f"{LAYER}.self_attn.{name}_proj": "FP8" for name in "qk"}), "stored in several formats"),
    (
        named({f"{LAYER}.self_attn.{name}_proj": "FP8" if name == "q" else "NVFP4" for name in "qkvo"}),
        "the attention matrices of layer 0 are stored in several formats",
    ),
    (named({f"{LAYER}.mlp.experts.1.{name}_proj": "FP8" for name in ("gate", "up", "down")}), "some experts are"),
    ({"quant_method": "compressed-tensors"}, "config_groups must hold one group or more"),
    (
        groups(INT4)
        | {
            "config_groups": {
                "a": {"targets": ["Linear"], "weights": INT4},
                "b": {"targets": ["Linear"], "weights": EIGHT},
            }
        },
        "more than one group has the target Linear",
    ),
    (groups(INT4) | {"config_groups": {"a": {}, "b": {}}}, "the targets of its group must be a list of names"),
    (
        several({"Linear": INT4, "re:.*q_proj": EIGHT}),
        "the attention matrices of layer 0 are stored in several formats",
    ),
    (several({"Linear": INT4, "re:.*attn.*": EIGHT, "re:.*self_attn.*": NVFP4}), "in several formats"),
    (groups(INT4) | {"config_groups": {"a": {"targets": ["Conv"]}}}, "the targets of its group must be [Linear]"),
    (groups(INT4) | {"config_groups": {"a": {"targets": ["Linear"]}}}, "the weights of its group are missing"),
    (groups({"num_bits": 3}), "num_bits must be 4, 8 or 16"),
    (groups(INT4 | {"type": "nf4"}), "the type of its weights must be int or float"),
    (groups(INT4 | {"group_size": 0}), "group_size must be a whole number, -1 or null"),
    (
        {"quant_method": "gptq", "bits": 4, "group_size": "128"},
        "quantization_config.group_size: '128': group_size must",
    ),
    ({**FP8, "weight_block_size": [128, 128], "scale_fmt": "e5m2"}, "scale_fmt: 'e5m2': must be ue8m0 or float"),
    ({"quant_method": "awq"}, "bits must be 4, 8 or 16"),
]


@pytest.mark.parametrize(("config", "says"), REFUSED, ids=[f"{at} {says[:30]}" for at, (_, says) in enumerate(REFUSED)])
def test_uncertain_precision_is_refused(config: Any, says: str, changed: Changed, refusal: Refusal) -> None:
    assert says in refusal(changed("llama3-1-8b", {"quantization_config": config}))


def test_expert_precision_needs_the_rest(changed: Changed, refusal: Refusal) -> None:
    assert "without quantization_config" in refusal(changed("llama3-1-8b", {"expert_dtype": "fp4"}))
    both = changed("deepseek-v4-flash", {"quantization_config.expert_dtype": "fp8"})
    assert "must be fp4 or fp8, the same wherever it stands" in refusal(both)


def test_routed_experts_may_be_lower_than_the_rest(changed: Changed) -> None:
    model = cm.read_huggingface(changed("deepseek-v4-flash", {})).model
    fp8 = 8 + 8 / 128**2
    assert {(group.weight_bits, group.shared_weight_bits) for group in model.ffn} == {(4.25, fp8)}  # type: ignore[union-attr]
    assert {group.weight_bits for group in model.attention} == {fp8}
    rest = cm.read_huggingface(changed("deepseek-v4-flash", {"expert_dtype": "fp8"})).model
    assert {group.weight_bits for group in rest.ffn} == {fp8}
