"""The text part of a multimodal file, with the outer keys that win."""

from collections.abc import Mapping
from typing import Any

from costmodel.io.huggingface.reader import Reader
from costmodel.io.huggingface.refusal import refuse

TEXT_PARTS = ("text_config", "llm_config", "language_config")
OUTER_WINS = ("quantization_config", "tie_word_embeddings", "torch_dtype", "dtype", "transformers_version")
OUTSIDE = ("vision_", "audio_", "sound_", "image_", "video_", "projector_", "projection_", "alignment_", "mm_", "vit_")
"""How keys of the parts begin that turn images and sounds into tokens."""
NOT_MODELLED = (
    "media_placeholder_token_id",
    "use_unified_vision_chunk",
    "ignore_index",
    "multimodal_projector_bias",
    "spatial_merge_size",
    "num_image_tokens",
    "downsample_ratio",
    "downsample_factor",
    "use_image_start_end",
)
OUTER_DECIDES_TIED = frozenset(["mistral3"])
"""Families whose outer class ties embeddings and whose inner class does not: the key must be there."""
SPEECH = (
    "thinker_config",
    "talker_config",
    "token2wav_config",
    "code2wav_config",
    "enable_audio_output",
    "enable_talker",
)
EDGES = ("architectures", "auto_map", "model_type")


def text_reader(data: Mapping[str, Any]) -> Reader:
    """A reader of the text part; of the whole file where nothing is nested.

    Outer keys that also stand inside must agree, unless they are of those that win.
    """
    thinker = data.get("thinker_config")
    if isinstance(thinker, Mapping) and "text_config" in thinker:
        return _thinker_reader(data, thinker)
    parts = [key for key in TEXT_PARTS if key in data]
    if not parts:
        return Reader(data)
    part = parts[0]
    inner = data[part]
    if len(parts) > 1 or not isinstance(inner, Mapping):
        refuse(", ".join(parts), None, "must be one object that describes the text part")
    merged, places, notes = _merged(data, part, inner)
    merged.setdefault("model_type", data.get("model_type"))
    if data.get("model_type") in OUTER_DECIDES_TIED and merged.get("tie_word_embeddings") is None:
        refuse("tie_word_embeddings", None, "missing, and the classes of this family disagree", "add true or false")
    reader = Reader(merged, places)
    reader.notes += notes
    other = [key for key in data if key.startswith(OUTSIDE) and key.endswith("_config") and data[key]]
    if other:
        reader.notes.append(f"{', '.join(other)}: parameters outside the text part are not modelled")
    return reader


def _thinker_reader(data: Mapping[str, Any], thinker: Mapping[str, Any]) -> Reader:
    """The omni models of Qwen nest the text part twice."""
    outer = {key: value for key, value in data.items() if key not in SPEECH}
    reader = text_reader({**outer, "text_config": thinker["text_config"]})
    reader.places = {
        key: f"thinker_config.{place}" if place.startswith("text_config.") else place
        for key, place in reader.places.items()
    }
    reader.notes.append("thinker_config: parameters of the parts that see, hear and speak are not modelled")
    return reader


def _merged(
    data: Mapping[str, Any], part: str, inner: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """Keys of the text part and those around it, where each stands, and which of them won."""
    merged, places = dict(inner), {key: f"{part}.{key}" for key in inner}
    notes = []
    for key, value in data.items():
        if key in EDGES or key == part or key in NOT_MODELLED or key.startswith(OUTSIDE):
            continue
        if key in merged and merged[key] != value and merged[key] is not None and value is not None:
            if key not in OUTER_WINS:
                refuse(key, value, f"disagrees with {part}.{key}")
            notes.append(f"{key} outside {part} wins over the one inside")
        if key not in merged or value is not None:
            merged[key] = value
            places[key] = key
    return merged, places, notes
