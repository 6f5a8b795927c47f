"""Modules that a quantisation leaves high, by the names of every family; refused where they are part of a class."""

from collections.abc import Callable
from typing import Any

import pytest

import costmodel as cm
from tests.costmodel.io.huggingface.test_quantisation import INT4, groups, stored

Changed = Callable[[str, dict[str, Any]], dict[str, Any]]
Refusal = Callable[[Any], str]


def test_sublayers_are_numbered_as_in_the_file(changed: Changed) -> None:
    ignored = ["backbone.layers.5.mixer*", "backbone.layers.4.mixer.in_proj", "backbone.layers.4.mixer.out_proj"]
    config = groups(INT4, ignore=[*ignored, "backbone.layers.1.mixer.experts"])
    model = cm.read_huggingface(changed("nemotron3-nano-30b", {"quantization_config": config})).model
    kinds = [(group.tag(), group.layers, group.weight_bits) for group in model.attention]
    assert kinds == [("mamba2", 22, 4.5), ("mamba2", 1, 16), ("gqa", 1, 16), ("gqa", 5, 4.5)]
    assert [(group.layers, group.weight_bits) for group in model.ffn] == [(1, 16), (22, 4.5)]


def test_numbered_modules_of_split_layers_are_refused(changed: Changed, refusal: Refusal) -> None:
    config = groups(INT4, ignore=["model.layers.3.self_attn"])
    says = refusal(changed("longcat-flash", {"quantization_config": config}))
    assert "named by layer, which is not followed where layers are split" in says


def layers_of(*modules: str) -> list[str]:
    return [f"language_model.model.layers.{layer}.{module}" for layer in range(48) for module in modules]


GATED = ("gate_proj", "up_proj", "down_proj")


def test_ignored_modules_of_every_naming_stay_high(changed: Changed) -> None:
    shared, dense = (layers_of(*(f"feed_forward.{part}{one}" for one in GATED)) for part in ("shared_expert.", ""))
    config = groups(INT4, ignore=[*shared, *dense, "vision_model", "language_model.lm_head"])
    ffn = cm.read_huggingface(changed("llama4-maverick", {"quantization_config": config})).model.ffn
    assert [(group.tag(), group.weight_bits) for group in ffn] == [("dense", 16), ("moe", 4.5)]
    assert ffn[1].shared_weight_bits == 16  # type: ignore[union-attr]


def test_one_kind_of_mixer_may_stay_high(changed: Changed) -> None:
    for name, ignored in (("jamba-1-5-mini", "mamba"), ("qwen3-next-80b", "re:.*linear_attn.*")):
        config = groups(INT4, ignore=[ignored])
        attention = cm.read_huggingface(changed(name, {"quantization_config": config})).model.attention
        assert [group.weight_bits for group in attention] == [16, 4.5]


PARTS: list[tuple[str, list[str], str]] = [
    ("llama3-1-8b", ["self_attn.q_proj"], "some attention matrices of layer 0 stay in 16 bits and others do not"),
    ("llama3-1-8b", ["model.layers.7.self_attn.qkv_proj"], "some attention matrices of layer 7"),
    ("deepseek-v3-2-dsa", ["*q_a_proj*", "*kv_b_proj*", "*indexer*"], "some attention matrices of layer 0"),
    ("deepseek-v3-2-dsa", ["*shared_experts.up_proj"], "some shared matrices of layer 3"),
    ("llama3-1-8b", ["model.layers.3.strange_proj"], "strange_proj stays high: which weights it holds is not known"),
    ("llama3-1-8b", ["re:.*strange.*"], ".*strange.* stays high: which weights it holds is not known"),
    ("kimi-k2", ["model.layers.3.mlp.experts.7"], "single experts that stay high are not modelled"),
]


@pytest.mark.parametrize(("name", "ignored", "says"), PARTS, ids=[says[:34] for _, _, says in PARTS])
def test_part_of_a_class_that_stays_high_is_refused(
    name: str, ignored: list[str], says: str, changed: Changed, refusal: Refusal
) -> None:
    assert says in refusal(changed(name, {"quantization_config": groups(INT4, ignore=ignored)}))


HARMLESS = [
    "lm_head",
    "model.norm",
    "mlp.gate",
    "mlp.shared_expert_gate",
    "re:.*router.*",
    "visual",
    "mtp*",
    "model.layers.61*",
    "model.layers.3.input_layernorm",
    "model.layers.3.mlp.gate.e_score_correction_bias",
]


def test_tensors_that_are_never_quantised_have_no_effect(changed: Changed) -> None:
    model = cm.read_huggingface(changed("kimi-k2", {"quantization_config": groups(INT4, ignore=HARMLESS)})).model
    assert stored(model) == ([(61, 4.5)], [(1, 4.5), (60, 4.5)])


def test_glob_of_a_layer_number_means_these_layers(changed: Changed) -> None:
    config = groups(INT4, ignore=["model.layers.0*", "model.layers.1*"])
    model = cm.read_huggingface(changed("llama3-1-8b", {"quantization_config": config})).model
    assert stored(model) == ([(12, 16), (20, 4.5)], [(12, 16), (20, 4.5)])


STAYS_HIGH: list[tuple[str, list[str]]] = [
    ("glob", ["model.layers.*.self_attn*"]),
    ("expression", ["re:.*self_attn.*"]),
    ("bare name", ["self_attn", "lm_head"]),
    ("each layer", [f"model.layers.{layer}.self_attn" for layer in range(61)]),
    (
        "each module",
        [
            f"language_model.model.layers.{layer}.self_attn.{name}_proj"
            for layer in range(61)
            for name in ("q_a", "q_b", "kv_b", "o")
        ]
        + ["*kv_a_proj_with_mqa"],
    ),
]


@pytest.mark.parametrize(("name", "ignored"), STAYS_HIGH, ids=[row[0] for row in STAYS_HIGH])
def test_ignored_modules_stay_high(name: str, ignored: list[str], changed: Changed) -> None:
    config = groups(INT4, ignore=ignored)
    model = cm.read_huggingface(changed("kimi-k2", {"quantization_config": config})).model
    assert {group.weight_bits for group in model.attention} == {16}, name
    assert {group.weight_bits for group in model.ffn} == {4.5}


def test_shared_experts_may_stay_high(changed: Changed) -> None:
    config = groups(INT4, ignore=["re:.*shared_experts.*"])
    experts = cm.read_huggingface(changed("kimi-k2", {"quantization_config": config})).model.ffn[1]
    assert (experts.weight_bits, experts.shared_weight_bits) == (4.5, 16)  # type: ignore[union-attr]


def test_layer_may_stay_high_as_a_whole(changed: Changed) -> None:
    config = groups(INT4, ignore=["model.layers.0", "model.layers.1.input_layernorm"])
    only = {"quantization_config": config, "num_hidden_layers": 1, "first_k_dense_replace": 1}
    model = cm.read_huggingface(changed("kimi-k2", only)).model
    assert (model.ffn[0].weight_bits, model.attention[0].weight_bits) == (16, 16)
