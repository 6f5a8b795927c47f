"""DeepSeek-V4: a window beside pooled entries of the cache, one tensor for keys and values, hyper-connections."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from costmodel.attention import Csa, Hca, SharedKv
from costmodel.io.huggingface.families.common import Shape, moe, trunk
from costmodel.io.huggingface.families.experts import shape
from costmodel.io.huggingface.layers import Make, cut, layer_types
from costmodel.io.huggingface.reader import Reader

KINDS = {"sliding": "window", "compressed_sparse_attention": "csa", "heavily_compressed_attention": "hca"}


def deepseek_v4(reader: Reader) -> Shape:
    """`compress_ratios`: 0 a window only, the smaller ratio an index of entries (CSA), the larger all of them (HCA)."""
    base = trunk(reader)
    reader.never("biases in this family are not known", "attention_bias", "mlp_bias")
    reader.agree("num_key_value_heads", 1, "the family, which caches one head")
    reader.never(
        "not a key of this family", "kv_lora_rank", "v_head_dim", "first_k_dense_replace", "n_group", "topk_group"
    )
    kinds, blocks = _kinds(reader, base.layers)
    fields: dict[str, Any] = {
        "heads": reader.size("attention.heads", "num_attention_heads"),
        "head_dim": reader.size("attention.head_dim", "head_dim"),
        "query_rank": reader.size("attention.query_rank", "q_lora_rank"),
        "output_groups": reader.size("attention.output_groups", "o_groups"),
        "output_rank": reader.size("attention.output_rank", "o_lora_rank"),
        "window": reader.size("attention.window", "sliding_window"),
    }
    index = {
        "index_heads": reader.size("attention.index_heads", "index_n_heads"),
        "index_dim": reader.size("attention.index_dim", "index_head_dim"),
        "index_top_k": reader.size("attention.index_top_k", "index_topk"),
    }
    rotated = reader.take("attention.head_dim", "qk_rope_head_dim")
    reader.void("rotated and plain parts lie in one head", "qk_rope_head_dim")
    if "qk_nope_head_dim" in reader.data and type(rotated) is int:
        reader.agree("qk_nope_head_dim", fields["head_dim"] - rotated, "head_dim - qk_rope_head_dim")
    mixers: dict[str, Make] = {
        "window": partial(SharedKv, **fields),
        "csa": partial(Csa, **fields, **index, block=blocks.get("csa")),
        "hca": partial(Hca, **fields, block=blocks.get("hca")),
    }
    experts = moe(
        reader,
        experts=("n_routed_experts", "num_local_experts"),
        shared=reader.count("ffn.shared", "n_shared_experts"),
    )
    ffns: dict[str, Make] = {"moe": experts, "hash_moe": partial(experts, routing="hash")}
    quantised = reader.data.get("quantization_config")
    if "expert_dtype" not in reader.data and "expert_dtype" not in (quantised if isinstance(quantised, dict) else {}):
        reader.notes.append("expert_dtype is missing: routed experts taken as stored like the rest")
    made = shape(base, kinds, mixers, _routing(reader, base.layers), ffns)
    streams = reader.size("streams", "hc_mult")
    reader.notes.append(
        f"hc_mult = {streams}: parameters of the residual streams are counted, their traffic is not modelled"
    )
    return replace(made, streams=streams)


def _kinds(reader: Reader, layers: int) -> tuple[list[str], dict[str, int]]:
    """Kind of each layer, and tokens in one pooled entry of each kind that pools."""
    found = layer_types(reader, layers, tuple(KINDS))
    named = [KINDS[kind] for kind in found or ()]
    if "compress_ratios" not in reader.data:
        rates = reader.take("attention.block", "compress_rates")
        if not named or not isinstance(rates, dict) or any(type(rate) is not int for rate in rates.values()):
            reader.refuse("compress_ratios", "missing, and not both of layer_types and compress_rates are there")
        return named, {KINDS[kind]: rate for kind, rate in rates.items() if kind in KINDS}
    ratios = cut(reader, "compress_ratios", reader.whole_list("attention.kinds", "compress_ratios"), layers)
    pooled = sorted(set(ratios) - {0})
    if len(pooled) != 2 or pooled[0] < 1:
        reader.refuse("compress_ratios", "must hold two ratios above 0: the smaller one has an index")
    of_ratio = {0: "window", pooled[0]: "csa", pooled[1]: "hca"}
    kinds = [of_ratio[ratio] for ratio in ratios]
    if named and named != kinds:
        reader.refuse("layer_types", "disagrees with compress_ratios")
    return kinds, {"csa": pooled[0], "hca": pooled[1]}


def _routing(reader: Reader, layers: int) -> list[str]:
    """The first `num_hash_layers` layers route by the token, or as `mlp_layer_types` says."""
    if "num_hash_layers" in reader.data:
        hashed = reader.count("ffn.routing", "num_hash_layers")
        if hashed > layers:
            reader.refuse("num_hash_layers", f"more than the {layers} layers")
        reader.agree("mlp_layer_types", ["hash_moe"] * hashed + ["moe"] * (layers - hashed), "num_hash_layers")
        return ["hash_moe"] * hashed + ["moe"] * (layers - hashed)
    listed = reader.take("ffn.routing", "mlp_layer_types")
    if not isinstance(listed, list) or len(listed) != layers or not {"moe", "hash_moe"} >= set(map(str, listed)):
        reader.refuse("num_hash_layers", "missing, and mlp_layer_types does not say hash_moe or moe for each layer")
    return list(listed)


FAMILIES: dict[str, Callable[[Reader], Shape]] = {"deepseek_v4": deepseek_v4}
