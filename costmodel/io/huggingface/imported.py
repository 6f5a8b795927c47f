"""Read a config.json of Hugging Face as a model, exactly or not at all."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from costmodel.attention import Attention
from costmodel.errors import DomainError, Problem
from costmodel.ffn import Dense
from costmodel.io.huggingface.families import FAMILIES, NESTED, OUTER_NAMES
from costmodel.io.huggingface.families.common import Shape
from costmodel.io.huggingface.kinds import check_kind, check_model_type
from costmodel.io.huggingface.layers import grouped
from costmodel.io.huggingface.nesting import TEXT_PARTS, text_reader
from costmodel.io.huggingface.parse import check_depth, parse_text, read_file
from costmodel.io.huggingface.quant import Precision, read_precision
from costmodel.io.huggingface.quant_formats import WITHOUT, Format
from costmodel.io.huggingface.reader import Reader
from costmodel.io.huggingface.refusal import ImportRefusedError, refuse
from costmodel.mechanism import Mechanism
from costmodel.model import MOST_GROUPS, Model
from costmodel.source import Source

LEAST_INDEX_BITS = 8
"""Index keys are not stored below 8 bits."""
COVERED = ("attention", "ffn", "hidden", "vocabulary")


@dataclass(frozen=True)
class Imported:
    """A model and where each of its fields comes from.

    `provenance`: field -> key of the file, `default: ...` or `derived: ...`. `notes`: what a reader should know,
    defaults that change a number first. The keys of the file are in `used`, `irrelevant`, `redundant`, `unknown`.
    """

    model: Model
    provenance: Mapping[str, str]
    notes: tuple[str, ...]
    used: tuple[str, ...] = field(default=())
    irrelevant: tuple[str, ...] = field(default=())
    redundant: tuple[str, ...] = field(default=())
    unknown: tuple[str, ...] = field(default=())


def read_huggingface(config: str | Path | Mapping[str, Any], *, name: str = "", kv_bits: int | None = None) -> Imported:
    """The model that a config.json describes, weights and cache in the precision of the file.

    `config` is its text, a Path, or the object itself; text is never the name of a file. `kv_bits` stores the cache in
    4, 8 or 16 bits whatever the file says; a file that says nothing means 16. ImportRefusedError lists the keys that
    stand in the way.
    """
    data, origin = _mapping(config)
    check_kind(data)
    reader = text_reader(data)
    check_model_type(reader.data.get("model_type"))
    model_type = _model_type(data, reader)
    shape = FAMILIES[model_type](reader)
    precision = read_precision(reader, _layers(shape), kv_bits)
    attention, ffn = _stacks(reader, shape, precision)
    unknown = reader.finish()
    if not {"transformers_version"} & set(reader.data) and not {"torch_dtype", "dtype"} & set(reader.data):
        reader.notes.insert(0, "this looks like an edited file: it names neither transformers_version nor a dtype")
    title = name or _name(data, model_type)
    try:
        model = Model(
            id=_slug(title),
            name=title,
            hidden=shape.hidden,
            vocabulary=shape.vocabulary,
            tied_embeddings=shape.tied,
            embedding_bits=precision.high,
            final_norms=shape.final_norms,
            streams=shape.streams,
            other_parameters=shape.other_parameters,
            attention=attention,
            ffn=ffn,
            sources=(Source(title=f"config.json ({model_type})", locator=origin, covers=COVERED),),
        )  # fmt: skip
    except DomainError as error:
        raise ImportRefusedError(error.problems) from error
    return Imported(
        model,
        dict(reader.provenance),
        tuple(dict.fromkeys(reader.notes)),
        tuple(map(reader.place, reader.used)),
        tuple(map(reader.place, reader.irrelevant())),
        tuple(map(reader.place, reader.redundant)),
        tuple(map(reader.place, unknown)),
    )


def _mapping(config: str | Path | Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    if isinstance(config, Mapping):
        check_depth(config)
        return config, "a mapping"
    if isinstance(config, Path):
        return read_file(config), config.name or "a file"
    if not isinstance(config, str):
        refuse("config", None, f"must be text, a Path or an object, not {type(config).__name__}")
    return parse_text(config), "pasted text"


def _model_type(data: Mapping[str, Any], reader: Reader) -> str:
    """The family that reads the text part; refuse one that is not known."""
    outer, inner = data.get("model_type"), reader.data.get("model_type")
    if any(part in data for part in TEXT_PARTS) and outer != inner and outer is not None and outer not in NESTED:
        reader.refuse_value("model_type", outer, "a multimodal family that is not known", "paste its text part alone")
    if outer in NESTED and inner not in NESTED[outer]:
        reader.refuse("model_type", f"not a text part of {outer}")
    model_type = OUTER_NAMES.get(str(inner), inner)
    if not isinstance(model_type, str) or model_type not in FAMILIES:
        names = data.get("architectures")
        reader.refuse("model_type", f"this family is not known (architectures: {str(names)[:80]})",
                      "describe the model in a TOML preset")  # fmt: skip
    _check_architectures(reader, data.get("architectures"), str(model_type))
    reader.used["model_type"] = None
    return str(model_type)


def _check_architectures(reader: Reader, architectures: object, model_type: str) -> None:
    """The class must be a decoder, and not one of another family."""
    if architectures is None:
        return
    if not isinstance(architectures, list) or len(architectures) != 1 or not isinstance(architectures[0], str):
        reader.refuse("architectures", "must be a list with one class")
    stem, _, task = architectures[0].partition("For")
    if task not in ("CausalLM", "ConditionalGeneration"):
        reader.refuse("architectures", "not a class that generates text: its last layer is another one")
    plain = stem.lower()
    others = {key.replace("_text", "").replace("_", "").lower(): key for key in FAMILIES}
    if plain in others and FAMILIES[others[plain]] is not FAMILIES[model_type]:
        reader.refuse("architectures", f"disagrees with model_type {model_type}")
    if plain not in others:
        reader.notes.append(f"architectures = {architectures[0][:60]}: model_type {model_type} decided")


def _stacks(reader: Reader, shape: Shape, precision: Precision) -> tuple[tuple[Mechanism, ...], tuple[Mechanism, ...]]:
    """Both stacks with bits; equal groups are one."""
    try:
        mixers = grouped(shape.mixers, shape.make_mixer)
        ffns = grouped(shape.ffns, shape.make_ffn)
    except DomainError as error:
        raise ImportRefusedError(error.problems) from error
    mixing, feeding_at = shape.positions or (range(len(shape.mixers)), range(len(shape.ffns)))
    numbered = shape.positions is not None or len(shape.mixers) == len(shape.ffns)
    if precision.excluded.by_layer and precision.formats and not numbered:
        reader.refuse("quantization_config", "modules that stay high are named by layer, which is not followed where "
                      "layers are split", WITHOUT)  # fmt: skip
    attention = _split(reader, precision, mixers, _mixer_classes, mixing, numbered=numbered)
    feeding = _split(reader, precision, ffns, _ffn_classes, feeding_at, numbered=numbered)
    return (
        tuple(_mixer(group, precision, form) for group, (form, _) in attention),
        tuple(_ffn(group, *forms) for group, forms in feeding),
    )


def _split(
    reader: Reader,
    precision: Precision,
    groups: Sequence[tuple[Mechanism, tuple[int, ...]]],
    classes: Callable[[Mechanism], tuple[str, str]],
    positions: Sequence[int],
    *,
    numbered: bool,
) -> list[tuple[Mechanism, tuple[Format, Format]]]:
    """Groups of layers with the formats of their tensors: a group whose layers differ in them becomes several.

    `positions`: the layer of the file for each entry of the stack; `numbered`: whether these are known.
    """
    found: dict[tuple[int, Format, Format], list[int]] = {}
    for number, (group, layers) in enumerate(groups):
        first, second = classes(group)
        for layer in layers:
            at = positions[layer]
            forms = precision.at(reader, first, group, at), precision.at(reader, second, group, at)
            found.setdefault((number, *forms), []).append(layer)
    if len(found) > len(groups) and not numbered:
        reader.refuse(
            "quantization_config", "modules are named by layer, and here a layer is a mixer or an FFN", WITHOUT
        )
    if len(found) > max(MOST_GROUPS, len(groups)):
        ways = f"layers differ in it in {len(found)} ways, a stack has at most {MOST_GROUPS} groups of layers"
        reader.refuse("quantization_config", ways, WITHOUT)
    parts = sorted(found.items(), key=lambda item: item[1][0])
    return [(_of_layers(groups[number][0], len(layers)), (one, two)) for (number, one, two), layers in parts]


def _layers(shape: Shape) -> int:
    """Layers that the file numbers."""
    if shape.positions is None:
        return max(len(shape.mixers), len(shape.ffns))
    return 1 + max(map(max, filter(None, shape.positions)))


def _of_layers(group: Mechanism, layers: int) -> Mechanism:
    return group if group.layers == layers else type(group)(**_values(group) | {"layers": layers})


def _mixer_classes(_: Mechanism) -> tuple[str, str]:
    return "attention", "attention"


def _ffn_classes(group: Mechanism) -> tuple[str, str]:
    """Classes of its own matrices and of the shared ones, which are its own where there are none."""
    own = "dense" if isinstance(group, Dense) else "experts"
    return own, "shared" if getattr(group, "shared", 0) else own


def _mixer(group: Mechanism, precision: Precision, form: Format) -> Mechanism:
    fields = {"weight_bits": form.bits, "linear_bits": form.compute}
    if isinstance(group, Attention) and "kv_bits" in type(group).model_fields:
        fields |= {"kv_bits": precision.kv, "compute_bits": precision.kv}
        if "index_bits" in type(group).model_fields:
            fields["index_bits"] = max(precision.kv, LEAST_INDEX_BITS)
    else:
        fields["compute_bits"] = 16
    return type(group)(**_values(group) | fields)


def _ffn(group: Mechanism, form: Format, shared: Format) -> Mechanism:
    fields: dict[str, Any] = {"weight_bits": form.bits, "compute_bits": form.compute}
    if shared.bits != form.bits:
        fields["shared_weight_bits"] = shared.bits
    return type(group)(**_values(group) | fields)


def _values(group: Mechanism) -> dict[str, Any]:
    return {key: getattr(group, key) for key in type(group).model_fields}


def _name(data: Mapping[str, Any], model_type: str) -> str:
    path = data.get("_name_or_path")
    return path.rsplit("/", 1)[-1][:80] if isinstance(path, str) and path.strip("/. ") else f"{model_type} (imported)"


def _slug(name: str) -> str:
    slug = re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.")[:48]
    return slug or "imported"


__all__ = ["ImportRefusedError", "Imported", "Problem", "read_huggingface"]
