"""Short convolutions and linear recurrences beside attention: LFM2, RecurrentGemma."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from costmodel.attention import RgLru, ShortConv
from costmodel.ffn import Dense
from costmodel.io.huggingface.families.common import Shape, Trunk, gqa, make_gqa, moe, trunk
from costmodel.io.huggingface.families.experts import dense_if_used, shape
from costmodel.io.huggingface.families.routed import after_dense
from costmodel.io.huggingface.layers import Make, layer_types
from costmodel.io.huggingface.reader import Reader


def lfm2(reader: Reader) -> Shape:
    """Convolutions and attention with QK norm; the width of the feed-forward layer may be adjusted."""
    base, kinds, mixers = _convolved(reader)
    width = reader.size("ffn.intermediate", "block_ff_dim", "intermediate_size")
    if reader.switch("ffn.adjusted", "block_auto_adjust_ff_dim", default=True):
        width = _adjusted(reader, 2 * width // 3)
    else:
        reader.void("block_auto_adjust_ff_dim is false", "block_multiple_of", "block_ffn_dim_multiplier")
    return shape(base, kinds, mixers, ["dense"] * base.layers, {"dense": partial(Dense, intermediate=width)})


def lfm2_moe(reader: Reader) -> Shape:
    """As LFM2, with experts after `num_dense_layers`."""
    base, kinds, mixers = _convolved(reader)
    ffns = after_dense(reader, base.layers)
    reader.take("ffn.routing_bias", "use_expert_bias")
    make = dense_if_used(reader, ffns) | {"moe": moe(reader, experts=("num_experts",))}
    return shape(base, kinds, mixers, ffns, make)


def _convolved(reader: Reader) -> tuple[Trunk, list[str], dict[str, Make]]:
    base = trunk(reader, tied=True, tied_key="tie_embedding" if "tie_embedding" in reader.data else "")
    fields = gqa(reader, base.hidden, qk_norm="head")
    kinds = layer_types(reader, base.layers, ("full", "conv"))
    if kinds is None:
        numbers = reader.whole_list("attention.full.layers", "full_attn_idxs")
        kinds = ["full" if layer in numbers else "conv" for layer in range(base.layers)]
    else:
        reader.agree("full_attn_idxs", [i for i, kind in enumerate(kinds) if kind == "full"], "layer_types")
    reader.never("biases of convolutions are not modelled", "conv_bias")
    for key in ("conv_dim", "conv_dim_out", "block_dim"):
        reader.agree(key, base.hidden, "hidden_size")
    reader.void("the class does not use it", "block_mlp_init_scale", "block_out_init_scale", "block_use_swiglu",
                "block_use_xavier_init", "block_norm_eps", "conv_use_xavier_init")  # fmt: skip
    kernel = reader.size("attention.conv.kernel", "conv_L_cache")
    mixers: dict[str, Any] = {
        "full": make_gqa(fields),
        "conv": partial(ShortConv, width=base.hidden, kernel=kernel),
    }
    return base, kinds, mixers


def _adjusted(reader: Reader, width: int) -> int:
    """Two thirds, times a factor, rounded up to a multiple."""
    factor = reader.take("ffn.multiplier", "block_ffn_dim_multiplier")
    if not isinstance(factor, int | float) or isinstance(factor, bool) or not 0 < factor <= 100:
        reader.refuse("block_ffn_dim_multiplier", "must be a number above 0 where block_auto_adjust_ff_dim is true")
    multiple = reader.size("ffn.multiple", "block_multiple_of")
    scaled = int(factor * width)
    return multiple * -(-scaled // multiple)


def recurrent_gemma(reader: Reader) -> Shape:
    """`block_types` repeat; `intermediate_size` is that of gate and up projection together; window attention."""
    base = trunk(reader, tied=True)
    fields = gqa(reader, base.hidden, older=True)
    reader.never("biases in this family are not known", "attention_bias")
    types = reader.take("attention.kinds", "block_types" if "block_types" in reader.data else "_block_types")
    if not isinstance(types, list) or not types or not {"recurrent", "attention"} >= set(map(str, types)):
        reader.refuse("block_types", "must name recurrent or attention for each layer of one period")
    kinds = [types[layer % len(types)] for layer in range(base.layers)]
    window = reader.size("attention.window", "attention_window_size", "sliding_window")
    width = reader.size_or_none("attention.width", "lru_width") or base.hidden
    lru = {"width": width, "blocks": fields["heads"], "kernel": reader.size("attention.kernel", "conv1d_width")}
    inner = reader.size("ffn.intermediate", "intermediate_size")
    if inner % 2:
        reader.refuse("intermediate_size", "must be even: it is halved in this family")
    mixers: dict[str, Any] = {
        "attention": make_gqa(fields, window),
        "recurrent": partial(RgLru, **lru),
    }
    ffn: dict[str, Make] = {"dense": partial(Dense, intermediate=inner // 2, biases="all")}
    read = shape(base, kinds, mixers, ["dense"] * base.layers, ffn)
    return replace(read, other_parameters=base.hidden * kinds.count("attention"))


FAMILIES: dict[str, Callable[[Reader], Shape]] = {
    "lfm2": lfm2,
    "lfm2_moe": lfm2_moe,
    "recurrent_gemma": recurrent_gemma,
}
