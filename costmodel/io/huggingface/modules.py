"""Which tensors a quantisation leaves high: lists of module names, globs and simple regular expressions."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from costmodel.io.huggingface.module_names import KNOWN, SMALL
from costmodel.io.huggingface.quant_formats import WITHOUT
from costmodel.io.huggingface.reader import Reader

HARMLESS = re.compile(
    r"lm_head|(?:^|[._*])(?:embed|norm|router|vis|audio|image|mtp|bias)|norm|_bias|multi_modal|projector|patch_merger"
    r"|(?:^|[._*])gate(?:\.|[*$]|$)|conv1d|eh_proj|shared_head|(?:^|\.)(?:head|wte|enorm|hnorm|A_log|D|dt_bias|rotary_emb)\b"
)
"""Tensors that are never quantised, or are no part of the layers of the text."""

BEFORE = ("model.", "language_model.model.", "model.language_model.", "backbone.", "transformer.")
"""What stands before the layers in names of checkpoints."""

NUMBERED = re.compile(r"^(?:layers|h)\.(\d+)(?:\.(.+))?$")
BEYOND = re.compile(r"^(?:layers|h)\.\d+\*?$")
OUTER = re.compile(r"^(?:(?:model|language_model|backbone|transformer)\.)+")
SINGLE_EXPERT = re.compile(r"experts\\?\.\d")
SAFE_EXPRESSION = re.compile(r"^[\w\\.()|^$*\-]{1,120}$")
MOST_STARS = 3


class Excluded:
    """Modules that stay in high precision."""

    def __init__(self, names: Sequence[str], reader: Reader) -> None:
        self.names = tuple(names)
        self.by_layer: dict[int, list[str]] = {}
        self.anywhere: list[str] = []
        self.expressions: list[re.Pattern[str]] = []
        self.config = reader
        self._known: dict[tuple[str, ...], frozenset[str]] = {}
        self._everywhere: dict[int, frozenset[str]] = {}
        for name in names:
            if name.startswith("re:"):
                self.expressions.append(_expression(name[3:], reader))
            elif "norm" not in name:
                self._add(name)

    def holds(self, sets: Sequence[Sequence[str]], layer: int) -> bool:
        """Whether all matrices of one of the sets stay high in that layer."""
        held = self._held(layer)
        return any(held.issuperset(names) for names in sets)

    def holds_part(self, sets: Sequence[Sequence[str]], layer: int) -> bool:
        """Whether any matrix of the sets stays high in that layer."""
        held = self._held(layer)
        return any(not held.isdisjoint(names) for names in sets)

    def check(self, reader: Reader, layers: int) -> None:
        """Refuse names that are not known, as any large matrix could be meant; note small ones.

        `layers` of the text: later ones are those of multi-token prediction.
        """
        tails = dict.fromkeys(tail for layer, found in self.by_layer.items() if layer < layers for tail in found)
        for name in (*tails, *self.anywhere, *(one.pattern for one in self.expressions)):
            if SINGLE_EXPERT.search(name):
                reader.refuse("quantization_config", f"{name[:60]}: single experts that stay high are not modelled",
                              WITHOUT)  # fmt: skip
            if SMALL.search(name):
                reader.notes.append(f"{name[:60]} stays high and is small: counted in the bits of its class")
            elif not (HARMLESS.search(name) or BEYOND.match(name) or self._is_known(name, layers)):
                reader.refuse("quantization_config", f"{name[:60]} stays high: which weights it holds is not known",
                              WITHOUT)  # fmt: skip

    def _is_known(self, name: str, layers: int) -> bool:
        """Whether a name takes in a known module of any layer."""
        if name == "*" or any(_matches(name, module) for module in KNOWN):
            return True
        alone = Excluded([f"re:{name}" if any(one.pattern == name for one in self.expressions) else name], self.config)
        return any(alone._held(layer) for layer in range(layers))

    def _held(self, layer: int) -> frozenset[str]:
        """The known modules of a layer that stay high."""
        tails = tuple(self.by_layer.get(layer, ()))
        if tails not in self._known:
            self._known[tails] = frozenset(one for one in KNOWN if any(_matches(name, one) for name in tails))
        return self._known[tails] | self._loose(layer if self._reaches(layer) else -1)

    def _loose(self, layer: int) -> frozenset[str]:
        """Those that names without a layer take in; layer -1 stands for all that no name singles out."""
        if layer not in self._everywhere:
            self._everywhere[layer] = frozenset(one for one in KNOWN if self._takes(one, layer))
        return self._everywhere[layer]

    def _reaches(self, layer: int) -> bool:
        """Whether a name with a digit may mean this layer and not others."""
        full = f"layers.{layer}."
        starts = (name.split("*")[0] for name in self.anywhere if any(map(str.isdigit, name)))
        in_expressions = any(char.isdigit() for one in self.expressions for char in one.pattern)
        return in_expressions or any(full.startswith(start) or start.startswith(full) for start in starts)

    def _add(self, name: str) -> None:
        short = short_name(name)
        numbered = NUMBERED.match(short)
        if numbered:
            self.by_layer.setdefault(int(numbered[1]), []).append(numbered[2] or "*")
        else:
            self.anywhere.append(short)

    def _takes(self, module: str, layer: int) -> bool:
        full = f"layers.{layer}.{module}"
        if any(_matches(name, full) or _inside(name, full) for name in self.anywhere):
            return True
        return any(one.match(f"{before}{full}") for one in self.expressions for before in BEFORE)


def short_name(name: str) -> str:
    """The name without what comes before the layers."""
    return OUTER.sub("", name)


def _matches(name: str, module: str) -> bool:
    """A module itself, one that it lies in, or a glob."""
    return module == name or module.startswith(f"{name}.") or ("*" in name and _glob(name, module))


def _glob(name: str, module: str) -> bool:
    return fnmatchcase(module, name) or fnmatchcase(module, f"{name}.*")


def _inside(name: str, module: str) -> bool:
    """A bare module name, such as `gate` or `self_attn`, that is a part of the path."""
    return "*" not in name and f".{name}." in f".{module}."


def _expression(text: str, reader: Reader) -> re.Pattern[str]:
    pattern = _safe_pattern(text)
    if pattern is None:
        reader.refuse("quantization_config", f"its expression {text[:60]!r} cannot be matched safely")
    return pattern


def _safe_pattern(text: str) -> re.Pattern[str] | None:
    """Only literals, groups and a few `.*`: anything else could take forever to match."""
    simple = SAFE_EXPRESSION.match(text) and text.count("*") <= MOST_STARS and ")*" not in text
    if not simple or any(text[at - 1] != "." for at, char in enumerate(text) if char == "*"):
        return None
    try:
        return re.compile(text)
    except re.error:
        return None
