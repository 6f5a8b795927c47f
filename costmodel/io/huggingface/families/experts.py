"""Experts behind grouped-query attention: Mixtral, Qwen MoE, GLM-4.5, MiniMax-M2, gpt-oss, ERNIE 4.5, Pangu."""

from collections.abc import Callable
from functools import partial
from typing import Any

from costmodel.io.huggingface.families.common import (
    Shape,
    Trunk,
    dense,
    first_dense,
    gqa,
    make_gqa,
    moe,
    routing_limit,
    trunk,
)
from costmodel.io.huggingface.families.gated import listed, no_window, qwen_window, window_everywhere
from costmodel.io.huggingface.layers import Make
from costmodel.io.huggingface.reader import Reader


def shape(
    base: Trunk, mixers: list[str], make_mixer: dict[str, Make], ffns: list[str], make_ffn: dict[str, Make]
) -> Shape:
    """A shape on a trunk."""
    return Shape(base.hidden, base.vocabulary, base.tied, mixers, make_mixer, ffns, make_ffn)


def mixtral(reader: Reader) -> Shape:
    """All layers have experts; `intermediate_size` is their width."""
    base = trunk(reader)
    fields = gqa(reader, base.hidden)
    kinds, window = window_everywhere(reader, base.layers)
    experts = moe(reader, experts=("num_local_experts",), width=("intermediate_size",))
    mixers: dict[str, Any] = {"full": make_gqa(fields), "sliding": make_gqa(fields, window)}
    return shape(base, kinds, mixers, ["moe"] * base.layers, {"moe": experts})


def sparse_step(reader: Reader, layers: int) -> list[str]:
    """Experts in every `decoder_sparse_step`-th layer that is not in `mlp_only_layers`."""
    step = reader.size("ffn.sparse_step", "decoder_sparse_step")
    only: list[int] = []
    if reader.has("mlp_only_layers"):
        only = reader.whole_list("ffn.mlp_only_layers", "mlp_only_layers")
    else:
        reader.take("ffn.mlp_only_layers", "mlp_only_layers")
        reader.assume("ffn.mlp_only_layers", "mlp_only_layers", "none", "the default of its class")
    if any(not 0 <= layer < layers for layer in only):
        reader.refuse("mlp_only_layers", f"must name layers from 0 to {layers - 1}")
    return ["moe" if layer not in only and (layer + 1) % step == 0 else "dense" for layer in range(layers)]


def dense_if_used(reader: Reader, kinds: list[str], key: str = "intermediate_size") -> dict[str, Make]:
    """The dense group where a layer is dense; else the width means nothing."""
    if "dense" in kinds:
        return {"dense": dense(reader, key)}
    reader.void("no layer is dense", key)
    return {}


def qwen_moe(reader: Reader, *, older: bool) -> Shape:
    """`older`: Qwen2-MoE, with QKV biases and a gated shared expert; else Qwen3-MoE with QK norm."""
    base = trunk(reader)
    if older:
        fields = gqa(reader, base.hidden, every="qkv")
        if "qkv_bias" in reader.data and not reader.switch("attention.biases", "qkv_bias", default=True):
            fields["biases"] = "none"
    else:
        fields = gqa(reader, base.hidden, derived=False, biases="attention_bias", qk_norm="head")
        reader.agree("qkv_bias", fields["biases"] != "none", "attention_bias")
        reader.agree("use_qk_norm", True, "the family")  # noqa: FBT003
        reader.agree("shared_expert_intermediate_size", 0, "the family, which has no shared expert")
    mixers, window = qwen_window(reader, base.layers)
    kinds = sparse_step(reader, base.layers)
    more: dict[str, Any] = {}
    if older:
        width = reader.size_or_none("ffn.shared_intermediate", "shared_expert_intermediate_size")
        more = {"shared": 1, "shared_intermediate": width, "shared_gate": "token"} if width else {}
    make = dense_if_used(reader, kinds) | {"moe": moe(reader, experts=("num_experts", "num_local_experts"), **more)}
    return shape(base, mixers, {"full": make_gqa(fields), "sliding": make_gqa(fields, window)}, kinds, make)


def glm4_moe(reader: Reader) -> Shape:
    """Dense layers first, then experts with shared ones; QK norm by a switch; biases on query, key and value."""
    base = trunk(reader)
    fields = gqa(reader, base.hidden, derived=False, biases="attention_bias", with_bias="qkv")
    if reader.switch("attention.qk_norm", "use_qk_norm", default=False):
        fields["qk_norm"] = "head"
    mixers, _ = no_window(reader, base.layers)
    kinds = first_dense(reader, base.layers)
    more: dict[str, Any] = {
        "shared": reader.count("ffn.shared", "n_shared_experts"),
        "routing_limit": routing_limit(reader),
    }
    make = dense_if_used(reader, kinds) | {"moe": moe(reader, **more)}
    return shape(base, mixers, {"full": make_gqa(fields)}, kinds, make)


def qk_norm_type(reader: Reader, expected: str) -> None:
    """MiniMax says how wide its norms of queries and keys are; a family has one width."""
    if "qk_norm_type" not in reader.data:
        reader.assume("attention.qk_norm", "qk_norm_type", expected, "as in every file of the family")
    elif reader.text("attention.qk_norm", "qk_norm_type") != expected:
        reader.refuse("qk_norm_type", f"must be {expected} in this family")


def minimax_m2(reader: Reader) -> Shape:
    """All layers full attention and experts; QK norm over all heads; a bias per expert chooses, and is a parameter."""
    base = trunk(reader)
    fields = gqa(reader, base.hidden, derived=False)
    if reader.switch("attention.qk_norm", "use_qk_norm", default=True):
        qk_norm_type(reader, "per_layer")
        fields["qk_norm"] = "layer"
    if reader.has("attn_type_list"):
        types = reader.whole_list("attention.types", "attn_type_list")
        if set(types) != {1} or len(types) != base.layers:
            reader.refuse("attn_type_list", "must be 1 for each layer in this family")
    reader.never("a shared expert in this family is not known", "shared_intermediate_size")
    reader.never("a window in this family is not known", "sliding_window")
    reader.take("ffn.routing_bias", "use_routing_bias")
    experts = moe(reader, width=("intermediate_size",))
    return shape(base, ["full"] * base.layers, {"full": make_gqa(fields)}, ["moe"] * base.layers, {"moe": experts})


def gpt_oss(reader: Reader) -> Shape:
    """Sliding and full layers with sinks; biases everywhere; `intermediate_size` is the width of an expert."""
    base = trunk(reader)
    fields = gqa(reader, base.hidden, derived=False, biases="attention_bias", bias_default=True)
    fields["sinks"] = "per_head"
    mixers, window = listed(reader, base.layers)
    keys = {"experts": ("num_local_experts", "num_experts"), "top_k": ("num_experts_per_tok", "experts_per_token")}
    experts = moe(reader, **keys, width=("intermediate_size",), biases="all", router_bias="per_expert")
    make = {"full": make_gqa(fields), "sliding": make_gqa(fields, window)}
    return shape(base, mixers, make, ["moe"] * base.layers, {"moe": experts})


def ernie(reader: Reader, *, tied: bool) -> Shape:
    """Experts from `moe_layer_start_index` to `moe_layer_end_index`; `remove_tail_layer` cuts layers at the end.

    `tied`: the default, which differs between the files of training and those of transformers.
    """
    if not reader.has("moe_num_experts"):
        reader.refuse("moe_num_experts", "missing: an ERNIE without experts is an encoder, which does not decode")
    base = trunk(reader, tied=tied)
    cut = 0
    if reader.take("layers.removed", "remove_tail_layer") is not False:
        cut = reader.count_or("layers.removed", 0, "no layer is cut", "remove_tail_layer")
    layers = base.layers - cut
    if layers < 1:
        reader.refuse("remove_tail_layer", f"leaves no layer of {base.layers}")
    if cut:
        reader.notes.append(f"remove_tail_layer = {cut}: {layers} of {base.layers} layers are left")
    fields = gqa(reader, base.hidden, biases="use_bias")
    reader.never("biases of experts in this family are not known", "mlp_bias")
    if fields["biases"] != "none":
        reader.refuse("use_bias", "biases of experts in this family are not known")
    first = reader.count("ffn.first_moe_layer", "moe_layer_start_index")
    last = (
        reader.count("ffn.last_moe_layer", "moe_layer_end_index") if reader.has("moe_layer_end_index") else layers - 1
    )
    if not first <= last < layers:
        reader.refuse("moe_layer_start_index", f"experts in layers {first} to {last} of {layers}")
    step = reader.size("ffn.moe_layer_interval", "moe_layer_interval")
    kinds = ["moe" if first <= i <= last and (i + 1) % step == 0 else "dense" for i in range(layers)]
    more: dict[str, Any] = {"shared": reader.count("ffn.shared", "moe_num_shared_experts"), "router_bias": "per_expert"}
    experts = moe(reader, experts=("moe_num_experts",), top_k=("moe_k", "moe_topk"), **more)
    make = dense_if_used(reader, kinds) | {"moe": experts}
    return shape(base, ["full"] * layers, {"full": make_gqa(fields)}, kinds, make)


def pangu(reader: Reader) -> Shape:
    """All layers have experts; each group of experts serves a token with one."""
    base = trunk(reader)
    fields = gqa(reader, base.hidden, derived=False)
    groups = reader.size("ffn.routing_limit", "num_expert_groups")
    width = reader.size("ffn.expert_width", "moe_intermediate_size")
    shared = reader.count("ffn.shared", "num_shared_experts")
    reader.agree("shared_expert_intermediate_size", shared * width, "num_shared_experts x moe_intermediate_size")
    experts = moe(reader, experts=("num_experts",), shared=shared, routing_limit=groups)
    return shape(base, ["full"] * base.layers, {"full": make_gqa(fields)}, ["moe"] * base.layers, {"moe": experts})


FAMILIES: dict[str, Callable[[Reader], Shape]] = {
    "mixtral": mixtral,
    "qwen2_moe": partial(qwen_moe, older=True),
    "qwen3_moe": partial(qwen_moe, older=False),
    "glm4_moe": glm4_moe,
    "minimax_m2": minimax_m2,
    "gpt_oss": gpt_oss,
    "ernie": partial(ernie, tied=False),
    "ernie4_5_moe": partial(ernie, tied=True),
    "PanguProMoE": pangu,
}
