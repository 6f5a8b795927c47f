"""Files that are no config.json of a decoder, each with its own sentence."""

from collections.abc import Mapping
from typing import Any

from costmodel.io.huggingface.refusal import refuse

ENCODERS = frozenset(
    [
        "bert",
        "roberta",
        "xlm-roberta",
        "xlm_roberta",
        "distilbert",
        "electra",
        "albert",
        "deberta",
        "deberta-v2",
        "modernbert",
        "nomic_bert",
        "mpnet",
        "camembert",
        "longformer",
        "funnel",
        "esm",
        "vit",
        "clip",
        "siglip",
        "wav2vec2",
        "eurobert",
        "neobert",
    ]
)
BLOCKED = {
    "rwkv": "a recurrence that is not modelled",
    "xlstm": "a recurrence that is not modelled",
    "mllama": "it has cross-attention layers, which are not modelled",
}


def check_kind(data: Mapping[str, Any]) -> None:
    """Refuse what is another kind of file, or a model that does not decode token by token."""
    if "peft_type" in data:
        refuse("peft_type", data["peft_type"], "an adapter, not a model", "give the config.json of the base model")
    if "weight_map" in data:
        refuse("weight_map", None, "an index of safetensors", "give the config.json beside it")
    if "general.architecture" in data:
        refuse("general.architecture", data["general.architecture"], "metadata of a GGUF file",
               "give the config.json of the original model")  # fmt: skip
    if "dim" in data and "n_layers" in data and "model_type" not in data:
        refuse("dim", data["dim"], "a params.json of Mistral", "give the config.json of the same repository")
    if "_class_name" in data:
        refuse("_class_name", data["_class_name"], "a diffusion model")
    if data.get("is_encoder_decoder"):
        refuse("is_encoder_decoder", data["is_encoder_decoder"], "an encoder with a decoder is not modelled")
    _check_model_type(data.get("model_type"))


def _check_model_type(model_type: Any) -> None:
    """Refuse a family that is missing, unreadable, an encoder, or blocked by name."""
    if model_type is None:
        refuse("model_type", None, "missing: the family is not known", "add it, or describe the model in TOML")
    if not isinstance(model_type, str):
        refuse("model_type", model_type, "must be text")
    if model_type in ENCODERS:
        refuse("model_type", model_type, "an encoder: it does not decode token by token and has no KV cache")
    if model_type in BLOCKED:
        refuse("model_type", model_type, BLOCKED[model_type])
