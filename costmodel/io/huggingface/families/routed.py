"""Experts behind grouped-query attention where a family is only key names: OLMoE, Phi-3.5-MoE, Granite, Trinity, ..."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from costmodel.io.huggingface.families.common import Shape, first_dense, gqa, make_gqa, moe, routing_limit, trunk
from costmodel.io.huggingface.families.experts import dense_if_used, shape, sparse_step
from costmodel.io.huggingface.families.gated import ATTENTION_BIAS, EXACT_HEADS, TWO_NORMS, Kinds, listed, no_window
from costmodel.io.huggingface.families.plain import OLDER, QKV, exaone4_layers
from costmodel.io.huggingface.layers import Make, layer_types, same
from costmodel.io.huggingface.reader import Reader

Sparse = Callable[[Reader, int], list[str]]
"""`moe` or `dense` for every layer."""
WIDTH_IS_INTERMEDIATE = {"width": ("intermediate_size",)}


def routed(
    reader: Reader,
    *,
    attention: Mapping[str, Any],
    sparse: Sparse,
    kinds: Kinds = no_window,
    experts: Mapping[str, Any] | None = None,
    gate: str = "none",
    sinks: str = "none",
    norms: int = 1,
    shared: tuple[str, ...] = (),
    shared_width: str = "",
    shared_gate: str = "none",
    grouped: bool = False,
) -> Shape:
    """`shared` are keys for a count of shared experts, `shared_width` the key for the width of one."""
    base = trunk(reader)
    fields = gqa(reader, base.hidden, **attention) | {"gate": gate, "sinks": sinks}
    mixers, window = kinds(reader, base.layers)
    ffns = sparse(reader, base.layers)
    more: dict[str, Any] = {"norms": norms, **(experts or {})}
    if shared:
        more["shared"] = reader.count("ffn.shared", *shared)
    if shared_width:
        width = reader.size_or_none("ffn.shared_intermediate", shared_width)
        more |= {"shared": 1, "shared_intermediate": width, "shared_gate": shared_gate} if width else {}
    if grouped:
        more["routing_limit"] = routing_limit(reader)
    make: dict[str, Make] = {kind: partial(one, norms=norms) for kind, one in dense_if_used(reader, ffns).items()} | {
        "moe": moe(reader, **more)
    }
    made = {"full": make_gqa(fields), "sliding": make_gqa(fields, window)}
    return shape(base, mixers, made, ffns, make)


def everywhere(reader: Reader, layers: int) -> list[str]:
    """Experts in every layer."""
    reader.agree("mlp_layer_types", ["sparse"] * layers, "the family")
    return ["moe"] * layers


def by_name(reader: Reader, layers: int) -> list[str]:
    """As `mlp_layer_types` says, or `first_k_dense_replace` where it is missing."""
    if "mlp_layer_types" not in reader.data:
        kinds = first_dense(reader, layers, frequency=False)
        reader.agree("is_moe_layer", [kind == "moe" for kind in kinds], "first_k_dense_replace")
        return kinds
    types = reader.take("ffn.kinds", "mlp_layer_types")
    if not isinstance(types, list) or len(types) != layers or not {"dense", "sparse"} >= set(map(str, types)):
        reader.refuse("mlp_layer_types", f"must name dense or sparse for each of {layers} layers")
    kinds = ["moe" if one == "sparse" else "dense" for one in types]
    if "first_k_dense_replace" in reader.data:
        first = reader.count("ffn.dense_layers", "first_k_dense_replace")
        same(reader, "first_k_dense_replace", ["dense"] * first + ["moe"] * (layers - first), kinds)
    return kinds


def after_dense(reader: Reader, layers: int) -> list[str]:
    """`num_dense_layers` first (Trinity)."""
    for key in ("n_group", "topk_group", "num_expert_groups", "num_limited_groups"):
        reader.agree(key, 1, "the family")
    first = reader.count("ffn.dense_layers", "num_dense_layers")
    if first > layers:
        reader.refuse("num_dense_layers", f"more than the {layers} layers")
    return ["dense"] * first + ["moe"] * (layers - first)


def global_every(reader: Reader, layers: int) -> tuple[list[str], int | None]:
    """Every `global_attn_every_n_layers`-th layer is full (Trinity)."""
    every = reader.size("attention.pattern", "global_attn_every_n_layers")
    kinds = ["full" if (layer + 1) % every == 0 else "sliding" for layer in range(layers)]
    same(reader, "layer_types", layer_types(reader, layers, ("full", "sliding")) or kinds, kinds)
    return kinds, reader.size("attention.window", "sliding_window")


def phimoe(reader: Reader) -> Shape:
    """LayerNorm with biases; the LM head may have a bias too."""
    base_bias = reader.switch("head_bias", "lm_head_bias", default=False)
    made = routed(
        reader,
        attention=ATTENTION_BIAS | OLDER | TWO_NORMS,
        sparse=everywhere,
        experts={"experts": ("num_local_experts",), **WIDTH_IS_INTERMEDIATE},
        norms=2,
    )
    return replace(made, final_norms=2, other_parameters=made.vocabulary * base_bias)


def laguna(reader: Reader) -> Shape:
    """A gate on the output; layers of one kind have one number of heads, which a list may give."""
    gate = reader.take("attention.gate", "gating")
    if gate not in (True, "per-head", "per-element"):
        reader.refuse("gating", "must be true, per-head or per-element")
    reader.never("weights on the input of experts are not modelled", "moe_apply_router_weight_on_input")
    made = routed(
        reader,
        attention=ATTENTION_BIAS | EXACT_HEADS | {"qk_norm": "head"},
        sparse=by_name,
        kinds=listed,
        experts={"experts": ("num_experts",), "router_bias": "per_expert"},
        gate="full" if gate == "per-element" else "per_head",
        shared_width="shared_expert_intermediate_size",
    )
    if not reader.has("num_attention_heads_per_layer"):
        reader.take("attention.heads", "num_attention_heads_per_layer")
        reader.derive("attention.heads", "num_attention_heads in every layer", "num_attention_heads_per_layer")
        return made
    reader.notes.append("num_attention_heads_per_layer decides, num_attention_heads has no effect")
    heads = reader.whole_list("attention.heads", "num_attention_heads_per_layer")
    if len(heads) != len(made.mixers):
        reader.refuse("num_attention_heads_per_layer", f"must have one number for each of {len(made.mixers)} layers")
    makers = dict(made.make_mixer)
    for kind in set(made.mixers):
        of_kind = {one for one, mixer in zip(heads, made.mixers, strict=True) if mixer == kind}
        if len(of_kind) > 1:
            reader.refuse("num_attention_heads_per_layer", f"{kind} layers must have one number of heads")
        makers[kind] = partial(makers[kind], heads=of_kind.pop())
    return replace(made, make_mixer=makers)


HEAD_NORM = {"qk_norm": "head"}
SHARED_COUNT = ("num_shared_experts", "n_shared_experts")
EXPERT_COUNT = ("num_experts", "n_routed_experts", "num_local_experts")
LAYER_NORMED: dict[str, Any] = {
    "attention": ATTENTION_BIAS | OLDER | {"qk_norm": "layer"},
    "sparse": everywhere,
    "experts": {"experts": ("num_experts",), **WIDTH_IS_INTERMEDIATE},
}
GRANITE: dict[str, Any] = {
    "attention": ATTENTION_BIAS | OLDER,
    "sparse": everywhere,
    "experts": {"experts": ("num_local_experts",), **WIDTH_IS_INTERMEDIATE},
}

FAMILIES: dict[str, Callable[[Reader], Shape]] = {
    "olmoe": partial(routed, **LAYER_NORMED),
    "flex_olmo": partial(routed, **LAYER_NORMED),
    "phimoe": phimoe,
    "granitemoe": partial(routed, **GRANITE),
    "granitemoeshared": partial(routed, **GRANITE, shared_width="shared_intermediate_size"),
    "hy_v3": partial(
        routed,
        attention=ATTENTION_BIAS | EXACT_HEADS | HEAD_NORM,
        sparse=by_name,
        experts={"width": ("moe_intermediate_size", "expert_hidden_dim")},
        shared=SHARED_COUNT,
    ),
    "solar_open": partial(
        routed,
        attention=ATTENTION_BIAS | QKV | EXACT_HEADS,
        sparse=everywhere,
        shared=SHARED_COUNT,
        grouped=True,
    ),
    "exaone_moe": partial(
        routed, attention=HEAD_NORM, sparse=by_name, kinds=exaone4_layers, shared=SHARED_COUNT, grouped=True
    ),
    "sarvam_moe": partial(
        routed,
        attention={"biases": "attention_bias"} | QKV | EXACT_HEADS | HEAD_NORM,
        sparse=by_name,
        shared=SHARED_COUNT,
        grouped=True,
    ),
    "dots1": partial(
        routed,
        attention=ATTENTION_BIAS | OLDER | HEAD_NORM,
        sparse=by_name,
        kinds=listed,
        shared=SHARED_COUNT,
        grouped=True,
    ),
    "mellum": partial(routed, attention=ATTENTION_BIAS | EXACT_HEADS | HEAD_NORM, sparse=by_name, kinds=listed),
    "kolibri1": partial(
        routed,
        attention=EXACT_HEADS | HEAD_NORM | TWO_NORMS,
        sparse=everywhere,
        kinds=listed,
        norms=2,
        shared_width="shared_expert_intermediate_size",
    ),
    "flint": partial(
        routed,
        attention=ATTENTION_BIAS | EXACT_HEADS | HEAD_NORM,
        sparse=sparse_step,
        kinds=listed,
        sinks="per_head",
        shared_width="shared_expert_intermediate_size",
    ),
    "afmoe": partial(
        routed,
        attention=ATTENTION_BIAS | EXACT_HEADS | HEAD_NORM | TWO_NORMS,
        sparse=after_dense,
        kinds=global_every,
        experts={"experts": ("num_experts",), "router_bias": "per_expert"},
        gate="full",
        norms=2,
        shared=SHARED_COUNT,
    ),
    "laguna": laguna,
}
