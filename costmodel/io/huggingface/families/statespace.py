"""Mamba beside attention: Nemotron-H and Nemotron-3, Jamba, Granite 4, Bamba, Falcon-H1."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from costmodel.attention import Mamba1, Mamba2
from costmodel.io.huggingface.families.common import Shape, dense, gqa, make_gqa, moe, routing_limit, trunk
from costmodel.io.huggingface.families.experts import shape
from costmodel.io.huggingface.layers import Make
from costmodel.io.huggingface.reader import Reader

STATE_BITS = {"float32": 32, "bfloat16": 16, "float16": 16}
BLOCKS = {
    "mamba": "mamba",
    "linear_attention": "mamba",
    "attention": "full",
    "full_attention": "full",
    "mlp": "dense",
    "moe": "moe",
}
SUBLAYERS = {"M": "mamba", "*": "full", "-": "dense", "E": "moe"}


def nemotron_h(reader: Reader) -> Shape:
    """Each letter of `hybrid_override_pattern` is one sublayer: M Mamba-2, * attention, - dense, E experts."""
    kinds, key = _sublayers(reader)
    base = trunk(reader, listed=len(kinds))
    if len(kinds) != base.layers:
        reader.refuse(key, f"must be one of M * - E for each of {base.layers} sublayers")
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
            latent=reader.count_or("ffn.latent", 0, "experts work on hidden_size", "moe_latent_size") or None,
            routing_limit=routing_limit(reader),
        )
    fields = {"heads": heads, "kv_heads": kv_heads, "head_dim": dim}
    mixers: dict[str, Any] = {"full": make_gqa(fields), "mamba": partial(Mamba2, **mamba)}
    made = shape(
        base, [kind for kind in kinds if kind in mixers], mixers, [kind for kind in kinds if kind in make], make
    )
    mixing, feeding = ([layer for layer, kind in enumerate(kinds) if kind in stack] for stack in (mixers, make))
    return replace(made, positions=(mixing, feeding))


def _sublayers(reader: Reader) -> tuple[list[str], str]:
    """Kinds by letters, or by the names that transformers writes; and the key."""
    names = reader.take("layers", "layers_block_type")
    if names is None:
        pattern = reader.text("layers", "hybrid_override_pattern")
        if not pattern or set(pattern) - set(SUBLAYERS):
            reader.refuse("hybrid_override_pattern", "must be one of M * - E for each sublayer")
        return [SUBLAYERS[letter] for letter in pattern], "hybrid_override_pattern"
    if not isinstance(names, list) or not names or not set(BLOCKS) >= set(map(str, names)):
        reader.refuse("layers_block_type", "must name mamba, attention, mlp or moe for each sublayer")
    kinds = [BLOCKS[name] for name in names]
    letters = {kind: letter for letter, kind in SUBLAYERS.items()}
    reader.agree("hybrid_override_pattern", "".join(letters[kind] for kind in kinds), "layers_block_type")
    return kinds, "layers_block_type"


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


def granite_hybrid(reader: Reader) -> Shape:
    """Granite 4: Mamba-2 and attention by `layer_types`; experts beside a shared layer, or that layer alone."""
    base = trunk(reader)
    fields = gqa(reader, base.hidden, older=True, biases="attention_bias")
    mixers = _kinds(reader, "layer_types" if reader.has("layer_types") else "layers_block_type", base.layers)
    mamba = _mamba2(reader, base.hidden)
    if not reader.count("ffn.experts", "num_local_experts"):
        reader.void("there are no experts", "num_experts_per_tok", "intermediate_size")
        made: dict[str, Make] = {"dense": dense(reader, "shared_intermediate_size")}
    else:
        width = reader.size("ffn.shared_intermediate", "shared_intermediate_size")
        keys = {"experts": ("num_local_experts",), "width": ("intermediate_size",)}
        made = {"moe": moe(reader, **keys, shared=1, shared_intermediate=width)}
    make: dict[str, Any] = {"full": make_gqa(fields), "mamba": mamba}
    return shape(base, mixers, make, list(made) * base.layers, made)


def bamba(reader: Reader) -> Shape:
    """Attention in the layers that `attn_layer_indices` numbers from 0, Mamba-2 elsewhere."""
    base = trunk(reader)
    fields = gqa(reader, base.hidden, biases="attention_bias")
    numbers = reader.whole_list("attention.full.layers", "attn_layer_indices")
    if not set(numbers) <= set(range(base.layers)):
        reader.refuse("attn_layer_indices", f"must name layers from 0 to {base.layers - 1}")
    mixers = ["full" if layer in numbers else "mamba" for layer in range(base.layers)]
    make: dict[str, Any] = {"full": make_gqa(fields), "mamba": _mamba2(reader, base.hidden)}
    return shape(base, mixers, make, ["dense"] * base.layers, {"dense": dense(reader, bias="mlp_bias")})


def falcon_h1(reader: Reader) -> Shape:
    """Attention and Mamba-2 side by side on one norm, in every layer."""
    base = trunk(reader)
    fields = gqa(reader, base.hidden, biases="attention_bias", norms=0)
    reader.never("biases of projections in this family are not known", "projectors_bias")
    reader.never("attention in some layers only is not known in this family", "attn_layer_indices")
    reader.agree("mamba_use_mlp", True, "the family")  # noqa: FBT003
    reader.void("intermediate_size decides", "mlp_expansion_factor")
    for key in ("layer_types", "layers_block_type"):
        reader.agree(key, ["hybrid"] * base.layers, "the family")
    reader.void("where the gate stands changes no cost", "mamba_norm_before_gate")
    normed = reader.switch("attention.mamba.inner_norm", "mamba_rms_norm", default=False)
    mamba = _mamba2(reader, base.hidden, inner="mamba_d_ssm", inner_norm="gated" if normed else "none")
    make: dict[str, Any] = {"full": make_gqa(fields), "mamba": mamba}
    made = {"dense": dense(reader, bias="mlp_bias")}
    return shape(base, ["mamba", "full"] * base.layers, make, ["dense"] * base.layers, made)


def _kinds(reader: Reader, key: str, layers: int) -> list[str]:
    names = {"mamba": "mamba", "linear_attention": "mamba", "attention": "full", "full_attention": "full"}
    listed = reader.take("attention.kinds", key)
    if not isinstance(listed, list) or len(listed) != layers or not set(names) >= set(map(str, listed)):
        reader.refuse(key, f"must name mamba or attention for each of {layers} layers")
    kinds = [names[name] for name in listed]
    for other in ("layer_types", "layers_block_type"):
        reader.agree(other, listed, key)
    return kinds


def _mamba2(reader: Reader, hidden: int, *, inner: str = "", inner_norm: str = "gated") -> Make:
    """Mamba-2 by the keys `mamba_*`; `mamba_d_head` may be the text auto. `inner` is a key for the inner width."""
    heads = reader.size("attention.mamba.heads", "mamba_n_heads")
    if inner and reader.has(inner):
        width = reader.size("attention.mamba.width", inner)
        reader.void(f"{inner} decides", "mamba_expand")
    else:
        width = hidden * reader.size("attention.mamba.expand", "mamba_expand")
    if width % heads:
        reader.refuse("mamba_n_heads", f"must divide the inner width {width}")
    if reader.data.get("mamba_d_head") == "auto":
        reader.take("attention.mamba.head_dim", "mamba_d_head")
    elif reader.size("attention.mamba.head_dim", "mamba_d_head") != width // heads:
        reader.refuse("mamba_d_head", f"times {heads} heads must be the inner width {width}")
    reader.never("biases of projections in this family are not known", "mamba_proj_bias")
    if not reader.switch("attention.mamba.conv_bias", "mamba_conv_bias", default=True):
        reader.refuse("mamba_conv_bias", "a convolution without bias in this family is not known")
    return partial(
        Mamba2,
        heads=heads,
        head_dim=width // heads,
        groups=reader.size("attention.mamba.groups", "mamba_n_groups"),
        state_dim=reader.size("attention.mamba.state_dim", "mamba_d_state"),
        kernel=reader.size("attention.mamba.kernel", "mamba_d_conv"),
        inner_norm=inner_norm,
        state_bits=_state_bits(reader, "mamba_ssm_cache_dtype"),
    )


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


FAMILIES: dict[str, Callable[[Reader], Shape]] = {
    "nemotron_h": nemotron_h,
    "jamba": jamba,
    "granitemoehybrid": granite_hybrid,
    "bamba": bamba,
    "falcon_h1": falcon_h1,
}
