"""What families share: the trunk of a model, and attention and feed-forward fields from usual key names."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from costmodel.attention import Gqa, Mla
from costmodel.ffn import Dense, Moe
from costmodel.io.huggingface.layers import Make
from costmodel.io.huggingface.reader import Reader

MOST_LAYERS = 1000


@dataclass(frozen=True)
class Shape:
    """A model before precision: kinds of both stacks, one per layer, and how a group of each kind is made."""

    hidden: int
    vocabulary: int
    tied: bool
    mixers: Sequence[str]
    make_mixer: dict[str, Make]
    ffns: Sequence[str]
    make_ffn: dict[str, Make]
    final_norms: int = 1
    streams: int = 1
    other_parameters: int = 0
    positions: tuple[Sequence[int], Sequence[int]] | None = None
    """The layer of the file for each entry of both stacks, where a layer is a mixer or an FFN."""


@dataclass(frozen=True)
class Trunk:
    """Hidden size, layers, vocabulary, tied embeddings."""

    hidden: int
    layers: int
    vocabulary: int
    tied: bool


def trunk(reader: Reader, *, tied: bool = False, tied_key: str = "", listed: int | None = None) -> Trunk:
    """`tied`: the default of the class; `tied_key`: its key where it is not the usual one.

    `listed`: layers that a list has, which stands for a missing number of them.
    """
    reader.mtp_layers()
    reader.never(
        "layers of another kind than text decoding are not modelled", "add_cross_attention", "is_encoder_decoder"
    )
    reader.void("the cost model has no pruned heads", *(key for key in ("pruned_heads",) if not reader.data.get(key)))
    keys = ("num_hidden_layers", "n_layer", "num_layers", "n_layers")
    if listed is not None and not any(reader.has(key) for key in keys):
        reader.derive("layers", f"the {listed} entries of the list of layers", keys[0])
        reader.take("layers", keys[0])
        layers = listed
    else:
        layers = reader.size("layers", *keys)
    if layers > MOST_LAYERS:
        reader.refuse("num_hidden_layers", f"more than {MOST_LAYERS} layers")
    reader.layers = layers
    return Trunk(
        hidden=reader.size("hidden", "hidden_size", "n_embd", "d_model"),
        layers=layers,
        vocabulary=reader.size("vocabulary", "vocab_size"),
        tied=reader.switch("tied_embeddings", tied_key or "tie_word_embeddings", tied),
    )


def head_dim(reader: Reader, hidden: int, heads: int, *, derived: bool) -> int:
    """The key `head_dim`; hidden / heads where the class does so and the file does not say."""
    if reader.has("head_dim"):
        return reader.size("attention.head_dim", "head_dim")
    if not derived:
        reader.refuse("head_dim", "missing: this family does not derive it from hidden_size", "add it to the file")
    if hidden % heads:
        reader.refuse("head_dim", f"missing, and hidden_size {hidden} is not divisible by {heads} heads")
    if "head_dim" in reader.data:
        reader.used["head_dim"] = None
    reader.derive("attention.head_dim", "hidden_size / num_attention_heads", "head_dim")
    return hidden // heads


def gqa(
    reader: Reader,
    hidden: int,
    *,
    derived: bool = True,
    older: bool = False,
    biases: str = "",
    with_bias: str = "all",
    every: str = "none",
    bias_default: bool = False,
    norms: int = 1,
    qk_norm: str = "none",
) -> dict[str, Any]:
    """Fields of a `Gqa`. `biases` is the switch that adds those of `with_bias`; without it they are `every`.

    `older`: the family began before grouped queries, so without a key every query head has its own keys.
    """
    heads = reader.size("attention.heads", "num_attention_heads", "n_head")
    if older and not reader.has("num_key_value_heads"):
        reader.assume("attention.kv_heads", "num_key_value_heads", heads, "as many as query heads, as in older files")
        kv_heads = heads
        reader.used["num_key_value_heads"] = None
    else:
        kv_heads = reader.size("attention.kv_heads", "num_key_value_heads")
    kind = every
    if biases:
        kind = with_bias if reader.switch("attention.biases", biases, bias_default) else "none"
    dim = head_dim(reader, hidden, heads, derived=derived)
    fields = gqa_fields(reader, heads, kv_heads, dim, "num_key_value_heads")
    return fields | {"norms": norms, "qk_norm": qk_norm, "biases": kind}


def gqa_fields(reader: Reader, heads: int, kv_heads: int, dim: int, key: str) -> dict[str, Any]:
    """Sizes of a `Gqa`; refuse KV heads, which that key gives, that do not divide the query heads."""
    if heads % kv_heads:
        reader.refuse(key, f"must divide the {heads} query heads")
    return {"heads": heads, "kv_heads": kv_heads, "head_dim": dim}


def make_gqa(fields: dict[str, Any], window: int | None = None, **changes: Any) -> Make:
    """A group of `Gqa`; a window counts the decoded token, as in transformers."""
    if window is not None:
        changes |= {"window": window, "window_count": "inclusive"}
    return partial(Gqa, **fields | changes)


def mla_fields(reader: Reader, *, query_rank_may_be_null: bool = True, hidden: int | None = None) -> dict[str, Any]:
    """Fields of an `Mla`; head counts of keys mean nothing in it. With `hidden` a missing `v_head_dim` is derived."""
    heads = reader.size("attention.heads", "num_attention_heads")
    reader.void("MLA caches one latent vector for all heads", "num_key_value_heads", "head_dim")
    reader.never("biases of MLA projections are not modelled", "attention_bias")
    query_rank = reader.size_or_none("attention.query_rank", "q_lora_rank")
    if query_rank is None and not query_rank_may_be_null:
        reader.refuse("q_lora_rank", "null, and this family needs it")
    nope, rope = (
        reader.size("attention.nope_dim", "qk_nope_head_dim"),
        reader.count("attention.rope_dim", "qk_rope_head_dim"),
    )
    reader.agree("qk_head_dim", nope + rope, "qk_nope_head_dim + qk_rope_head_dim")
    return {
        "heads": heads,
        "query_rank": query_rank,
        "kv_rank": reader.size("attention.kv_rank", "kv_lora_rank"),
        "rope_dim": rope,
        "nope_dim": nope,
        "value_dim": _value_dim(reader, hidden, heads),
        "accounting": "exact",
    }


def _value_dim(reader: Reader, hidden: int | None, heads: int) -> int:
    if hidden is None or reader.has("v_head_dim"):
        return reader.size("attention.value_dim", "v_head_dim")
    if hidden % heads:
        reader.refuse("v_head_dim", f"missing, and hidden_size {hidden} is not divisible by {heads} heads")
    reader.derive("attention.value_dim", "hidden_size / num_attention_heads", "v_head_dim")
    return hidden // heads


def make_mla(fields: dict[str, Any]) -> Make:
    """A group of `Mla`."""
    return partial(Mla, **fields)


def dense(
    reader: Reader,
    *keys: str,
    norms: int = 1,
    bias: str = "",
    bias_default: bool = False,
    every: str = "none",
    matrices: int = 3,
) -> Make:
    """A dense group; `bias` is the switch for biases, without it they are `every`."""
    width = reader.size("ffn.intermediate", *(keys or ("intermediate_size",)))
    biases = every
    if bias:
        biases = "all" if reader.switch("ffn.biases", bias, bias_default) else "none"
    return partial(Dense, intermediate=width, norms=norms, biases=biases, matrices=matrices)


def moe(
    reader: Reader,
    *,
    experts: Sequence[str] = ("num_experts", "n_routed_experts", "num_local_experts"),
    top_k: Sequence[str] = ("num_experts_per_tok",),
    width: Sequence[str] = ("moe_intermediate_size",),
    **more: Any,
) -> Make:
    """A group of experts; `more` are further fields."""
    count, used = reader.size("ffn.experts", *experts), reader.size("ffn.top_k", *top_k)
    if used > count:
        reader.refuse(next(key for key in top_k if key in reader.data), f"more than the {count} experts")
    return partial(Moe, experts=count, top_k=used, intermediate=reader.size("ffn.expert_width", *width), **more)


def routing_limit(reader: Reader) -> int | None:
    """topk_group where experts lie in more than one group."""
    groups = reader.count_or("ffn.expert_groups", 1, "one group", "n_group", "num_expert_group")
    if groups <= 1:
        if "topk_group" in reader.data:
            reader.redundant["topk_group"] = None
        return None
    return reader.size("ffn.routing_limit", "topk_group")


def first_dense(reader: Reader, layers: int, *, frequency: bool = True) -> list[str]:
    """`first_k_dense_replace` dense layers, then experts in every `moe_layer_freq`-th layer or as its list says.

    `frequency`: whether the family has that key.
    """
    dense_layers = reader.count("ffn.dense_layers", "first_k_dense_replace")
    if dense_layers > layers:
        reader.refuse("first_k_dense_replace", f"more than the {layers} layers")
    step = reader.count_or("ffn.moe_layer_freq", 1, "every layer", "moe_layer_freq") or 1 if frequency else 1
    kinds = ["moe" if i >= dense_layers and i % step == 0 else "dense" for i in range(layers)]
    if reader.has("mlp_layer_types"):
        listed = reader.take("mlp_layer_types", "mlp_layer_types")
        expected = ["sparse" if kind == "moe" else "dense" for kind in kinds]
        if listed != expected:
            reader.refuse("mlp_layer_types", "disagrees with first_k_dense_replace and moe_layer_freq")
    return kinds
