"""Dense models with grouped-query attention: Llama, Mistral, Qwen2, Qwen3, Gemma, OLMo, Phi-3 and relatives."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from costmodel.io.huggingface.families.common import Shape, dense, gqa, make_gqa, trunk
from costmodel.io.huggingface.layers import every, layer_types, same
from costmodel.io.huggingface.reader import Reader

Kinds = Callable[[Reader, int], tuple[list[str], int | None]]
"""Kind of every layer, and the window of those that slide."""


def llama(
    reader: Reader,
    *,
    attention: Mapping[str, Any] | None = None,
    ffn: Mapping[str, Any] | None = None,
    kinds: Kinds | None = None,
    tied: bool = False,
    final_norms: int = 1,
) -> Shape:
    """Equal layers, or full and sliding ones where `kinds` reads a pattern.

    `attention` and `ffn`: what the family changes in `gqa` and `dense`. `tied`: the default of the class.
    """
    base = trunk(reader, tied=tied)
    fields = gqa(reader, base.hidden, **attention or {})
    pattern, window = (kinds or no_window)(reader, base.layers)
    return Shape(
        base.hidden,
        base.vocabulary,
        base.tied,
        pattern,
        {"full": make_gqa(fields), "sliding": make_gqa(fields, window)},
        ["dense"] * base.layers,
        {"dense": dense(reader, **ffn or {})},
        final_norms=final_norms,
    )


def no_window(reader: Reader, layers: int) -> tuple[list[str], int | None]:
    """Full attention; a window in the file is refused."""
    reader.never("a window in this family is not known", "sliding_window")
    return layer_types(reader, layers, ("full",)) or ["full"] * layers, None


def window_everywhere(reader: Reader, layers: int) -> tuple[list[str], int | None]:
    """Mistral, Phi-3: a window slides in every layer, null is none; or as `layer_types` says."""
    if "sliding_window" not in reader.data:
        reader.assume("attention.window", "sliding_window", "none", "as null")
        return ["full"] * layers, None
    window = reader.size_or_none("attention.window", "sliding_window")
    kinds = layer_types(reader, layers, ("full", "sliding"))
    return kinds or ["sliding" if window else "full"] * layers, window


def qwen_window(reader: Reader, layers: int) -> tuple[list[str], int | None]:
    """Qwen2, Qwen3: layers from `max_window_layers` on slide if `use_sliding_window`; else none."""
    if not reader.switch("attention.window", "use_sliding_window", default=False):
        reader.void("use_sliding_window is false", "sliding_window", "max_window_layers")
        kinds = layer_types(reader, layers, ("full",))
        return kinds or ["full"] * layers, None
    window, first = reader.size("attention.window", "sliding_window"), reader.count("first", "max_window_layers")
    kinds = ["sliding" if layer >= first else "full" for layer in range(layers)]
    listed = layer_types(reader, layers, ("full", "sliding"))
    if listed:
        same(reader, "layer_types", listed, kinds)
    return kinds, window


def listed(reader: Reader, layers: int) -> tuple[list[str], int | None]:
    """As `layer_types` says, which must be there."""
    kinds = layer_types(reader, layers, ("full", "sliding"))
    if kinds is None:
        reader.refuse("layer_types", "missing: which layers slide is not known")
    return _with_window(reader, kinds or [])


def gemma2_pattern(reader: Reader, layers: int) -> tuple[list[str], int | None]:
    """Even layers slide."""
    kinds = every(layers, 2, "full", "sliding")
    found = layer_types(reader, layers, ("full", "sliding"))
    if found:
        same(reader, "layer_types", found, kinds)
    window = reader.size("attention.window", "sliding_window", "sliding_window_size")
    return kinds, window


def gemma3_pattern(reader: Reader, layers: int) -> tuple[list[str], int | None]:
    """Every `sliding_window_pattern`-th layer is full, or as `layer_types` says; if both are there they agree."""
    found = layer_types(reader, layers, ("full", "sliding"))
    keys = [key for key in ("sliding_window_pattern", "_sliding_window_pattern") if reader.has(key)]
    if keys:
        kinds = every(layers, reader.size("attention.pattern", *keys), "full", "sliding")
        if found:
            same(reader, "layer_types", found, kinds)
        found = kinds
    if found is None:
        reader.refuse("sliding_window_pattern", "missing, and layer_types too: which layers slide is not known")
    return _with_window(reader, found or [])


def _with_window(reader: Reader, kinds: list[str]) -> tuple[list[str], int | None]:
    if "sliding" not in kinds:
        reader.void("no layer slides", "sliding_window")
        return kinds, None
    return kinds, reader.size("attention.window", "sliding_window")


TWO_NORMS = {"norms": 2}
EXACT_HEADS = {"derived": False}
ATTENTION_BIAS = {"biases": "attention_bias"}

FAMILIES: dict[str, Callable[[Reader], Shape]] = {
    "llama": partial(llama, attention=ATTENTION_BIAS | {"older": True}, ffn={"bias": "mlp_bias"}),
    "mistral": partial(llama, kinds=window_everywhere),
    "qwen2": partial(llama, attention={"every": "qkv"}, kinds=qwen_window),
    "qwen3": partial(llama, attention=ATTENTION_BIAS | EXACT_HEADS | {"qk_norm": "head"}, kinds=qwen_window),
    "phi3": partial(llama, kinds=window_everywhere),
    "gemma": partial(llama, attention=ATTENTION_BIAS | EXACT_HEADS, tied=True),
    "gemma2": partial(
        llama,
        attention=ATTENTION_BIAS | EXACT_HEADS | TWO_NORMS,
        ffn=TWO_NORMS,
        tied=True,
        kinds=gemma2_pattern,
    ),
    "gemma3_text": partial(
        llama,
        attention=ATTENTION_BIAS | EXACT_HEADS | TWO_NORMS | {"qk_norm": "head"},
        ffn=TWO_NORMS,
        tied=True,
        kinds=gemma3_pattern,
    ),
    "olmo2": partial(llama, attention=ATTENTION_BIAS | {"qk_norm": "layer"}),
    "olmo3": partial(llama, attention=ATTENTION_BIAS | {"qk_norm": "layer"}, kinds=listed),
    "granite": partial(llama, attention=ATTENTION_BIAS, ffn={"bias": "mlp_bias"}),
}
