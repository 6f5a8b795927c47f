"""StepFun: Step-3 with MFA; Step-3.5 and 3.7 with sliding layers of their own number of heads."""

from collections.abc import Callable
from functools import partial
from typing import Any

from costmodel.attention import Mfa
from costmodel.io.huggingface.families.common import Shape, first_dense, gqa_fields, make_gqa, moe, trunk
from costmodel.io.huggingface.families.experts import dense_if_used, shape
from costmodel.io.huggingface.layers import cut, indices, layer_types, one_override
from costmodel.io.huggingface.reader import Reader

EXPERT_KEYS = {
    "experts": ("moe_num_experts", "n_routed_experts", "num_experts", "num_local_experts"),
    "top_k": ("moe_top_k", "num_experts_per_tok"),
}


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
    reader.void("moe_layers_enum decides", "moe_layer_offset", "moe_every_n_layer")
    kinds = _numbered(reader, base.layers, 0)
    width = reader.size("ffn.shared_intermediate", "share_expert_dim")
    make = dense_if_used(reader, kinds) | {"moe": moe(reader, **EXPERT_KEYS, shared=1, shared_intermediate=width)}
    return shape(base, ["mfa"] * base.layers, {"mfa": partial(Mfa, **fields)}, kinds, make)


def step3p5(reader: Reader) -> Shape:
    """GQA with a gate per head; `attention_other_setting` has the heads of the sliding layers."""
    mtp = reader.mtp_layers()
    base = trunk(reader)
    kinds = layer_types(reader, base.layers, ("full", "sliding"))
    if kinds is None:
        reader.refuse("layer_types", "missing: which layers slide is not known")
    reader.never("biases in this family are not known", "attention_bias", "mlp_bias")
    reader.agree("att_impl_type", "GQA", "the family")
    for key in ("use_head_wise_attn_gate", "use_qk_norm", "use_moe"):
        reader.agree(key, True, "the family")  # noqa: FBT003
    full = gqa_fields(
        reader,
        reader.size("attention.heads", "num_attention_heads"),
        reader.size("attention.kv_heads", "num_attention_groups", "num_key_value_heads"),
        reader.size("attention.head_dim", "head_dim"),
        "num_attention_groups",
    ) | {"qk_norm": "head", "gate": "per_head"}
    slide = full
    if "sliding" in kinds:
        window = reader.size("attention.window", "sliding_window")
        slide = (
            full
            | _other_setting(reader, full, indices(kinds, "sliding"))
            | {"window": window, "window_count": "inclusive"}
        )
    else:
        reader.void("no layer slides", "sliding_window", "attention_other_setting",
                    "num_sliding_attention_heads", "per_layer_config")  # fmt: skip
    sparse = _sparse_layers(reader, base.layers, mtp)
    width = reader.size("ffn.shared_intermediate", "share_expert_dim", "share_expert_dims")
    reader.agree("n_shared_experts", 1, "the family")
    reader.take("ffn.routing_bias", "use_moe_router_bias")
    reader.never("sinks in this family are not known", "sink")
    experts = moe(reader, **EXPERT_KEYS, shared=1, shared_intermediate=width)
    make = dense_if_used(reader, sparse) | {"moe": experts}
    return shape(base, kinds, {"full": make_gqa(full), "sliding": make_gqa(slide)}, sparse, make)


def _other_setting(reader: Reader, full: dict[str, Any], sliding: list[int]) -> dict[str, Any]:
    """Heads of the sliding layers."""
    said = one_override(reader, sliding, "num_attention_heads")
    if said is not None:
        reader.agree("num_sliding_attention_heads", said, "per_layer_config")
        return {"heads": said}
    if "num_sliding_attention_heads" in reader.data:
        return {"heads": reader.size("attention.sliding.heads", "num_sliding_attention_heads")}
    config = reader.take("attention.sliding", "attention_other_setting")
    if not isinstance(config, dict):
        reader.refuse(
            "attention_other_setting",
            "missing: how many query heads the sliding layers have is not known; the KV cache would be right, "
            "parameters and FLOPs would not",
            "give the file of the checkpoint; some flat copies have lost this key",
        )
    inner = Reader(config, {key: f"{reader.place('attention_other_setting')}.{key}" for key in config})
    inner.agree("attention_type", "sliding_attention", "the family")
    fields = gqa_fields(
        inner,
        inner.size("attention.sliding.heads", "num_attention_heads"),
        inner.size("attention.sliding.kv_heads", "num_attention_groups"),
        inner.size("attention.sliding.head_dim", "head_dim"),
        "num_attention_groups",
    )
    inner.agree("true_head_dim", fields["head_dim"], "head_dim")
    reader.merge(inner)
    if (fields["kv_heads"], fields["head_dim"]) != (full["kv_heads"], full["head_dim"]):
        inner.refuse("num_attention_groups", "sliding layers with another cache than full ones are not known")
    return fields


def _sparse_layers(reader: Reader, layers: int, mtp: int) -> list[str]:
    """Layers with experts by `moe_layers_enum`, `mlp_layer_types` or `first_k_dense_replace`."""
    if "moe_layers_enum" in reader.data:
        return _numbered(reader, layers, mtp)
    if "mlp_layer_types" in reader.data and "first_k_dense_replace" not in reader.data:
        listed = reader.take("ffn.kinds", "mlp_layer_types")
        if not isinstance(listed, list) or not {"dense", "sparse"} >= set(map(str, listed)):
            reader.refuse("mlp_layer_types", "must name dense or sparse for each layer")
        return ["moe" if one == "sparse" else "dense" for one in cut(reader, "mlp_layer_types", listed, layers)]
    return first_dense(reader, layers)


def _numbered(reader: Reader, layers: int, mtp: int) -> list[str]:
    """`moe_layers_enum`: numbers from 0, of the layers for multi-token prediction too."""
    listed = reader.take("ffn.moe_layers", "moe_layers_enum")
    if isinstance(listed, str):
        listed = [int(number) if number.strip().isdecimal() else None for number in listed.split(",")]
    if not isinstance(listed, list) or not all(type(number) is int for number in listed):
        reader.refuse("moe_layers_enum", "must be layer numbers with commas")
    if not set(listed) <= set(range(layers + mtp)):
        reader.refuse("moe_layers_enum", f"must name layers from 0 to {layers + mtp - 1}")
    return ["moe" if layer in listed else "dense" for layer in range(layers)]


FAMILIES: dict[str, Callable[[Reader], Shape]] = {"step3_text": step3, "step3p5": step3p5, "step3p7": step3p5}
