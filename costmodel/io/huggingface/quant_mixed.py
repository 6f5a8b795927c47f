"""Several formats of weights in one file: which one a class of tensor has in a layer, or a refusal."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from costmodel.io.huggingface.modules import NUMBERED, Excluded, short_name
from costmodel.io.huggingface.quant_formats import ALGORITHMS, CLASSES, WITHOUT, Format
from costmodel.io.huggingface.reader import Reader

_ROUTED = tuple(f"mlp.experts.0.{name}" for name in ("gate_proj", "up_proj", "down_proj"))
_MIXTRAL = tuple(f"block_sparse_moe.experts.0.{name}" for name in ("w1", "w2", "w3"))
_LATENT = tuple(f"self_attn.{name}" for name in ("kv_a_proj_with_mqa", "kv_b_proj", "o_proj"))
WHOLE: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "attention": (
        tuple(f"self_attn.{name}" for name in ("q_proj", "k_proj", "v_proj", "o_proj")),
        ("self_attn.qkv_proj", "self_attn.o_proj"),
        (*_LATENT, "self_attn.q_a_proj", "self_attn.q_b_proj"),
        (*_LATENT, "self_attn.q_proj"),
        ("linear_attn.in_proj_qkvz", "linear_attn.in_proj_ba", "linear_attn.out_proj"),
        ("linear_attn.in_proj_qkv", "linear_attn.in_proj_z", "linear_attn.out_proj"),
    ),
    "experts": (_ROUTED, ("mlp.experts.gate_up_proj", "mlp.experts.down_proj"), _MIXTRAL),
    "shared": tuple(
        tuple(f"mlp.{shared}.{name}" for name in ("gate_proj", "up_proj", "down_proj"))
        for shared in ("shared_experts", "shared_expert")
    ),
    "dense": (
        ("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"),
        ("mlp.gate_up_proj", "mlp.down_proj"),
    ),
}
"""Sets of modules that together are all matrices of a class in one layer, by the names that checkpoints use."""

LINEAR = "Linear"
EXPERT = re.compile(r"experts\.(\d+)\.")
EXPERT_KEYS = ("n_routed_experts", "num_local_experts", "num_experts", "moe_num_experts")


@dataclass(frozen=True)
class Mixed:
    """Formats with the modules that have them, and the format of all others (None: they stay high)."""

    config: Reader
    key: str
    parts: tuple[tuple[Excluded, Format], ...]
    others: Format | None
    known: dict[tuple[object, ...], Format | None] = field(default_factory=dict)

    def at(self, tensor_class: str, layer: int) -> Format | None:
        """The one format of a class in a layer; refuse where its matrices have several."""
        if any(modules.anywhere or modules.expressions for modules, _ in self.parts):
            return self._at(tensor_class, layer)
        # Most layers name the same modules, and matching them is most of the time of an import.
        alike = tensor_class, *(tuple(modules.by_layer.get(layer, ())) for modules, _ in self.parts)
        if alike not in self.known:
            self.known[alike] = self._at(tensor_class, layer)
        return self.known[alike]

    def _at(self, tensor_class: str, layer: int) -> Format | None:
        touching = [
            (modules, form)
            for modules, form in self.parts
            if any(modules.holds_module(name, layer) for names in WHOLE[tensor_class] for name in names)
        ]
        if not touching:
            return self.others
        modules, form = touching[0]
        whole = any(all(modules.holds_module(name, layer) for name in names) for names in WHOLE[tensor_class])
        if len(touching) > 1 or not whole:
            self.config.refuse(
                self.key,
                f"the {tensor_class} matrices of layer {layer} are stored in several formats; a layer has one for them",
                WITHOUT,
            )
        return form


def targeted(config: Reader, groups: Sequence[tuple[Sequence[str], Format]]) -> Mixed:
    """The formats of `config_groups`: names and expressions come before the class `Linear`."""
    named = tuple(
        (Excluded([target for target in targets if target != LINEAR], config), form)
        for targets, form in groups
        if any(target != LINEAR for target in targets)
    )
    others = [form for targets, form in groups if LINEAR in targets]
    if len(others) > 1:
        config.refuse("config_groups", f"more than one group has the target {LINEAR}", WITHOUT)
    return Mixed(config, "config_groups", named, others[0] if others else None)


def by_name(reader: Reader, config: Reader, listed: Mapping[str, Any]) -> Mixed:
    """The formats of `quantized_layers`, which names every quantised module."""
    names: dict[Format, dict[str, None]] = {}
    experts: dict[str, set[int]] = {}
    for name, described in listed.items():
        algorithm = described.get("quant_algo") if isinstance(described, Mapping) else None
        if algorithm not in ALGORITHMS:
            config.refuse("quantized_layers", f"{name[:60]}: the format {str(algorithm)[:40]} is not known", WITHOUT)
        module = NUMBERED.match(short_name(name))
        if module is None and "head" in name:
            config.refuse("quantized_layers", f"{name[:60]}: the head has the bits of the input table", WITHOUT)
        if module is None:
            config.notes.append(f"quantized_layers: {name[:60]} is no layer of the text part")
            continue
        if found := EXPERT.search(name):
            experts.setdefault(f"{EXPERT.sub('', name)}", set()).add(int(found[1]))
        one = EXPERT.sub("experts.0.", name)
        if not _is_known(module[2] or ""):
            config.refuse("quantized_layers", f"{name[:60]}: this module belongs to no class of tensor", WITHOUT)
        names.setdefault(ALGORITHMS[algorithm], {})[one] = None
    _check_experts(reader, config, experts)
    parts = tuple((Excluded(list(modules), config), form) for form, modules in names.items())
    return Mixed(config, "quantized_layers", parts, None)


def _is_known(module: str) -> bool:
    one = EXPERT.sub("experts.0.", f"{module}.").removesuffix(".")
    listed = (name for tensor_class in CLASSES for names in WHOLE[tensor_class] for name in names)
    return any(name == one or name.startswith(f"{one}.") for name in listed)


def _check_experts(reader: Reader, config: Reader, experts: Mapping[str, set[int]]) -> None:
    """Refuse where some experts of a layer are quantised and others are not."""
    counts = {reader.data[key] for key in EXPERT_KEYS if type(reader.data.get(key)) is int}
    for name, numbers in experts.items():
        if numbers != set(range(len(numbers))) or (counts and len(numbers) not in counts):
            config.refuse("quantized_layers", f"{name[:60]}: some experts are quantised and others are not", WITHOUT)
