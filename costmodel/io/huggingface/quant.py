"""Precision: bits per class of tensor from `quantization_config` and dtype."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from costmodel.io.huggingface.modules import Excluded
from costmodel.io.huggingface.reader import Reader

DTYPE_BITS = {"float32": 32, "bfloat16": 16, "float16": 16}
SCALE_BITS = 32
UE8M0_BITS = 8
MXFP4_BITS = 4 + 8 / 32
EXPERT_DTYPES = ("fp4", "fp8")
CLASSES = ("attention", "experts", "shared", "dense")


@dataclass(frozen=True)
class Format:
    """How quantised weights are stored [bit], scales included, and the precision that they are multiplied in."""

    bits: float
    compute: int


@dataclass(frozen=True)
class Precision:
    """Bits of weights and products by class of tensor; of the KV cache."""

    high: int
    kv: int
    formats: Mapping[str, Format]
    excluded: Excluded

    def weight_bits(self, reader: Reader, tensor_class: str, layers: tuple[int, ...]) -> float:
        """Stored bits per weight of that class in those layers; refuse if they differ."""
        form = self._format(reader, tensor_class, layers)
        return self.high if form is None else form.bits

    def compute_bits(self, reader: Reader, tensor_class: str, layers: tuple[int, ...]) -> int:
        """Precision of the matrix products of that class."""
        form = self._format(reader, tensor_class, layers)
        return 16 if form is None else form.compute

    def _format(self, reader: Reader, tensor_class: str, layers: tuple[int, ...]) -> Format | None:
        form = self.formats.get(tensor_class)
        if form is None:
            return None
        excluded = {self.excluded.holds(tensor_class, layer) for layer in layers}
        if len(excluded) > 1:
            reader.refuse(
                "quantization_config", f"{tensor_class} weights are quantised in some layers and not in others"
            )
        return None if excluded == {True} else form


def read_precision(reader: Reader) -> Precision:
    """From the file; what it does not say is 16 bits, and noted."""
    high = _dtype_bits(reader)
    config = reader.take("weight_bits", "quantization_config")
    if config is None:
        reader.notes.append(f"quantization_config is missing: all weights have {high} bits")
        reader.notes.append("the file does not say how the KV cache is stored: 16 bits per element")
        if "expert_dtype" in reader.data:
            reader.refuse("expert_dtype", "without quantization_config it is not known how experts are stored")
        return Precision(high, 16, {}, Excluded((), reader))
    if not isinstance(config, Mapping):
        reader.refuse("quantization_config", "must be an object")
    kv = _kv_bits(reader, config)
    formats = _formats(reader, config)
    names = [
        config[key]
        for key in ("ignore", "modules_to_not_convert", "exclude_modules", "ignored_layers")
        if config.get(key)
    ]
    listed: list[Any] = []
    for one in names:
        if not isinstance(one, list) or not all(isinstance(name, str) for name in one):
            reader.refuse("quantization_config", "its list of modules that stay high must hold names")
        listed += one
    return Precision(high, kv, formats, Excluded(listed, reader))


def _dtype_bits(reader: Reader) -> int:
    keys = [key for key in ("dtype", "torch_dtype") if reader.has(key)]
    for key in ("dtype", "torch_dtype"):
        if key in reader.data and key not in keys:
            reader.used[key] = None
    if not keys:
        reader.assume("embedding_bits", "torch_dtype", 16, "the file names no dtype")
        return 16
    value = reader.take("embedding_bits", keys[0])
    for key in keys[1:]:
        reader.agree(key, value, keys[0])
    if not isinstance(value, str) or value not in DTYPE_BITS:
        reader.refuse(keys[0], f"must be {', '.join(DTYPE_BITS)}")
    if value == "float32":
        reader.notes.append(f"{keys[0]} = float32: weights are stored in 32 bits; most are served in 16")
    return DTYPE_BITS[str(value)]


def _kv_bits(reader: Reader, config: Mapping[str, Any]) -> int:
    scheme, algorithm = config.get("kv_cache_scheme"), config.get("kv_cache_quant_algo")
    if isinstance(scheme, Mapping) and scheme.get("num_bits") in (4, 8):
        reader.provenance["kv_bits"] = "quantization_config.kv_cache_scheme.num_bits"
        return int(scheme["num_bits"])
    if algorithm == "FP8":
        reader.provenance["kv_bits"] = "quantization_config.kv_cache_quant_algo"
        return 8
    if scheme or algorithm:
        reader.refuse("quantization_config", "how it stores the KV cache is not known")
    reader.notes.append("the file does not say how the KV cache is stored: 16 bits per element")
    reader.provenance["kv_bits"] = "default: 16, the file does not say"
    return 16


def _formats(reader: Reader, config: Mapping[str, Any]) -> dict[str, Format]:
    """Format of each class of tensor that is quantised."""
    method = config.get("quant_method")
    if method == "fp8":
        everything = dict.fromkeys(CLASSES, _fp8(reader, config))
        return everything | _expert_dtype(reader, config)
    if method == "mxfp4":
        return {"experts": Format(MXFP4_BITS, 16)}
    if method in ("compressed-tensors", "modelopt"):
        return dict.fromkeys(CLASSES, _groups(reader, config))
    if method in ("awq", "gptq"):
        bits, group = _whole(reader, config, "bits"), config.get("group_size")
        per_group = (16 + bits) / group if type(group) is int and group > 0 else 0
        return dict.fromkeys(CLASSES, Format(bits + per_group, 16))
    reader.notes.append(
        f"quant_method = {method!r:.40}: how many bits it stores is not known; weights keep the dtype of the file"
    )
    return {}


def _fp8(reader: Reader, config: Mapping[str, Any]) -> Format:
    block = config.get("weight_block_size")
    compute = 8 if config.get("activation_scheme", "dynamic") in ("dynamic", "static") else 16
    if block is None:
        return Format(8, compute)
    if not isinstance(block, list) or len(block) != 2 or any(type(one) is not int or one < 1 for one in block):
        reader.refuse("quantization_config", "weight_block_size must be two whole numbers")
    scale = UE8M0_BITS if config.get("scale_fmt") == "ue8m0" else SCALE_BITS
    return Format(8 + scale / (block[0] * block[1]), compute)


def _expert_dtype(reader: Reader, config: Mapping[str, Any]) -> dict[str, Format]:
    """DeepSeek-V4 stores routed experts in MXFP4 beside FP8; the key stands beside `quantization_config` or in it."""
    values = [config.get("expert_dtype"), reader.take("weight_bits", "expert_dtype")]
    names = {value for value in values if isinstance(value, str)}
    if len(names) > 1 or any(value is not None and value not in EXPERT_DTYPES for value in values):
        reader.refuse("expert_dtype", f"must be {' or '.join(EXPERT_DTYPES)}, the same wherever it stands")
    return {"experts": Format(MXFP4_BITS, 8)} if "fp4" in names else {}


def _groups(reader: Reader, config: Mapping[str, Any]) -> Format:
    if config.get("quantized_layers") or config.get("quant_algo") == "MIXED_PRECISION":
        reader.refuse("quantization_config", "several formats in one file are not read yet")
    groups = config.get("config_groups")
    if not isinstance(groups, Mapping) or len(groups) != 1:
        reader.refuse("quantization_config", "config_groups must hold one group")
    group = next(iter(groups.values())) if groups else {}
    if not isinstance(group, Mapping) or group.get("targets") != ["Linear"]:
        reader.refuse("quantization_config", "the targets of its group must be [Linear]")
    weights, inputs = group.get("weights"), group.get("input_activations")
    if not isinstance(weights, Mapping):
        reader.refuse("quantization_config", "the weights of its group are missing")
    bits = _whole(reader, weights, "num_bits")
    size = weights.get("group_size")
    scale = 0.0
    if type(size) is int and size > 0:
        scale = (8 if weights.get("type") == "float" and bits == 4 else 16) / size
    compute = 16 if not isinstance(inputs, Mapping) else _whole(reader, inputs, "num_bits")
    return Format(bits + scale, compute)


def _whole(reader: Reader, config: Mapping[str, Any], key: str) -> int:
    value = config.get(key)
    if type(value) is not int or value not in (4, 8, 16):
        reader.refuse("quantization_config", f"{key} must be 4, 8 or 16")
    return int(value or 0)
