"""Dense models with grouped-query attention: Llama, Mistral, Qwen2, Qwen3, Gemma, OLMo, Phi-3 and relatives."""

from collections.abc import Callable
from functools import partial

from costmodel.io.huggingface.families.common import Shape, dense, gqa, make_gqa, trunk
from costmodel.io.huggingface.layers import every, layer_types, same
from costmodel.io.huggingface.reader import Reader


def llama(
    reader: Reader,
    *,
    biases: str = "attention_bias",
    with_bias: str = "all",
    every_bias: str = "none",
    mlp_bias: str = "mlp_bias",
    derived: bool = True,
    norms: int = 1,
    qk_norm: str = "none",
    tied: bool = False,
    kinds: Callable[[Reader, int], tuple[list[str], int | None]] | None = None,
) -> Shape:
    """Equal layers, or full and sliding ones where `kinds` reads a pattern."""
    base = trunk(reader, tied=tied)
    fields = gqa(
        reader,
        base.hidden,
        derived=derived,
        biases=biases,
        with_bias=with_bias,
        every=every_bias,
        norms=norms,
        qk_norm=qk_norm,
    )
    pattern, window = kinds(reader, base.layers) if kinds else (["full"] * base.layers, None)
    return Shape(
        base.hidden,
        base.vocabulary,
        base.tied,
        pattern,
        {"full": make_gqa(fields), "sliding": make_gqa(fields, window)},
        ["dense"] * base.layers,
        {"dense": dense(reader, norms=norms, bias=mlp_bias)},
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


def olmo3_pattern(reader: Reader, layers: int) -> tuple[list[str], int | None]:
    """As `layer_types` says."""
    return listed(reader, layers)


def _with_window(reader: Reader, kinds: list[str]) -> tuple[list[str], int | None]:
    if "sliding" not in kinds:
        reader.void("no layer slides", "sliding_window")
        return kinds, None
    return kinds, reader.size("attention.window", "sliding_window")


FAMILIES: dict[str, Callable[[Reader], Shape]] = {
    "llama": partial(llama, kinds=no_window),
    "mistral": partial(llama, biases="", mlp_bias="", kinds=window_everywhere),
    "qwen2": partial(llama, biases="", every_bias="qkv", mlp_bias="", kinds=qwen_window),
    "qwen3": partial(llama, mlp_bias="", derived=False, qk_norm="head", kinds=qwen_window),
    "phi3": partial(llama, biases="", mlp_bias="", kinds=window_everywhere),
    "gemma": partial(llama, mlp_bias="", derived=False, tied=True, kinds=no_window),
    "gemma2": partial(llama, mlp_bias="", derived=False, norms=2, tied=True, kinds=gemma2_pattern),
    "gemma3_text": partial(llama, mlp_bias="", derived=False, norms=2, qk_norm="head", tied=True, kinds=gemma3_pattern),
    "olmo2": partial(llama, mlp_bias="", qk_norm="layer", kinds=no_window),
    "olmo3": partial(llama, mlp_bias="", qk_norm="layer", kinds=olmo3_pattern),
    "granite": partial(llama, kinds=no_window),
}
