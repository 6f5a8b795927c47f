"""Multi-head latent attention: DeepSeek-V2, V3, V3.2, Kimi K2, GLM-5."""

from collections.abc import Callable
from functools import partial
from typing import Any

from costmodel.attention import Dsa
from costmodel.io.huggingface.families.common import (
    Shape,
    Trunk,
    dense,
    first_dense,
    make_mla,
    mla_fields,
    moe,
    routing_limit,
    trunk,
)
from costmodel.io.huggingface.families.experts import dense_if_used, shape
from costmodel.io.huggingface.families.routed import by_name
from costmodel.io.huggingface.layers import Make
from costmodel.io.huggingface.reader import Reader


def deepseek(reader: Reader, *, query_rank_may_be_null: bool = False, expert_norms: int = 1) -> Shape:
    """MLA in every layer; dense layers first, then experts with shared ones. `expert_norms`: norms around those."""
    base = trunk(reader)
    fields = mla_fields(reader, query_rank_may_be_null=query_rank_may_be_null)
    return _with_experts(reader, base, ["mla"] * base.layers, {"mla": make_mla(fields)}, expert_norms)


def sparse(reader: Reader) -> Shape:
    """MLA with DeepSeek's indexer; GLM-5.2 says in `indexer_types` which layers take over the choice of another."""
    base = trunk(reader)
    fields = mla_fields(reader, query_rank_may_be_null=False) | {
        "index_heads": reader.size("attention.index_heads", "index_n_heads"),
        "index_dim": reader.size("attention.index_dim", "index_head_dim"),
        "index_top_k": reader.size("attention.index_top_k", "index_topk"),
    }
    reader.agree("layer_types", ["indexed_attention"] * base.layers, "the family")
    kinds = ["own"] * base.layers
    if not reader.has("indexer_types"):
        reader.derive("attention.indexer", "an indexer of its own in every layer", "indexer_types")
    else:
        types = reader.take("attention.indexer", "indexer_types")
        if not isinstance(types, list) or len(types) != base.layers or not {"full", "shared"} >= set(map(str, types)):
            reader.refuse("indexer_types", f"must name full or shared for each of {base.layers} layers")
        kinds = ["own" if one == "full" else "shared" for one in types]
    make: dict[str, Make] = {kind: partial(Dsa, **fields, indexer=kind) for kind in ("own", "shared")}
    return _with_experts(reader, base, kinds, make)


def dense_mla(reader: Reader, *, value_derived: bool) -> Shape:
    """MLA and a dense layer everywhere. `value_derived`: a missing `v_head_dim` is hidden / heads."""
    base = trunk(reader, tied=True)
    reader.never("biases in this family are not known", "mlp_bias")
    fields = mla_fields(reader, hidden=base.hidden if value_derived else None)
    make = {"dense": dense(reader)}
    return shape(base, ["mla"] * base.layers, {"mla": make_mla(fields)}, ["dense"] * base.layers, make)


def longcat(reader: Reader) -> Shape:
    """Each of `num_layers` is two of attention and dense layer, and one of experts beside the second half."""
    base = trunk(reader)
    fields = mla_fields(reader, query_rank_may_be_null=False)
    reader.agree("zero_expert_type", "identity", "the family")
    if str(reader.take("attention", "attention_method") or "MLA").upper() != "MLA":
        reader.refuse("attention_method", "must be MLA in this family")
    identity = reader.count("ffn.identity_experts", "zero_expert_num")
    experts = moe(
        reader,
        experts=("n_routed_experts",),
        top_k=("moe_topk", "num_experts_per_tok"),
        width=("expert_ffn_hidden_size", "moe_intermediate_size"),
        identity_experts=identity,
        norms=0,
    )
    make: dict[str, Make] = {"dense": dense(reader, "ffn_hidden_size", "intermediate_size"), "moe": experts}
    twice = 2 * base.layers
    return shape(base, ["mla"] * twice, {"mla": make_mla(fields)}, ["dense", "moe", "dense"] * base.layers, make)


def _with_experts(
    reader: Reader, base: Trunk, mixers: list[str], make_mixer: dict[str, Make], expert_norms: int = 1
) -> Shape:
    listed = "mlp_layer_types" in reader.data and "first_k_dense_replace" not in reader.data
    kinds = by_name(reader, base.layers) if listed else first_dense(reader, base.layers)
    more: dict[str, Any] = {
        "shared": reader.count("ffn.shared", "n_shared_experts", "num_shared_experts"),
        "routing_limit": routing_limit(reader),
        "norms": expert_norms,
    }
    keys = ("n_routed_experts", "num_experts", "num_local_experts")
    make = dense_if_used(reader, kinds) | {"moe": moe(reader, experts=keys, **more)}
    return shape(base, mixers, make_mixer, kinds, make)


FAMILIES: dict[str, Callable[[Reader], Shape]] = {
    "deepseek_v2": partial(deepseek, query_rank_may_be_null=True),
    "deepseek_v3": deepseek,
    "kimi_k2": deepseek,
    "mistral4": deepseek,
    "glm4_moe_lite": partial(deepseek, query_rank_may_be_null=True),
    "sarvam_mla": partial(deepseek, query_rank_may_be_null=True),
    "axk1": partial(deepseek, expert_norms=2),
    "youtu": partial(dense_mla, value_derived=False),
    "minicpm3": partial(dense_mla, value_derived=True),
    "longcat_flash": longcat,
    "deepseek_v32": sparse,
    "glm_moe_dsa": sparse,
}
