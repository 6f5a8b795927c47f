"""Multi-head latent attention: DeepSeek-V2, V3, V3.2, Kimi K2, GLM-5."""

from collections.abc import Callable
from functools import partial
from typing import Any

from costmodel.attention import Dsa
from costmodel.io.huggingface.families.common import (
    Shape,
    Trunk,
    first_dense,
    make_mla,
    mla_fields,
    moe,
    routing_limit,
    trunk,
)
from costmodel.io.huggingface.families.experts import dense_if_used, shape
from costmodel.io.huggingface.layers import Make
from costmodel.io.huggingface.reader import Reader


def deepseek(reader: Reader, *, query_rank_may_be_null: bool = False) -> Shape:
    """MLA in every layer; dense layers first, then experts with shared ones."""
    base = trunk(reader)
    fields = mla_fields(reader, query_rank_may_be_null=query_rank_may_be_null)
    return _with_experts(reader, base, ["mla"] * base.layers, {"mla": make_mla(fields)})


def sparse(reader: Reader) -> Shape:
    """MLA with DeepSeek's indexer; GLM-5.2 says in `indexer_types` which layers take over the choice of another."""
    base = trunk(reader)
    fields = mla_fields(reader, query_rank_may_be_null=False) | {
        "index_heads": reader.size("attention.index_heads", "index_n_heads"),
        "index_dim": reader.size("attention.index_dim", "index_head_dim"),
        "index_top_k": reader.size("attention.index_top_k", "index_topk"),
        "index_bits": 16,
    }
    kinds = ["own"] * base.layers
    if reader.has("indexer_types"):
        types = reader.take("attention.indexer", "indexer_types")
        if not isinstance(types, list) or len(types) != base.layers or not {"full", "shared"} >= set(map(str, types)):
            reader.refuse("indexer_types", f"must name full or shared for each of {base.layers} layers")
        kinds = ["own" if one == "full" else "shared" for one in types]
    make: dict[str, Make] = {kind: partial(Dsa, **fields, indexer=kind) for kind in ("own", "shared")}
    return _with_experts(reader, base, kinds, make)


def _with_experts(reader: Reader, base: Trunk, mixers: list[str], make_mixer: dict[str, Make]) -> Shape:
    kinds = first_dense(reader, base.layers)
    more: dict[str, Any] = {
        "shared": reader.count("ffn.shared", "n_shared_experts"),
        "routing_limit": routing_limit(reader),
    }
    make = dense_if_used(reader, kinds) | {"moe": moe(reader, experts=("n_routed_experts",), **more)}
    return shape(base, mixers, make_mixer, kinds, make)


FAMILIES: dict[str, Callable[[Reader], Shape]] = {
    "deepseek_v2": partial(deepseek, query_rank_may_be_null=True),
    "deepseek_v3": deepseek,
    "kimi_k2": deepseek,
    "deepseek_v32": sparse,
    "glm_moe_dsa": sparse,
}
