"""One configuration being read: every key ends in one of four lists, used, irrelevant, redundant or unknown."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from costmodel.errors import Problem, quote
from costmodel.io.huggingface.irrelevant import is_irrelevant
from costmodel.io.huggingface.refusal import ImportRefusedError, refuse

SIZE_WORD = re.compile(
    "head|layer|expert|moe|attn|attention|rank|lora|window|chunk|sparse|index|topk|shared|gate|latent|mamba|ssm|conv|"
    "state|compress|share|block|mlp|ffn|intermediate|hidden|quant|bits|embed|vocab|ngram|mtp"
)
"""A key with one of these words may change sizes: unknown and set, it refuses the file."""

LARGEST_SIZE = 10**10

MTP_KEYS = ("num_nextn_predict_layers", "num_mtp_modules", "num_mtp_layers", "mtp_num_hidden_layers")
MTP_DETAILS = ("use_mtp", "mtp_transformer_layers", "mtp_hybrid_override_pattern", "mtp_use_dedicated_embeddings",
               "mtp_layer_types", "mtp_mlp_layer_types", "mtp_layers_block_type")  # fmt: skip


class Reader:
    """Keys of one mapping. `places` says where a key stands if not at the top of the file.

    No size has a default. A switch that is missing takes the default of its class, and a note names it. `layers`, once
    known, is how many entries a list has that stands for one number.
    """

    def __init__(self, data: Mapping[str, Any], places: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.places = places or {}
        self.provenance: dict[str, str] = {}
        self.notes: list[str] = []
        self.used: dict[str, None] = {}
        self.layers: int | None = None
        self.redundant: dict[str, None] = {}

    def place(self, key: str) -> str:
        """Where that key stands in the file."""
        return self.places.get(key, key)

    def refuse(self, key: str, why: str, instead: str = "") -> NoReturn:
        """Refuse the file because of that key."""
        refuse(self.place(key), self.data.get(key), why, instead)

    def refuse_value(self, key: str, value: object, why: str, instead: str = "") -> NoReturn:
        """Refuse the file because of a key that stands outside the text part."""
        refuse(key, value, why, instead)

    def has(self, key: str) -> bool:
        """Whether the key is there and not null."""
        return self.data.get(key) is not None

    def size(self, field: str, *keys: str) -> int:
        """A positive whole number; the first key counts, others that are there must agree. Refuse if none is."""
        value = self.count(field, *keys)
        if value < 1:
            self.refuse(self._first(keys), f"{field} must be at least 1")
        return value

    def count(self, field: str, *keys: str) -> int:
        """A whole number, 0 and null included, both 0; refuse if no key is there."""
        present = [key for key in keys if key in self.data]
        if not present:
            refuse(keys[0], None, f"missing, {field} is not known", "no size has a default; add the key to the file")
        values = [self._whole(key) for key in present]
        self._take(field, present[0])
        for key, value in zip(present[1:], values[1:], strict=True):
            self._agree(key, value, values[0], present[0])
        return values[0]

    def count_or(self, field: str, default: int, why: str, *keys: str) -> int:
        """As `count`, with a default of the class where no key is there; a note names it."""
        if any(key in self.data for key in keys):
            return self.count(field, *keys)
        self.assume(field, keys[0], default, why)
        return default

    def size_or_none(self, field: str, *keys: str) -> int | None:
        """As `count`; 0 and null say that there is none."""
        return self.count(field, *keys) or None

    def switch(self, field: str, key: str, default: bool, why: str = "the default of its class") -> bool:  # noqa: FBT001
        """True or false; missing or null is the default, with a note."""
        if not self.has(key):
            if key in self.data:
                self.used[key] = None
            self.assume(field, key, default, why)
            return default
        value = self.data[key]
        if not isinstance(value, bool):
            self.refuse(key, "must be true or false")
        self._take(field, key)
        return bool(value)

    def text(self, field: str, key: str) -> str:
        """Text; refuse if it is missing."""
        value = self.data.get(key)
        if not isinstance(value, str):
            self.refuse(key, f"must be text, {field} is not known")
        self._take(field, key)
        return str(value)

    def whole_list(self, field: str, key: str) -> list[int]:
        """A list of whole numbers."""
        values = self.data.get(key)
        if not isinstance(values, list) or not all(type(value) is int for value in values):
            self.refuse(key, "must be a list of whole numbers")
        self._take(field, key)
        return list(values or ())

    def take(self, field: str, key: str) -> Any:
        """Any value, None if it is missing."""
        if key in self.data:
            self._take(field, key)
        return self.data.get(key)

    def assume(self, field: str, key: str, value: object, why: str) -> None:
        """Note a default that a missing key takes."""
        shown = str(value).lower() if isinstance(value, bool) else value
        self.provenance[field] = f"default: {shown}, {why}"
        self.notes.append(f"{self.place(key)} is missing: {field} taken as {shown}, {why}")

    def derive(self, field: str, rule: str, key: str = "") -> None:
        """Record that a field follows from others; a note names the key that would say it."""
        self.provenance[field] = f"derived: {rule}"
        if key:
            self.notes.append(f"{self.place(key)} is missing: {field} is {rule}")

    def agree(self, key: str, value: object, because: str) -> None:
        """A key that says again what is known already: refuse if it says something else."""
        if key not in self.data:
            return
        if self.data[key] is not None:
            self._agree(key, self.data[key], value, because)
        self.redundant[key] = None

    def void(self, why: str, *keys: str) -> None:
        """Keys that have no effect in this family whatever they say."""
        for key in keys:
            if key in self.data:
                self.redundant[key] = None
                if self.data[key]:
                    self.notes.append(f"{self.place(key)} = {quote(self.data[key])} has no effect: {why}")

    def never(self, why: str, *keys: str) -> None:
        """Keys that must not be set: their effect is not modelled."""
        for key in keys:
            if self.data.get(key):
                self.refuse(key, why)
            if key in self.data:
                self.used[key] = None

    def mtp_layers(self) -> int:
        """Layers for multi-token prediction, which are reported and not counted."""
        found = {key: self._whole(key) for key in MTP_KEYS if key in self.data}
        for key in (*found, *(key for key in MTP_DETAILS if key in self.data)):
            self.used[key] = None
        most = max(found.values(), default=0)
        if most:
            says = ", ".join(f"{self.place(key)} {value}" for key, value in found.items())
            self.notes.append(f"layers for multi-token prediction are not counted ({says}): set a draft length instead")
        return most

    def left(self) -> dict[str, Any]:
        """Keys in none of the lists."""
        known = self.used.keys() | self.redundant.keys()
        return {key: value for key, value in self.data.items() if key not in known and not is_irrelevant(key)}

    def irrelevant(self) -> list[str]:
        """Keys known not to change cost."""
        known = self.used.keys() | self.redundant.keys()
        return [key for key in self.data if key not in known and is_irrelevant(key)]

    def finish(self) -> list[str]:
        """The unknown keys, each noted; refuse if one may change sizes."""
        left = self.left()
        problems = [
            Problem(self.place(key), f"{quote(value)}: unknown key that may change KV, FLOPs or parameters; "
                    "remove it only if the model does not use it")
            for key, value in left.items()
            if value and SIZE_WORD.search(key.lower())
        ]  # fmt: skip
        if problems:
            raise ImportRefusedError(problems)
        return self.note_unknown()

    def note_unknown(self) -> list[str]:
        """The unknown keys, each noted whatever its name."""
        left = self.left()
        self.notes += [f"{self.place(key)} = {quote(value)} is unknown and was not used" for key, value in left.items()]
        return list(left)

    def merge(self, inner: "Reader") -> None:
        """Finish the reader of an object inside this file, and take over what it found."""
        inner.finish()
        self.provenance |= inner.provenance
        self.notes += inner.notes

    def _first(self, keys: Iterable[str]) -> str:
        return next(key for key in keys if key in self.data)

    def _take(self, field: str, key: str) -> None:
        self.used[key] = None
        self.provenance[field] = self.place(key)

    def _agree(self, key: str, value: object, expected: object, because: str) -> None:
        if value != expected:
            self.refuse(key, f"disagrees with {because}, which says {quote(expected)}")
        self.redundant[key] = None

    def _whole(self, key: str) -> int:
        value = self.data[key]
        if value is None:
            return 0
        if isinstance(value, list):
            if not value or any(type(one) is not int or one != value[0] for one in value):
                self.refuse(key, "a list stands where one number belongs, and its entries differ")
            if self.layers is None:
                self.refuse(key, "a list stands where one number belongs")
            if len(value) != self.layers:
                self.refuse(key, f"has {len(value)} entries for {self.layers} layers")
            value = value[0]
        if type(value) is not int or not 0 <= value <= LARGEST_SIZE:
            self.refuse(key, f"must be a whole number from 0 to {LARGEST_SIZE:,}")
        return int(value)
