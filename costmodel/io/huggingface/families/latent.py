"""Multi-head latent attention: DeepSeek-V2, V3, V3.2, Kimi K2, GLM-5; and Step-3's MFA."""

from collections.abc import Callable
from functools import partial
from typing import Any

from costmodel.attention import Dsa, Mfa
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


def step3(reader: Reader) -> Shape:
    """MFA; experts in the layers that `moe_layers_enum` numbers from 0."""
    base = trunk(reader)
    if not reader.switch("attention.mfa", "use_mfa", default=True):
        reader.refuse("use_mfa", "Step-3 without MFA is not known")
    reader.agree("num_key_value_heads", 1, "MFA, which has one")
    if reader.size("attention.kv_heads", "num_attention_groups") != 1:
        reader.refuse("num_attention_groups", "MFA has one key and value head")
    fields: dict[str, Any] = {
        "heads": reader.size("attention.heads", "num_attention_heads"),
        "head_dim": reader.size("attention.head_dim", "head_dim"),
        "query_rank": reader.size("attention.query_rank", "share_q_dim"),
    }
    reader.agree("use_moe", True, "the family")  # noqa: FBT003
    listed = reader.text("ffn.moe_layers", "moe_layers_enum")
    try:
        numbers = {int(number) for number in listed.split(",")}
    except ValueError:
        reader.refuse("moe_layers_enum", "must be layer numbers with commas")
    if not numbers <= set(range(base.layers)):
        reader.refuse("moe_layers_enum", f"must name layers from 0 to {base.layers - 1}")
    reader.void("moe_layers_enum decides", "moe_layer_offset", "moe_every_n_layer")
    kinds = ["moe" if layer in numbers else "dense" for layer in range(base.layers)]
    width = reader.size("ffn.shared_intermediate", "share_expert_dim")
    keys = {"experts": ("moe_num_experts", "num_experts"), "top_k": ("moe_top_k", "num_experts_per_tok")}
    make = dense_if_used(reader, kinds) | {"moe": moe(reader, **keys, shared=1, shared_intermediate=width)}
    return shape(base, ["mfa"] * base.layers, {"mfa": partial(Mfa, **fields)}, kinds, make)


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
    "step3_text": step3,
}
