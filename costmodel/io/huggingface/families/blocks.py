"""MiniMax-M3: an indexer chooses blocks of the cache in most layers."""

from collections.abc import Callable
from functools import partial
from typing import Any

from costmodel.attention import BlockSparse
from costmodel.io.huggingface.families.common import Shape, gqa, make_gqa, moe, trunk
from costmodel.io.huggingface.families.experts import dense_if_used, qk_norm_type, shape
from costmodel.io.huggingface.reader import Reader


def minimax_m3(reader: Reader) -> Shape:
    """`sparse_attention_freq`: 1 chooses blocks. `moe_layer_freq`: 1 has experts."""
    base = trunk(reader)
    fields = gqa(reader, base.hidden, derived=False)
    if reader.switch("attention.qk_norm", "use_qk_norm", default=True):
        qk_norm_type(reader, "per_head")
        fields["qk_norm"] = "head"
    reader.never("an output gate in this family is not known", "attention_output_gate")
    config = reader.take("attention.index", "sparse_attention_config")
    if not isinstance(config, dict):
        reader.refuse("sparse_attention_config", "must be an object")
    inner = Reader(config, {key: f"sparse_attention_config.{key}" for key in config})
    inner.agree("use_sparse_attention", True, "the family")  # noqa: FBT003
    index = {
        "index_heads": inner.size("attention.index_heads", "sparse_num_index_heads"),
        "index_dim": inner.size("attention.index_dim", "sparse_index_dim"),
        "block_size": inner.size("attention.block_size", "sparse_block_size"),
        "index_blocks": inner.size("attention.index_blocks", "sparse_topk_blocks"),
    }
    types = inner.whole_list("attention.kinds", "sparse_attention_freq")
    inner.take("attention.index_value", "sparse_disable_index_value")
    inner.void("blocks that are always read are among the chosen ones", "sparse_init_block", "sparse_local_block")
    inner.void("the best key of a block counts", "sparse_score_type")
    reader.merge(inner)
    sparse = reader.whole_list("ffn.kinds", "moe_layer_freq")
    for key, values in (("sparse_attention_config", types), ("moe_layer_freq", sparse)):
        if len(values) != base.layers or not {0, 1} >= set(values):
            reader.refuse(key, f"must have 0 or 1 for each of {base.layers} layers")
    ffns = ["moe" if one else "dense" for one in sparse]
    if "first_k_dense_replace" in reader.data:
        first = reader.count("ffn.dense_layers", "first_k_dense_replace")
        if ffns != ["dense"] * first + ["moe"] * (base.layers - first):
            reader.refuse("first_k_dense_replace", "disagrees with moe_layer_freq")
    make = dense_if_used(reader, ffns, "dense_intermediate_size")
    reader.take("ffn.routing_bias", "use_routing_bias")
    shared = reader.count("ffn.shared", "n_shared_experts")
    width = reader.size_or_none("ffn.shared_intermediate", "shared_intermediate_size")
    make["moe"] = moe(
        reader, width=("moe_intermediate_size", "intermediate_size"), shared=shared, shared_intermediate=width
    )
    kinds = ["sparse" if one else "full" for one in types]
    mixers: dict[str, Any] = {"full": make_gqa(fields), "sparse": partial(BlockSparse, **fields, **index)}
    return shape(base, kinds, mixers, ffns, make)


FAMILIES: dict[str, Callable[[Reader], Shape]] = {"minimax_m3": minimax_m3}
