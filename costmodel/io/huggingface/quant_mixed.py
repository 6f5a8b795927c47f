"""Several formats of weights in one file: which one a class of tensor has in a layer, or a refusal."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costmodel.io.huggingface.module_names import KNOWN, SMALL
from costmodel.io.huggingface.modules import NUMBERED, Excluded, short_name
from costmodel.io.huggingface.quant_formats import ALGORITHMS, WITHOUT, Format
from costmodel.io.huggingface.reader import Reader

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

    def at(self, tensor_class: str, sets: Sequence[Sequence[str]], layer: int) -> Format | None:
        """The one format of a class in a layer, whose matrices are one of the sets; refuse where they have several."""
        touching = [(modules, form) for modules, form in self.parts if modules.holds_part(sets, layer)]
        if not touching:
            return self.others
        modules, form = touching[0]
        if len(touching) > 1 or not modules.holds(sets, layer):
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
    return bool(SMALL.search(one)) or any(name == one or name.startswith(f"{one}.") for name in KNOWN)


def _check_experts(reader: Reader, config: Reader, experts: Mapping[str, set[int]]) -> None:
    """Refuse where some experts of a layer are quantised and others are not."""
    counts = {reader.data[key] for key in EXPERT_KEYS if type(reader.data.get(key)) is int}
    for name, numbers in experts.items():
        if numbers != set(range(len(numbers))) or (counts and len(numbers) not in counts):
            config.refuse("quantized_layers", f"{name[:60]}: some experts are quantised and others are not", WITHOUT)
