"""Mamba beside attention: Nemotron-H and Nemotron-3, Jamba."""

from collections.abc import Callable
from functools import partial
from typing import Any

from costmodel.attention import Mamba1, Mamba2
from costmodel.io.huggingface.families.common import Shape, dense, gqa, make_gqa, moe, routing_limit, trunk
from costmodel.io.huggingface.families.experts import shape
from costmodel.io.huggingface.layers import Make
from costmodel.io.huggingface.reader import Reader

STATE_BITS = {"float32": 32, "bfloat16": 16, "float16": 16}
SUBLAYERS = {"M": "mamba", "*": "full", "-": "dense", "E": "moe"}


def nemotron_h(reader: Reader) -> Shape:
    """Each letter of `hybrid_override_pattern` is one sublayer: M Mamba-2, * attention, - dense, E experts."""
    base = trunk(reader)
    pattern = reader.text("layers", "hybrid_override_pattern")
    if len(pattern) != base.layers or set(pattern) - set(SUBLAYERS):
        reader.refuse("hybrid_override_pattern", f"must be one of M * - E for each of {base.layers} sublayers")
    kinds = [SUBLAYERS[letter] for letter in pattern]
    dim = reader.size("attention.head_dim", "attention_head_dim", "head_dim")
    heads = reader.size("attention.heads", "num_attention_heads")
    kv_heads = reader.size("attention.kv_heads", "num_key_value_heads")
    reader.never("biases and windows in this family are not known",
                 "attention_bias", "mlp_bias", "use_bias", "mamba_proj_bias", "sliding_window")  # fmt: skip
    if not reader.switch("attention.mamba.conv_bias", "use_conv_bias", default=True):
        reader.refuse("use_conv_bias", "a convolution without bias in this family is not known")
    mamba: dict[str, Any] = {
        "heads": reader.size("attention.mamba.heads", "mamba_num_heads"),
        "head_dim": reader.size("attention.mamba.head_dim", "mamba_head_dim"),
        "groups": reader.size("attention.mamba.groups", "n_groups"),
        "state_dim": reader.size("attention.mamba.state_dim", "ssm_state_size"),
        "kernel": reader.size("attention.mamba.kernel", "conv_kernel"),
        "state_bits": _state_bits(reader, "mamba_ssm_cache_dtype"),
    }
    reader.void("heads and their width decide", "expand", "time_step_rank")
    make: dict[str, Make] = {}
    if "dense" in kinds:
        make["dense"] = dense(reader, matrices=2)
    else:
        reader.void("no sublayer is dense", "intermediate_size")
    if "moe" in kinds:
        reader.void("experts run beside each other or not", "moe_shared_expert_overlap")
        make["moe"] = moe(
            reader,
            experts=("n_routed_experts",),
            matrices=2,
            shared=reader.count("ffn.shared", "n_shared_experts"),
            shared_intermediate=reader.size_or_none("ffn.shared_intermediate", "moe_shared_expert_intermediate_size"),
            latent=reader.size_or_none("ffn.latent", "moe_latent_size") if "moe_latent_size" in reader.data else None,
            routing_limit=routing_limit(reader),
        )
    fields = {"heads": heads, "kv_heads": kv_heads, "head_dim": dim}
    mixers: dict[str, Any] = {"full": make_gqa(fields), "mamba": partial(Mamba2, **mamba)}
    return shape(
        base, [kind for kind in kinds if kind in mixers], mixers, [kind for kind in kinds if kind in make], make
    )


def jamba(reader: Reader) -> Shape:
    """Attention and experts each in every so-many-th layer, with an offset; Mamba and dense layers elsewhere."""
    base = trunk(reader)
    fields = gqa(reader, base.hidden)
    reader.never("biases and windows in this family are not known", "mamba_proj_bias", "sliding_window")
    if not reader.switch("attention.mamba.conv_bias", "mamba_conv_bias", default=True):
        reader.refuse("mamba_conv_bias", "a convolution without bias in this family is not known")
    mamba = {
        "width": base.hidden * reader.size("attention.mamba.expand", "mamba_expand"),
        "state_dim": reader.size("attention.mamba.state_dim", "mamba_d_state"),
        "step_rank": reader.size("attention.mamba.step_rank", "mamba_dt_rank"),
        "kernel": reader.size("attention.mamba.kernel", "mamba_d_conv"),
        "inner_norms": "all",
    }
    reader.derive("attention.mamba.state_bits", "32: the state is kept in float32")
    mixers = _periodic(reader, base.layers, "attn_layer", "full", "mamba")
    ffns = _periodic(reader, base.layers, "expert_layer", "moe", "dense")
    width = ("intermediate_size",)
    make = {"moe": moe(reader, experts=("num_experts",), width=width), "dense": dense(reader)}
    return shape(base, mixers, {"full": make_gqa(fields), "mamba": partial(Mamba1, **mamba)}, ffns, make)


def _periodic(reader: Reader, layers: int, key: str, kind: str, others: str) -> list[str]:
    period, offset = reader.size(key, f"{key}_period"), reader.count(f"{key}.offset", f"{key}_offset")
    if offset >= period:
        reader.refuse(f"{key}_offset", f"must be less than the period {period}")
    return [kind if layer % period == offset else others for layer in range(layers)]


def _state_bits(reader: Reader, key: str) -> int:
    if not reader.has(key):
        reader.assume("attention.mamba.state_bits", key, 32, "as is usual for states")
        return 32
    name = reader.text("attention.mamba.state_bits", key)
    if name not in STATE_BITS:
        reader.refuse(key, f"must be {', '.join(STATE_BITS)}")
    return STATE_BITS[name]


FAMILIES: dict[str, Callable[[Reader], Shape]] = {"nemotron_h": nemotron_h, "jamba": jamba}
