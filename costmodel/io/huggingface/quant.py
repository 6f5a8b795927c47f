"""Precision: bits per class of tensor from `quantization_config` and dtype."""

from collections.abc import Mapping
from dataclasses import dataclass

from costmodel.io.huggingface.module_names import sets_of
from costmodel.io.huggingface.modules import Excluded
from costmodel.io.huggingface.quant_formats import (
    WITHOUT,
    Format,
    described_groups,
    formats,
    ignore_without_effect,
    is_mixed,
    quantized_names,
)
from costmodel.io.huggingface.quant_mixed import Mixed, by_name, targeted
from costmodel.io.huggingface.reader import Reader
from costmodel.mechanism import Mechanism

DTYPE_BITS = {"float32": 32, "bfloat16": 16, "float16": 16}
EXCLUSIONS = ("ignore", "modules_to_not_convert", "exclude_modules", "ignored_layers")
KV_BITS = (4, 8, 16)
"""Bits in which a caller may have the KV cache stored, whatever the file says."""


@dataclass(frozen=True)
class Precision:
    """Bits of weights and products by class of tensor; of the KV cache."""

    high: int
    kv: int
    formats: Mapping[str, Format]
    excluded: Excluded
    mixed: Mixed | None = None

    def at(self, reader: Reader, tensor_class: str, group: Mechanism, layer: int) -> Format:
        """How weights of that class are stored and multiplied in a layer of a group."""
        sets = sets_of(tensor_class, group)
        form = self.formats.get(tensor_class) if self.mixed is None else self.mixed.at(tensor_class, sets, layer)
        if form is None or self.excluded.holds(sets, layer):
            return Format(self.high, 16)
        if self.excluded.holds_part(sets, layer):
            reader.refuse("quantization_config", f"some {tensor_class} matrices of layer {layer} stay in {self.high} "
                          f"bits and others do not; a layer has one format for them", WITHOUT)  # fmt: skip
        return form


def read_precision(reader: Reader, layers: int, kv_bits: int | None = None) -> Precision:
    """From the file; what it does not say is 16 bits, and noted. `kv_bits` is the caller's choice for the cache.

    `layers` that the file numbers, without those of multi-token prediction.
    """
    high = _dtype_bits(reader)
    config = reader.take("weight_bits", "quantization_config")
    if config is None:
        reader.notes.append(f"quantization_config is missing: all weights have {high} bits")
        if "expert_dtype" in reader.data:
            reader.refuse("expert_dtype", "without quantization_config it is not known how experts are stored",
                          "put the content of hf_quant_config.json there")  # fmt: skip
        return Precision(high, _kv_bits(reader, None, kv_bits), {}, Excluded((), reader))
    if not isinstance(config, Mapping):
        reader.refuse("quantization_config", "must be an object")
    if isinstance(config.get("quantization"), Mapping):
        # The content of modelopt's hf_quant_config.json.
        config = {"quant_method": "modelopt", **config["quantization"]}
    inner = Reader(config, {key: f"{reader.place('quantization_config')}.{key}" for key in config})
    kv = _kv_bits(reader, inner, kv_bits)
    found, mixed = ({}, _mixed(reader, inner)) if is_mixed(inner) else (formats(reader, inner), None)
    excluded = Excluded(_names(inner), inner)
    if found and not excluded.names:
        inner.notes.append(
            f"{', '.join(EXCLUSIONS)} are missing or empty: every matrix of {', '.join(found)} is quantised"
        )
    if found or mixed:
        excluded.check(inner, layers)
    inner.note_unknown()
    reader.provenance |= inner.provenance
    reader.notes += inner.notes
    return Precision(high, kv, found, excluded, mixed)


def _mixed(reader: Reader, config: Reader) -> Mixed:
    """Several formats, by the modules that have them."""
    config.take("weight_bits", "quant_method")
    ignore_without_effect(config)
    if names := quantized_names(config):
        return by_name(reader, config, names)
    return targeted(config, described_groups(config))


def _names(config: Reader) -> list[str]:
    """Modules that stay high."""
    listed: list[str] = []
    for key in EXCLUSIONS:
        names = config.take("weight_bits", key)
        if not names:
            continue
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            config.refuse(key, "its list of modules that stay high must hold names")
        listed += names
    return listed


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


def _kv_bits(reader: Reader, config: Reader | None, chosen: int | None) -> int:
    """The caller's choice, else what the file says, else 16."""
    said = None if config is None else _said_kv_bits(config)
    if chosen is not None:
        if type(chosen) is not int or chosen not in KV_BITS:
            reader.refuse_value("kv_bits", chosen, f"must be one of {', '.join(map(str, KV_BITS))}")
        if said not in (None, chosen):
            reader.notes.append(f"kv_bits = {chosen} is the caller's choice; the file says {said}")
        reader.provenance["kv_bits"] = "argument kv_bits"
        return chosen
    if said is not None:
        return said
    reader.notes.append(
        "the file does not say how the KV cache is stored (kv_cache_scheme, kv_cache_quant_algo): 16 bits per element"
    )
    reader.provenance["kv_bits"] = "default: 16, the file does not say"
    return 16


def _said_kv_bits(config: Reader) -> int | None:
    scheme, algorithm = config.take("kv_bits", "kv_cache_scheme"), config.take("kv_bits", "kv_cache_quant_algo")
    if isinstance(scheme, Mapping) and scheme.get("num_bits") in (4, 8):
        config.provenance["kv_bits"] = f"{config.place('kv_cache_scheme')}.num_bits"
        return int(scheme["num_bits"])
    if algorithm == "FP8":
        config.provenance["kv_bits"] = config.place("kv_cache_quant_algo")
        return 8
    if scheme or algorithm:
        key = "kv_cache_scheme" if scheme else "kv_cache_quant_algo"
        config.refuse(key, "how it stores the KV cache is not known")
    config.provenance.pop("kv_bits", None)
    return None
