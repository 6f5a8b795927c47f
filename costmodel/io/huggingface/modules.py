"""Which tensors a quantisation leaves high: lists of module names, globs and simple regular expressions."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from costmodel.io.huggingface.reader import Reader

REPRESENTATIVES = {
    "attention": ("self_attn.o_proj", "linear_attn.out_proj"),
    "experts": ("mlp.experts.0.down_proj", "block_sparse_moe.experts.0.w2"),
    "shared": ("mlp.shared_experts.down_proj", "mlp.shared_expert.down_proj"),
    "dense": ("mlp.down_proj",),
}
"""One module of each class, under its layer, by the names that checkpoints use."""
PARTS = {
    "attention": tuple(
        f"self_attn.{name}"
        for name in ("q_proj", "k_proj", "v_proj", "q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj")
    ),
    "experts": ("mlp.experts.0.gate_proj", "mlp.experts.0.up_proj", "block_sparse_moe.experts.0.w1"),
    "shared": ("mlp.shared_experts.gate_proj", "mlp.shared_expert.gate_proj"),
    "dense": ("mlp.gate_proj", "mlp.up_proj"),
}
"""Other large modules of the class: where one stays high and the first does not, the class is mixed."""
UNDERSTOOD = re.compile(
    "lm_head|embed|norm|self_attn|linear_attn|mlp|block_sparse_moe|gate|router|vis|audio|multi_modal|projector|indexer|bias"
)
"""Words of module names that belong to a class, or to tensors that are never quantised."""

NUMBERED = re.compile(r"^layers\.(\d+)(?:\.(.+))?$")
SAFE_EXPRESSION = re.compile(r"^[\w\\.()|^$*\-]{1,120}$")
MOST_STARS = 3


class Excluded:
    """Modules that stay in high precision."""

    def __init__(self, names: Sequence[str], reader: Reader) -> None:
        self.names = tuple(names)
        self.by_layer: dict[int, list[str]] = {}
        self.anywhere: list[str] = []
        self.expressions: list[re.Pattern[str]] = []
        for name in names:
            if name.startswith("re:"):
                self.expressions.append(_expression(name[3:], reader))
            elif "norm" not in name:
                self._add(name)

    def holds(self, tensor_class: str, layer: int) -> bool:
        """Whether the class stays high in that layer."""
        return any(self._holds(module, layer) for module in REPRESENTATIVES[tensor_class])

    def holds_part(self, tensor_class: str, layer: int) -> bool:
        """Whether another module of the class stays high in that layer."""
        return any(self._holds(module, layer) for module in PARTS[tensor_class])

    def holds_module(self, module: str, layer: int) -> bool:
        """Whether a module of a layer is one of them, or lies in one."""
        return self._holds(module, layer)

    def strange(self) -> list[str]:
        """Names that fit no class and no tensor that stays high anyway."""
        plain = (name for name in self.names if not name.startswith("re:"))
        return [name for name in plain if not UNDERSTOOD.search(name) and not short_name(name).startswith("layers.")]

    def _add(self, name: str) -> None:
        short = short_name(name)
        numbered = NUMBERED.match(short)
        if numbered:
            self.by_layer.setdefault(int(numbered[1]), []).append(numbered[2] or "*")
        else:
            self.anywhere.append(short)

    def _holds(self, module: str, layer: int) -> bool:
        full = f"layers.{layer}.{module}"
        if any(_matches(name, module) for name in self.by_layer.get(layer, ())):
            return True
        if any(_matches(name, full) or _inside(name, full) for name in self.anywhere):
            return True
        return any(one.match(f"model.{full}") or one.match(f"language_model.model.{full}") for one in self.expressions)


def short_name(name: str) -> str:
    """The name without what comes before the layers."""
    return name.removeprefix("model.").removeprefix("language_model.").removeprefix("model.")


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
