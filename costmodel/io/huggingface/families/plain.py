"""Dense models that differ from Llama in norms, biases, or a feed-forward layer of two matrices without a gate."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from costmodel.io.huggingface.families.common import Shape
from costmodel.io.huggingface.families.gated import (
    ATTENTION_BIAS,
    EXACT_HEADS,
    TWO_NORMS,
    gemma2_pattern,
    gemma3_pattern,
    listed,
    llama,
    no_window,
    window_everywhere,
)
from costmodel.io.huggingface.layers import layer_types, same
from costmodel.io.huggingface.reader import Reader

NO_NORM = {"norms": 0}
TWO_MATRICES = {"matrices": 2}
BIASED = {"bias_default": True}
OLDER = {"older": True}
QKV = {"with_bias": "qkv"}
XIELU_PARAMETERS = 2


def cohere(reader: Reader) -> Shape:
    """One norm for attention and the feed-forward layer beside it; QK norm over all heads by a switch."""
    norm = "layer" if reader.switch("attention.qk_norm", "use_qk_norm", default=False) else "none"
    attention = ATTENTION_BIAS | OLDER | {"qk_norm": norm}
    return llama(reader, attention=attention, ffn=NO_NORM, tied=True)


def glm(reader: Reader, *, norms: int) -> Shape:
    """Biases on query, key and value unless the file says no."""
    attention = ATTENTION_BIAS | BIASED | QKV | EXACT_HEADS | {"norms": norms}
    return llama(reader, attention=attention, ffn={"norms": norms})


def seed_oss(reader: Reader) -> Shape:
    """The output projection has a bias switch of its own."""
    output = reader.switch("attention.output_bias", "attention_out_bias", default=False)
    if output and not reader.data.get("attention_bias", True):
        reader.refuse("attention_out_bias", "a bias on the output projection alone is not modelled")
    attention = ATTENTION_BIAS | BIASED | EXACT_HEADS | {"with_bias": "all" if output else "qkv"}
    return llama(reader, attention=attention, ffn={"bias": "mlp_bias"})


def exaone4_layers(reader: Reader, layers: int) -> tuple[list[str], int | None]:
    """Every n-th layer is full; `sliding_window_pattern` is n, or letters such as LLLG. No window: all are."""
    if not reader.has("sliding_window"):
        reader.take("attention.window", "sliding_window")
        reader.void("there is no window", "sliding_window_pattern")
        return no_window(reader, layers)
    text = reader.data.get("sliding_window_pattern")
    return _letters(reader, text, layers) if isinstance(text, str) else gemma3_pattern(reader, layers)


def _letters(reader: Reader, text: str, layers: int) -> tuple[list[str], int | None]:
    reader.take("attention.pattern", "sliding_window_pattern")
    if not text or set(text) - {"L", "G"}:
        reader.refuse("sliding_window_pattern", "must be a number, or L and G for sliding and full layers")
    kinds = ["full" if text[layer % len(text)] == "G" else "sliding" for layer in range(layers)]
    found = layer_types(reader, layers, ("full", "sliding"))
    if found is None:
        reader.refuse("layer_types", "missing: whether the last layer of a pattern of letters is full is not known")
    same(reader, "layer_types", found, kinds)
    return kinds, reader.size("attention.window", "sliding_window")


def smollm3(reader: Reader) -> Shape:
    """Layers without positions cost the same; a window is off in published files."""
    reader.never("a window in this family is not known", "use_sliding_window")
    reader.void("positions change no cost", "no_rope_layers")
    return llama(reader, attention=ATTENTION_BIAS | OLDER, ffn={"bias": "mlp_bias"}, tied=True)


def phi(reader: Reader) -> Shape:
    """Attention and feed-forward layer side by side behind one LayerNorm; the LM head has a bias too."""
    reader.never("norms of queries and keys in this family are not known", "qk_layernorm")
    shape = llama(
        reader,
        attention=OLDER | {"every": "all"} | TWO_NORMS,
        ffn=NO_NORM | {"every": "all"} | TWO_MATRICES,
        final_norms=2,
    )
    return replace(shape, other_parameters=shape.vocabulary)


def apertus(reader: Reader) -> Shape:
    """xIELU has two learned numbers per layer."""
    shape = llama(reader, attention=ATTENTION_BIAS | OLDER | {"qk_norm": "head"}, ffn=TWO_MATRICES)
    return replace(shape, other_parameters=XIELU_PARAMETERS * len(shape.ffns))


def helium(reader: Reader) -> Shape:
    """No bias on the output projection, which is hidden_size wide on both sides."""
    shape = llama(reader, attention=ATTENTION_BIAS | QKV | EXACT_HEADS, ffn={"bias": "mlp_bias"})
    heads, dim = reader.size("attention.heads", "num_attention_heads"), reader.size("attention.head_dim", "head_dim")
    if heads * dim != shape.hidden:
        reader.refuse("head_dim", f"times the heads must be hidden_size {shape.hidden} in this family")
    return shape


def stablelm(reader: Reader) -> Shape:
    """A parallel block shares one LayerNorm."""
    reader.never("norms of queries and keys in this family are not known", "qk_layernorm")
    parallel = reader.switch("norms", "use_parallel_residual", default=False)
    attention: dict[str, Any] = {"biases": "use_qkv_bias"} | QKV | OLDER | TWO_NORMS
    return llama(reader, attention=attention, ffn=NO_NORM if parallel else TWO_NORMS, final_norms=2)


def layer_norm(reader: Reader, *, biased: bool) -> Shape:
    """LayerNorm with weights and biases around both, and two matrices. `biased`: the default of the switches."""
    bias = {"bias_default": biased}
    return llama(
        reader,
        attention=ATTENTION_BIAS | OLDER | TWO_NORMS | bias,
        ffn=TWO_NORMS | TWO_MATRICES | {"bias": "mlp_bias"} | bias,
        final_norms=2,
    )


def gpt_neox(reader: Reader) -> Shape:
    """Every query head has its own keys; feed-forward biases always, attention biases by a switch."""
    return llama(
        reader,
        attention=ATTENTION_BIAS | OLDER | TWO_NORMS | BIASED,
        ffn=TWO_NORMS | TWO_MATRICES | {"every": "all"},
        final_norms=2,
    )


def starcoder2(reader: Reader) -> Shape:
    """One switch for all biases."""
    return llama(
        reader,
        attention={"biases": "use_bias"} | BIASED | TWO_NORMS,
        ffn={"bias": "use_bias"} | BIASED | TWO_NORMS | TWO_MATRICES,
        kinds=window_everywhere,
        tied=True,
        final_norms=2,
    )


FAMILIES: dict[str, Callable[[Reader], Shape]] = {
    "cohere": cohere,
    "cohere2": partial(llama, attention=ATTENTION_BIAS | OLDER, ffn=NO_NORM, kinds=gemma3_pattern, tied=True),
    "glm": partial(glm, norms=1),
    "glm4": partial(glm, norms=2),
    "seed_oss": seed_oss,
    "smollm3": smollm3,
    "helium": helium,
    "ministral": partial(llama, attention=EXACT_HEADS, kinds=window_everywhere),
    "ministral3": partial(llama, attention=EXACT_HEADS, kinds=window_everywhere),
    "exaone4": partial(llama, attention={"qk_norm": "head"}, kinds=exaone4_layers),
    "cwm": partial(llama, attention=EXACT_HEADS, ffn={"bias": "mlp_bias"}, kinds=listed),
    "vaultgemma": partial(llama, attention=ATTENTION_BIAS | EXACT_HEADS, tied=True, kinds=gemma2_pattern),
    "hunyuan_v1_dense": partial(llama, attention=ATTENTION_BIAS | OLDER | {"qk_norm": "head"}),
    "ernie4_5": partial(llama, attention={"biases": "use_bias"} | EXACT_HEADS, ffn={"bias": "use_bias"}, tied=True),
    "olmo": partial(llama, attention=ATTENTION_BIAS | OLDER | NO_NORM, ffn=NO_NORM, final_norms=0),
    "starcoder2": starcoder2,
    "arcee": partial(llama, attention=ATTENTION_BIAS | OLDER, ffn=TWO_MATRICES | {"bias": "mlp_bias"}),
    "apertus": apertus,
    "nemotron": partial(layer_norm, biased=False),
    "jais2": partial(layer_norm, biased=True),
    "nanochat": partial(llama, attention=ATTENTION_BIAS | OLDER | NO_NORM, ffn=NO_NORM | TWO_MATRICES, final_norms=0),
    "phi": phi,
    "stablelm": stablelm,
    "gpt_neox": gpt_neox,
}
