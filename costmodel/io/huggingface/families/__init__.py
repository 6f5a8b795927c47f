"""Families of models: `model_type` -> the function that reads it."""

from collections.abc import Callable

from costmodel.io.huggingface.families import (
    blocks,
    compressed,
    experts,
    falcon,
    gated,
    gemma,
    hybrid,
    latent,
    plain,
    recurrences,
    routed,
    statespace,
    stepfun,
)
from costmodel.io.huggingface.families.common import Shape
from costmodel.io.huggingface.reader import Reader

Family = Callable[[Reader], Shape]

FAMILIES: dict[str, Family] = {
    name: family
    for module in (
        blocks,
        compressed,
        experts,
        falcon,
        gated,
        gemma,
        hybrid,
        latent,
        plain,
        recurrences,
        routed,
        statespace,
        stepfun,
    )
    for name, family in module.FAMILIES.items()
}
"""Of a text part."""

OUTER_NAMES = {
    "gemma3": "gemma3_text",
    "gemma4": "gemma4_text",
    "llama4": "llama4_text",
    "gemma3n": "gemma3n_text",
    "qwen3_5": "qwen3_5_text",
    "qwen3_5_moe": "qwen3_5_moe_text",
}
"""`model_type` of a whole multimodal file whose text part names none of its own."""

NESTED: dict[str, tuple[str, ...]] = {
    "kimi_k25": ("kimi_k2", "deepseek_v3"),
    "step3p7": ("step3p5", "step3p7"),
    **{outer: (inner, outer) for outer, inner in OUTER_NAMES.items()},
}
"""`model_type` of a file around a text part, and the types that the text part may have."""
