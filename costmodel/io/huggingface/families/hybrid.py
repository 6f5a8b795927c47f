"""Layers of several kinds: Llama 4 chunks, MiniMax-M1, MiMo-V2, Qwen3-Next and 3.5, OLMo hybrid, Kimi Linear."""

from collections.abc import Callable
from functools import partial
from typing import Any

from costmodel.attention import GatedDelta, Kda, Lightning
from costmodel.io.huggingface.families.common import (
    Shape,
    dense,
    first_dense,
    gqa,
    make_gqa,
    make_mla,
    mla_fields,
    moe,
    routing_limit,
    trunk,
)
from costmodel.io.huggingface.families.experts import dense_if_used, shape, sparse_step
from costmodel.io.huggingface.layers import every, layer_types, same
from costmodel.io.huggingface.reader import Reader


def llama4(reader: Reader) -> Shape:
    """Chunks but in every fourth layer; one shared expert, as wide as the others, for which there is no key."""
    base = trunk(reader)
    fields = gqa(reader, base.hidden, derived=False, biases="attention_bias")
    reader.take("attention.qk_norm", "use_qk_norm")
    chunk = reader.size("attention.window", "attention_chunk_size")
    positions = reader.take("attention.chunked", "no_rope_layers")
    kinds = every(base.layers, 4, "full", "chunked")
    if positions:
        if not isinstance(positions, list) or len(positions) != base.layers or not {0, 1} >= set(positions):
            reader.refuse("no_rope_layers", f"must be 0 or 1 for each of {base.layers} layers")
        kinds = ["chunked" if one == 1 else "full" for one in positions]
    else:
        reader.derive("attention.chunked", "all but every fourth layer, no_rope_layers is missing or empty")
    found = layer_types(reader, base.layers, ("full", "chunked"))
    if found:
        same(reader, "layer_types", found, kinds)
    step = reader.size("ffn.moe_layer_step", "interleave_moe_layer_step")
    ffns = every(base.layers, step, "moe", "dense")
    if reader.has("moe_layers"):
        numbers = reader.whole_list("ffn.moe_layers", "moe_layers")
        same(reader, "moe_layers", ["moe" if i in numbers else "dense" for i in range(base.layers)], ffns)
    reader.derive("ffn.shared", "Llama 4 has one shared expert and no key for it")
    make = dense_if_used(reader, ffns, "intermediate_size_mlp")
    make["moe"] = moe(reader, experts=("num_local_experts",), width=("intermediate_size",), shared=1)
    return shape(base, kinds, {"full": make_gqa(fields), "chunked": make_gqa(fields, chunk)}, ffns, make)


def minimax(reader: Reader) -> Shape:
    """`attn_type_list`: 1 is full attention, 0 Lightning with as many heads of the same width."""
    base = trunk(reader)
    fields = gqa(reader, base.hidden, derived=False)
    types = reader.whole_list("attention.types", "attn_type_list")
    if len(types) != base.layers or not {0, 1} >= set(types):
        reader.refuse("attn_type_list", f"must be 0 or 1 for each of {base.layers} layers")
    reader.never("a window in this family is not known", "sliding_window")
    reader.never("a shared expert in this family is not known", "shared_intermediate_size")
    heads, dim = fields["heads"], fields["head_dim"]
    reader.derive("attention.state_bits", "16: the state has the precision of activations")
    lightning = partial(Lightning, heads=heads, key_dim=dim, value_dim=dim, state_bits=16)
    experts = moe(reader, experts=("num_local_experts",), width=("intermediate_size",))
    kinds = ["full" if one else "linear" for one in types]
    make: dict[str, Any] = {"full": make_gqa(fields), "linear": lightning}
    return shape(base, kinds, make, ["moe"] * base.layers, {"moe": experts})


def mimo_v2(reader: Reader) -> Shape:
    """`hybrid_layer_pattern`: 1 slides, with its own KV heads and a window beside the decoded token."""
    base = trunk(reader)
    full = gqa(reader, base.hidden, derived=False, biases="attention_bias", with_bias="qkv")
    full["value_dim"] = reader.size("attention.value_dim", "v_head_dim")
    slide = full | {
        "heads": reader.size("attention.sliding.heads", "swa_num_attention_heads"),
        "kv_heads": reader.size("attention.sliding.kv_heads", "swa_num_key_value_heads"),
        "head_dim": reader.size("attention.sliding.head_dim", "swa_head_dim"),
        "value_dim": reader.size("attention.sliding.value_dim", "swa_v_head_dim"),
        "window": reader.size("attention.window", "sliding_window", "sliding_window_size", "attention_chunk_size"),
    }
    for fields, key in ((slide, "add_swa_attention_sink_bias"), (full, "add_full_attention_sink_bias")):
        fields["sinks"] = "per_head" if reader.switch(f"attention.{key}", key, default=False) else "none"
    pattern = reader.whole_list("attention.pattern", "hybrid_layer_pattern")
    sparse = reader.whole_list("ffn.pattern", "moe_layer_freq")
    for key, values in (("hybrid_layer_pattern", pattern), ("moe_layer_freq", sparse)):
        if len(values) != base.layers or not {0, 1} >= set(values):
            reader.refuse(key, f"must be 0 or 1 for each of {base.layers} layers")
    kinds = ["moe" if one else "dense" for one in sparse]
    more: dict[str, Any] = {
        "shared": reader.count("ffn.shared", "n_shared_experts"),
        "routing_limit": routing_limit(reader),
    }
    make = dense_if_used(reader, kinds) | {"moe": moe(reader, experts=("n_routed_experts",), **more)}
    mixers: dict[str, Any] = {"full": make_gqa(full), "sliding": make_gqa(slide)}
    return shape(base, ["sliding" if one else "full" for one in pattern], mixers, kinds, make)


def qwen_delta(reader: Reader, *, gated: bool, experts: bool = True) -> Shape:
    """Gated DeltaNet but in every `full_attention_interval`-th layer. `gated`: the class has no switch for the gate.

    Without `experts` all layers are dense.
    """
    base = trunk(reader)
    fields = gqa(reader, base.hidden, derived=False, biases="attention_bias", qk_norm="head")
    if gated or reader.switch("attention.gate", "attn_output_gate", default=True):
        fields["gate"] = "full"
    reader.never("a window in this family is not known", "use_sliding_window")
    interval = reader.take("attention.interval", "full_attention_interval")
    kinds = layer_types(reader, base.layers, ("full", "linear"))
    if interval is not None:
        pattern = every(base.layers, reader.size("attention.interval", "full_attention_interval"), "full", "linear")
        same(reader, "layer_types", kinds or pattern, pattern)
        kinds = pattern
    if kinds is None:
        reader.refuse("full_attention_interval", "missing, and layer_types too: which layers are linear is not known")
    delta = _delta_fields(reader)
    if reader.has("mamba_ssm_dtype") and reader.take("attention.state_bits", "mamba_ssm_dtype") != "float32":
        delta["state_bits"] = 16
    mixers: dict[str, Any] = {"full": make_gqa(fields), "linear": partial(GatedDelta, **delta)}
    if not experts:
        return shape(base, kinds, mixers, ["dense"] * base.layers, {"dense": dense(reader)})
    if "decoder_sparse_step" in reader.data:
        ffns = sparse_step(reader, base.layers)
    else:
        if reader.data.get("mlp_only_layers"):
            reader.refuse("mlp_only_layers", "not used by this family")
        reader.void("all layers have experts", "mlp_only_layers")
        ffns = ["moe"] * base.layers
    width = reader.size("ffn.shared_intermediate", "shared_expert_intermediate_size")
    routed = moe(reader, experts=("num_experts",), shared=1, shared_intermediate=width, shared_gate="token")
    make = dense_if_used(reader, ffns) | {"moe": routed}
    return shape(base, kinds, mixers, ffns, make)


def _delta_fields(reader: Reader) -> dict[str, Any]:
    return {
        "heads": reader.size("attention.linear.heads", "linear_num_value_heads"),
        "key_heads": reader.size("attention.linear.key_heads", "linear_num_key_heads"),
        "key_dim": reader.size("attention.linear.key_dim", "linear_key_head_dim"),
        "value_dim": reader.size("attention.linear.value_dim", "linear_value_head_dim"),
        "kernel": reader.size("attention.linear.kernel", "linear_conv_kernel_dim"),
    }


def olmo_hybrid(reader: Reader) -> Shape:
    """Gated DeltaNet and attention with QK norm over all heads, by `layer_types`."""
    base = trunk(reader)
    fields = gqa(reader, base.hidden, older=True, biases="attention_bias", qk_norm="layer")
    kinds = layer_types(reader, base.layers, ("full", "linear"))
    if kinds is None:
        reader.refuse("layer_types", "missing: which layers are linear is not known")
    mixers: dict[str, Any] = {"full": make_gqa(fields), "linear": partial(GatedDelta, **_delta_fields(reader))}
    return shape(base, kinds, mixers, ["dense"] * base.layers, {"dense": dense(reader)})


def kimi_linear(reader: Reader) -> Shape:
    """KDA and MLA, by lists of layers numbered from 1 or by `layer_types`."""
    base = trunk(reader)
    mla = mla_fields(reader)
    config = reader.take("attention.linear", "linear_attn_config")
    if isinstance(config, dict):
        kinds, linear = _from_lists(reader, config, base.layers)
    else:
        kinds = layer_types(reader, base.layers, ("full", "linear")) or []
        if not kinds:
            reader.refuse("linear_attn_config", "missing, and layer_types too: which layers are linear is not known")
        linear = {
            "heads": reader.size("attention.linear.heads", "linear_num_heads"),
            "head_dim": reader.size("attention.linear.head_dim", "linear_head_dim"),
            "kernel": reader.size("attention.linear.kernel", "linear_conv_kernel_dim"),
        }
    if "first_k_dense_replace" in reader.data:
        ffns = first_dense(reader, base.layers)
    else:
        types = reader.take("ffn.pattern", "mlp_layer_types")
        if not isinstance(types, list) or len(types) != base.layers or not {"dense", "sparse"} >= set(map(str, types)):
            reader.refuse("mlp_layer_types", f"must name dense or sparse for each of {base.layers} layers")
        ffns = ["moe" if one == "sparse" else "dense" for one in types]
    more: dict[str, Any] = {
        "shared": reader.count("ffn.shared", "num_shared_experts"),
        "routing_limit": routing_limit(reader),
    }
    experts = moe(reader, experts=("num_experts",), top_k=("num_experts_per_token",), **more)
    make = dense_if_used(reader, ffns) | {"moe": experts}
    return shape(base, kinds, {"full": make_mla(mla), "linear": partial(Kda, **linear)}, ffns, make)


def _from_lists(reader: Reader, config: dict[str, Any], layers: int) -> tuple[list[str], dict[str, int]]:
    inner = Reader(config, {key: f"{reader.place('linear_attn_config')}.{key}" for key in config})
    linear = {
        "heads": inner.size("attention.linear.heads", "num_heads"),
        "head_dim": inner.size("attention.linear.head_dim", "head_dim"),
        "kernel": inner.size("attention.linear.kernel", "short_conv_kernel_size"),
    }
    recurrent = inner.whole_list("attention.linear.layers", "kda_layers")
    full = inner.whole_list("attention.full.layers", "full_attn_layers")
    if sorted(recurrent + full) != list(range(1, layers + 1)):
        inner.refuse("kda_layers", f"with full_attn_layers must name each layer from 1 to {layers} once")
    reader.merge(inner)
    return ["full" if layer + 1 in full else "linear" for layer in range(layers)], linear


FAMILIES: dict[str, Callable[[Reader], Shape]] = {
    "llama4_text": llama4,
    "minimax_m1": minimax,
    "minimax_text_01": minimax,
    "mimo_v2_flash": mimo_v2,
    "qwen3_next": partial(qwen_delta, gated=True),
    "qwen3_5_moe_text": partial(qwen_delta, gated=False),
    "qwen3_5_text": partial(qwen_delta, gated=False, experts=False),
    "olmo_hybrid": olmo_hybrid,
    "kimi_linear": kimi_linear,
}
