"""Layer patterns: one kind per layer, then one group per kind."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from costmodel.io.huggingface.reader import Reader
from costmodel.mechanism import Mechanism

AnyMechanism = TypeVar("AnyMechanism", bound=Mechanism)
Make = Callable[..., Mechanism]

WORDS = {
    "full_attention": "full",
    "attention": "full",
    "sliding_attention": "sliding",
    "chunked_attention": "chunked",
    "linear_attention": "linear",
}


def cut(reader: Reader, key: str, values: Sequence[Any], layers: int) -> list[Any]:
    """One entry per layer; a surplus must be as long as the layers for multi-token prediction."""
    surplus = len(values) - layers
    if surplus and surplus != reader.mtp_layers():
        reader.refuse(key, f"has {len(values)} entries for {layers} layers")
    return list(values[:layers])


def layer_types(reader: Reader, layers: int, allowed: Sequence[str]) -> list[str] | None:
    """Kinds of the list `layer_types`, None where the file has none."""
    if not reader.has("layer_types"):
        return None
    values = reader.take("layer_types", "layer_types")
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        reader.refuse("layer_types", "must be a list of names")
    kinds = [WORDS.get(value, value) for value in cut(reader, "layer_types", values, layers)]
    strange = sorted(set(kinds) - set(allowed))
    if strange:
        reader.refuse("layer_types", f"{strange[0]} is not known in this family")
    return kinds


def one_override(reader: Reader, numbers: Sequence[int], field: str) -> int | None:
    """What `per_layer_config` says of a field in those layers, and in no others; None where it says nothing.

    transformers writes there what earlier files have in keys of their own. Layers must agree.
    """
    config = reader.take("layers", "per_layer_config")
    if not config:
        return None
    if not isinstance(config, dict) or not all(isinstance(one, dict) for one in config.values()):
        reader.refuse("per_layer_config", "must be an object of objects")
    said = {key: one[field] for key, one in config.items() if field in one}
    if not said:
        return None
    layers = sorted(int(key) if key.isdecimal() else -1 for key in said)
    values = set(map(str, said.values()))
    if layers != sorted(numbers) or len(values) != 1 or type(next(iter(said.values()))) is not int:
        reader.refuse("per_layer_config", f"{field} must be one number, in all layers of one kind and in no others")
    return int(next(iter(said.values())))


def every(layers: int, period: int, last: str, others: str) -> list[str]:
    """Kind `last` for each layer whose 1-based number is a multiple of the period."""
    return [last if (layer + 1) % period == 0 else others for layer in range(layers)]


def same(reader: Reader, key: str, kinds: Sequence[str], expected: Sequence[str]) -> None:
    """Refuse where two keys give different patterns."""
    if list(kinds) != list(expected):
        reader.refuse(key, "gives another layer pattern than the rest of the file")


def indices(kinds: Sequence[str], kind: str) -> list[int]:
    """0-based numbers of the layers of one kind."""
    return [layer for layer, one in enumerate(kinds) if one == kind]


def grouped(kinds: Sequence[str], make: Mapping[str, Make]) -> tuple[tuple[Mechanism, tuple[int, ...]], ...]:
    """One group per kind in order of first appearance, each with the numbers of its layers."""
    found = {kind: tuple(indices(kinds, kind)) for kind in dict.fromkeys(kinds)}
    return tuple((make[kind](layers=len(numbers)), numbers) for kind, numbers in found.items())
