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
RECURRENCE = "a recurrence that is not modelled"
ALONE = "it has no feed-forward layers, and no model here is without"
REMOTE = "its layers are defined by code beside the file, and no count of them is verified"
SPARSE = "its sparse attention is not modelled: as plain attention KV, FLOPs and parameters would be wrong"
DESCRIBE = "describe the model in a TOML preset"
BLOCKED: dict[str, tuple[str, str]] = {
    "rwkv": (RECURRENCE, ""),
    "xlstm": (RECURRENCE, ""),
    "mamba": (ALONE, ""),
    "mamba2": (ALONE, ""),
    "falcon_mamba": (ALONE, ""),
    "mllama": ("it has cross-attention layers, which are not modelled", ""),
    "zamba": ("one attention block serves many layers, with weights counted once and read many times", ""),
    "zamba2": ("one attention block serves many layers, each with low-rank weights of its own", ""),
    "bailing_hybrid": ("its KDA has other gates than Kimi Linear", DESCRIBE),
    "glm5_next": ("its pooled index is not modelled", DESCRIBE),
    "glm5_next_text": ("its pooled index is not modelled", DESCRIBE),
    "kimi_k3": ("block residuals and the gate of its latent attention are not read yet", DESCRIBE),
    "axk2": ("its gated norms are not modelled", ""),
    "hy_v4": (SPARSE, ""),
    "mistral_large4": (SPARSE, ""),
    "qwen4_exp": (SPARSE, ""),
    "deepseek_ref": ("a copy of DeepSeek-V4 under other key names", "give the file of the checkpoint"),
    "nemotron-nas": ("every block has sizes of its own", DESCRIBE),
    "deci": ("every block has sizes of its own", DESCRIBE),
    "hunyuan_v1_moe": ("its layers may share keys and values, and experts differ between layers", DESCRIBE),
    "muse_spark": ("its experts have a hidden size of their own", DESCRIBE),
    "diffllama": ("differential attention splits every head in two", ""),
    **dict.fromkeys(
        ("minicpm", "baichuan", "chatglm", "internlm2", "internlm", "qwen", "dbrx", "arctic", "Yi", "exaone", "mpt"),
        (REMOTE, DESCRIBE),
    ),
    **dict.fromkeys(
        ("hrm_text", "inkling", "zaya", "doge", "gpt2", "gptj", "gpt_neo", "gpt_bigcode", "opt", "bloom", "codegen"),
        ("a family whose layers are not modelled", DESCRIBE),
    ),
}
"""`model_type` -> why it is refused, and what can be done instead."""


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
    check_model_type(data.get("model_type"))


def check_model_type(model_type: Any) -> None:
    """Refuse a family that is missing, unreadable, an encoder, or blocked by name."""
    if model_type is None:
        refuse("model_type", None, "missing: the family is not known", "add it, or describe the model in TOML")
    if not isinstance(model_type, str):
        refuse("model_type", model_type, "must be text")
    if model_type in ENCODERS:
        refuse("model_type", model_type, "an encoder: it does not decode token by token and has no KV cache")
    if model_type in BLOCKED:
        why, instead = BLOCKED[model_type]
        refuse("model_type", model_type, why, instead)
