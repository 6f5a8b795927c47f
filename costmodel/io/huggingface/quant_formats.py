"""Formats of quantised weights: bits per weight with scales, and the precision of the products."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from costmodel.io.huggingface.reader import Reader

CLASSES = ("attention", "experts", "shared", "dense")
SCALE_BITS = 32
UE8M0_BITS = 8
MXFP4_BITS = 4 + 8 / 32
NVFP4_BITS = 4 + 8 / 16
EXPERT_DTYPES = ("fp4", "fp8")
WIDTHS = (4, 8, 16)
WITHOUT = "without quantization_config the rest can be read: KV cache and parameters stay right, weights get 16 bits"
NO_EFFECT = (
    "fmt",
    "format",
    "version",
    "desc_act",
    "sym",
    "zero_point",
    "true_sequential",
    "static_groups",
    "damp_percent",
    "producer",
    "quantization_status",
    "global_compression_ratio",
    "sparsity_config",
    "transform_config",
    "checkpoint_format",
    "backend",
    "do_fuse",
    "exllama_config",
    "use_exllama",
    "meta",
    "model_name_or_path",
    "model_file_base_name",
    "pack_dtype",
    "pack_method",
    "dequantize",
    "use_cuda_fp16",
    "max_input_length",
    "cache_block_outputs",
    "tokenizer",
    "dataset",
    "modules_in_block_to_quantize",
)
"""Keys of `quantization_config` that change no size: how weights were made, checked or are unpacked."""


@dataclass(frozen=True)
class Format:
    """How quantised weights are stored [bit], scales included, and the precision that they are multiplied in."""

    bits: float
    compute: int


MXFP8_BITS = 8 + 8 / 32
ALGORITHMS = {
    "FP8": Format(8, 8),
    "NVFP4": Format(NVFP4_BITS, 4),
    "W4A16_NVFP4": Format(NVFP4_BITS, 16),
    "MXFP8": Format(MXFP8_BITS, 8),
    "MXFP4": Format(MXFP4_BITS, 4),
}
"""`quant_algo` of files that do not describe their groups."""


def formats(reader: Reader, config: Reader) -> dict[str, Format]:
    """Format of each class of tensor that is quantised. `reader` is the file, `config` its `quantization_config`.

    Files in which `is_mixed` are left to `described_groups` and `quantized_names`.
    """
    ignore_without_effect(config)
    method = config.take("weight_bits", "quant_method")
    if method == "fp8":
        return dict.fromkeys(CLASSES, _fp8(config)) | _expert_dtype(reader, config)
    if method == "mxfp4":
        return {"experts": Format(MXFP4_BITS, 16)}
    if method in ("compressed-tensors", "modelopt"):
        return dict.fromkeys(CLASSES, _groups(config))
    if method in ("awq", "gptq"):
        return dict.fromkeys(CLASSES, _packed(config))
    config.notes.append(
        f"quant_method = {method!r:.40}: how many bits it stores is not known; weights keep the dtype of the file"
    )
    return {}


def ignore_without_effect(config: Reader) -> None:
    """Take the keys that change no size."""
    for key in NO_EFFECT:
        if key in config.data:
            config.used[key] = None


def _packed(config: Reader) -> Format:
    """AWQ, GPTQ: a scale of 16 bits and a zero point for every group."""
    bits, group = _width(config, config.data, "bits"), _group_size(config, config.data)
    config.take("weight_bits", "bits")
    return Format(bits + ((16 + bits) / group if group else 0), 16)


def _fp8(config: Reader) -> Format:
    scheme = config.take("compute_bits", "activation_scheme")
    if scheme is None:
        config.assume("compute_bits", "activation_scheme", "dynamic", "as is usual")
    compute = 8 if scheme in (None, "dynamic", "static") else 16
    block = config.take("weight_bits", "weight_block_size")
    if block is None:
        config.take("weight_bits", "scale_fmt")
        config.notes.append(f"{config.place('weight_block_size')} is missing or null: one scale for a whole tensor")
        return Format(8, compute)
    if not isinstance(block, list) or len(block) != 2 or any(type(one) is not int or one < 1 for one in block):
        config.refuse("weight_block_size", "weight_block_size must be two whole numbers")
    name = config.take("weight_bits", "scale_fmt")
    if name not in (None, "ue8m0", "float"):
        config.refuse("scale_fmt", "must be ue8m0 or float")
    if name is None:
        config.notes.append(f"{config.place('scale_fmt')} is missing: scales taken as {SCALE_BITS} bits")
    scale = UE8M0_BITS if name == "ue8m0" else SCALE_BITS
    return Format(8 + scale / (block[0] * block[1]), compute)


def _expert_dtype(reader: Reader, config: Reader) -> dict[str, Format]:
    """DeepSeek-V4 stores routed experts in MXFP4 beside FP8; the key stands beside `quantization_config` or in it."""
    values = [config.take("weight_bits", "expert_dtype"), reader.take("weight_bits", "expert_dtype")]
    names = {value for value in values if isinstance(value, str)}
    if len(names) > 1 or any(value is not None and value not in EXPERT_DTYPES for value in values):
        reader.refuse("expert_dtype", f"must be {' or '.join(EXPERT_DTYPES)}, the same wherever it stands")
    return {"experts": Format(MXFP4_BITS, 8)} if "fp4" in names else {}


def _groups(config: Reader) -> Format:
    """compressed-tensors and modelopt: one description of weights and activations for all linear layers."""
    algorithm = config.take("weight_bits", "quant_algo")
    if config.take("weight_bits", "config_groups") is None and algorithm in ALGORITHMS:
        config.take("weight_bits", "group_size")
        config.notes.append(f"{config.place('config_groups')} is missing: {algorithm} in its usual form")
        return ALGORITHMS[algorithm]
    return described_groups(config)[0][1]


def is_mixed(config: Reader) -> bool:
    """Whether the file names the modules of each of several formats."""
    described = config.data.get("config_groups")
    groups = list(described.values()) if isinstance(described, Mapping) else []
    several = len(groups) > 1 or any(isinstance(one, Mapping) and one.get("targets") != ["Linear"] for one in groups)
    return several or bool(config.data.get("quantized_layers")) or config.data.get("quant_algo") == "MIXED_PRECISION"


def quantized_names(config: Reader) -> Mapping[str, Any]:
    """Formats of single modules; none where the file describes groups."""
    algorithm, named = (config.take("weight_bits", key) for key in ("quant_algo", "quantized_layers"))
    if not named and algorithm == "MIXED_PRECISION" and not config.data.get("config_groups"):
        config.refuse("quantized_layers", "is missing: it says which module has which of several formats", WITHOUT)
    if named and not isinstance(named, Mapping):
        config.refuse("quantized_layers", "must be an object of modules", WITHOUT)
    return named or {}


def described_groups(config: Reader) -> list[tuple[list[str], Format]]:
    """Targets and format of each of the `config_groups`."""
    described = config.take("weight_bits", "config_groups")
    if not isinstance(described, Mapping) or not described:
        config.refuse("config_groups", "config_groups must hold one group or more", WITHOUT)
    return [_described(config, group) for group in described.values()]


def _described(config: Reader, group: object) -> tuple[list[str], Format]:
    targets = group.get("targets") if isinstance(group, Mapping) else None
    if not isinstance(group, Mapping) or not isinstance(targets, list) or not all(isinstance(t, str) for t in targets):
        config.refuse("config_groups", "the targets of its group must be a list of names", WITHOUT)
    if not targets or any(target != "Linear" and "." not in target for target in targets):
        config.refuse("config_groups", "the targets of its group must be [Linear] or names of modules", WITHOUT)
    weights = group.get("weights")
    if not isinstance(weights, Mapping):
        config.refuse("config_groups", "the weights of its group are missing")
    bits = _width(config, weights, "num_bits")
    inputs = group.get("input_activations")
    if "input_activations" not in group:
        config.notes.append(f"{config.place('config_groups')}: input_activations is missing: products in 16 bits")
    compute = _width(config, inputs, "num_bits") if isinstance(inputs, Mapping) else 16
    return targets, Format(bits + _scale_bits(config, weights, bits), compute)


def _scale_bits(config: Reader, weights: Mapping[str, Any], bits: int) -> float:
    """Bits of scales and zero points per weight."""
    kind = weights.get("type", "int")
    if "type" not in weights:
        config.notes.append(f"{config.place('config_groups')}: type is missing: weights taken as int, as by default")
    if kind not in ("int", "float"):
        config.refuse("config_groups", "the type of its weights must be int or float")
    block = weights.get("block_structure")
    if isinstance(block, list) and len(block) == 2 and all(type(one) is int and one > 0 for one in block):
        config.used["group_size"] = None
        return 16 / int(block[0] * block[1])
    size = _group_size(config, weights)
    zero = bits if weights.get("symmetric") is False else 0
    return ((8 if kind == "float" and bits == 4 else 16) + zero) / size if size else 0


def _group_size(config: Reader, values: Mapping[str, Any]) -> int | None:
    """Weights that share a scale; None for a whole row or tensor."""
    size = values.get("group_size")
    config.used["group_size"] = None
    if size is None:
        config.notes.append("group_size is missing or null: one scale for a whole row or tensor")
    elif type(size) is not int or not (size == -1 or size > 0):
        config.refuse("config_groups" if "config_groups" in config.data else "group_size",
                      "group_size must be a whole number, -1 or null")  # fmt: skip
    return size if size is not None and size > 0 else None


def _width(config: Reader, values: Mapping[str, Any], key: str) -> int:
    value = values.get(key)
    if type(value) is not int or value not in WIDTHS:
        config.refuse(key if key in config.data else "config_groups", f"{key} must be 4, 8 or 16")
    return int(value or 0)
