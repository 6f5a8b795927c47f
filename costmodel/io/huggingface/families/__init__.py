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
FAMILIES |= {
    "glm4v_moe_text": FAMILIES["glm4_moe"],
    "minimax_m3_vl_text": FAMILIES["minimax_m3"],
    "qwen2_vl_text": FAMILIES["qwen2"],
    "qwen2_5_omni_text": FAMILIES["qwen2"],
    "qwen3_omni_moe_text": FAMILIES["qwen3_moe"],
    "qwen2_5_vl_text": FAMILIES["qwen2"],
    "qwen3_vl_text": FAMILIES["qwen3"],
    "qwen3_vl_moe_text": FAMILIES["qwen3_moe"],
}
"""Of a text part; those of vision models are built as the plain ones."""

OUTER_NAMES = {
    "gemma3": "gemma3_text",
    "gemma3n": "gemma3n_text",
    "gemma4": "gemma4_text",
    "glm4v_moe": "glm4v_moe_text",
    "llama4": "llama4_text",
    "minimax_m3_vl": "minimax_m3_vl_text",
    "qwen2_vl": "qwen2_vl_text",
    "qwen2_5_omni": "qwen2_5_omni_text",
    "qwen2_5_vl": "qwen2_5_vl_text",
    "qwen3_omni_moe": "qwen3_omni_moe_text",
    "qwen3_vl": "qwen3_vl_text",
    "qwen3_vl_moe": "qwen3_vl_moe_text",
    "qwen3_5": "qwen3_5_text",
    "qwen3_5_moe": "qwen3_5_moe_text",
}
"""`model_type` of a whole multimodal file whose text part names none of its own."""

NESTED: dict[str, tuple[str, ...]] = {
    "aya_vision": ("cohere2",),
    "cohere2_vision": ("cohere2",),
    "exaone4_5": ("exaone4",),
    "glm46v": ("glm4v_moe_text",),
    "internvl": ("qwen2", "qwen3", "qwen3_moe", "llama", "gpt_oss"),
    "kimi_k25": ("kimi_k2", "deepseek_v3"),
    "lfm2_vl": ("lfm2", "lfm2_moe"),
    "llava": ("llama", "mistral", "qwen2"),
    "llava_next": ("llama", "mistral", "qwen2"),
    "mistral3": ("mistral", "ministral3", "mistral4"),
    "nemotron_h_omni": ("nemotron_h",),
    "paligemma": ("gemma", "gemma2"),
    "step3p7": ("step3p5", "step3p7"),
    **{outer: (inner, outer) for outer, inner in OUTER_NAMES.items()},
}
"""`model_type` of a file around a text part, and the types that the text part may have."""
