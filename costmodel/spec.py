"""Base of every description (model, layer group, accelerator, workload): frozen, validated, documented fields.

A field's label, unit, help and range live in its `Field` or `Choice`. Validation, sweep axes, links and widgets all
read them from there, so a new field needs no other change.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from numbers import Integral, Real
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from costmodel.errors import DomainError, Problem, near_matches, quote
from costmodel.units import Numeric

_ID = re.compile(r"[a-z0-9][a-z0-9.\-]{0,47}", re.ASCII)


@dataclass(frozen=True)
class Field:
    """A number with a meaning: label, unit, help, and the closed range [low, high] or the choices it may take.

    `stops` are the values worth trying, for sliders and search axes; `scale` and `scale_unit` are for display
    (1.98e15 FLOP/s is 1,980 TFLOP/s).
    """

    label: str
    help: str
    low: float
    high: float
    unit: str = ""
    whole: bool = True
    optional: bool = False
    choices: tuple[int, ...] = ()
    stops: tuple[int, ...] = ()
    scale: float = 1.0
    scale_unit: str = ""

    def allowed(self) -> str:
        """The accepted values in words."""
        if self.choices:
            return "one of " + ", ".join(map(str, self.choices))
        kind = "a whole number" if self.whole else "a number"
        none = " or nothing" if self.optional else ""
        return f"{kind} from {_plain(self.low)} to {_plain(self.high)}{none}"

    def check(self, value: object) -> int | float | None:
        """`value` as int or float when it is allowed; otherwise DomainError with value and allowed range."""
        if value is None and self.optional:
            return None
        if isinstance(value, Real) and not isinstance(value, bool):
            number = int(value) if isinstance(value, Integral) else float(value)
            # Comparing comes first: it refuses NaN and infinity, and integers that no float can hold.
            is_allowed = self.low <= number <= self.high and (isinstance(number, int) or not self.whole)
            if is_allowed and (not self.choices or number in self.choices):
                return number if self.whole else float(number)
        raise DomainError(f"{quote(value)} is not allowed; must be {self.allowed()}")

    def accepts_all(self, values: NDArray[Any]) -> bool:
        """True where every element is plainly allowed; where it is False, elements are to be checked one by one."""
        if self.choices or values.dtype.kind not in ("iu" if self.whole else "iuf"):
            return False
        return bool(np.all((values >= self.low) & (values <= self.high)))

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate through `check`, so that constructors, presets, links and axes refuse alike."""
        return core_schema.no_info_plain_validator_function(_as_pydantic(self))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Title, description and range or choices; the unit as `x-unit`."""
        kind: JsonSchemaValue = {"type": "integer" if self.whole else "number"}
        if self.choices:
            kind["enum"] = [*self.choices, None] if self.optional else list(self.choices)
        else:
            kind |= {"minimum": self.low, "maximum": self.high}
        if self.optional:
            kind["type"] = [kind["type"], "null"]
        unit = {"x-unit": self.unit} if self.unit else {}
        return {"title": self.label, "description": self.help, **kind, **unit}


@dataclass(frozen=True)
class Choice:
    """A word from a short list, with label and help; `rare` where few designs differ in it."""

    label: str
    help: str
    choices: tuple[str, ...]
    rare: bool = False

    def allowed(self) -> str:
        """The accepted words."""
        return "one of " + ", ".join(self.choices)

    def check(self, value: object) -> str:
        """`value` when it is one of the choices; otherwise DomainError."""
        if isinstance(value, str) and value in self.choices:
            return value
        raise DomainError(f"{quote(value)} is not allowed; must be {self.allowed()}")

    def shown(self, value: str) -> str:
        """The value as a list of changes names it."""
        return value

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate through `check`."""
        return core_schema.no_info_plain_validator_function(_as_pydantic(self))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Title, description and choices."""
        return {"title": self.label, "description": self.help, "type": "string", "enum": list(self.choices)}


class Check(Enum):
    """Extent of the checks of an update: values and relations between fields, only relations, or nothing."""

    ALL = "all"
    RELATIONS = "relations"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Reference(Choice):
    """The id of something that a scenario or a preset folder holds, with label and help; `choices` are always allowed.

    Whether the id exists is a relation to other fields and checked there.
    """

    def allowed(self) -> str:
        """The accepted words."""
        return " or ".join((*self.choices, "an id of lower-case letters, digits, dots and hyphens"))

    def check(self, value: object) -> str:
        """`value` when it is written like an id; otherwise DomainError."""
        if isinstance(value, str) and (value in self.choices or _ID.fullmatch(value)):
            return value
        raise DomainError(f"{quote(value)} is not allowed; must be {self.allowed()}")

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate through `check`."""
        return core_schema.no_info_plain_validator_function(_as_pydantic(self))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Title, description and how an id is written."""
        return {"title": self.label, "description": self.help, "type": "string", "pattern": f"^{_ID.pattern}$"}


class Rule(NamedTuple):
    """A relation between fields: `holds` (a truth value or an array of them), the relation in words, and its values."""

    holds: Numeric
    text: str
    values: Mapping[str, object]


class Spec(BaseModel):
    """Base of every description. Immutable; unknown fields, out-of-range values and broken relations are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, revalidate_instances="never")

    kinds: ClassVar[set[str]] = set()

    def __init__(self, /, **data: Any) -> None:
        try:
            self.__pydantic_validator__.validate_python(data, self_instance=self)
        except ValidationError as error:
            raise DomainError(_problems(error)) from None

    # Without this attribute pydantic would build nested specs through __init__ and lose the path of their errors.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Remember the tags of the mechanisms, which pydantic puts into error paths and a reader should not see."""
        field = cls.model_fields.get("kind")
        if field is not None and isinstance(field.default, str):
            Spec.kinds.add(field.default)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """That of pydantic, where a mechanism must name its `kind`, as files and links must."""
        found = handler.resolve_ref_schema(handler(schema))
        if "kind" in found.get("properties", {}):
            found["required"] = ["kind", *found.get("required", ())]
        return found

    @classmethod
    @cache
    def quantities(cls) -> dict[str, Field | Choice]:
        """The documented fields by name, in the order of declaration."""
        return {
            name: field
            for name, info in cls.model_fields.items()
            for field in info.metadata
            if isinstance(field, Field | Choice)
        }

    def rules(self) -> Iterable[Rule]:
        """Relations between fields that must hold; written with operators so that they work on arrays too."""
        return ()

    @model_validator(mode="before")
    @classmethod
    def _known_fields(cls, data: object) -> object:
        if isinstance(data, Mapping):
            for name in data:
                if name not in cls.model_fields:
                    hint = near_matches(name, cls.model_fields)
                    raise PydanticCustomError("unknown_field", "{text}", {"text": f"unknown field {quote(name)}{hint}"})
        return data

    @model_validator(mode="after")
    def _rules_hold(self) -> Self:
        try:
            self.check_relations()
        except DomainError as error:
            raise PydanticCustomError("rule", "{text}", {"text": error.problems[0].reason}) from None
        return self

    def replace(self, **values: Any) -> Self:
        """A validated copy with some fields changed."""
        return type(self)(**{name: getattr(self, name) for name in type(self).model_fields} | values)

    def update(self, values: Mapping[str, Any], check: Check = Check.ALL) -> Self:
        """A copy with some fields changed to numbers, arrays of numbers or other specs; `check` says what is checked.

        Arrays are for evaluating the same formulas on many designs at once. Their elements become float64, because
        integer arrays overflow silently where Python integers do not.
        """
        known = self.quantities() if check is Check.ALL else {}
        checked = {name: check_value(name, known[name], values[name]) for name in values if name in known}
        copied = check is not Check.NOTHING
        floats = {name: value.astype(float, copy=copied) for name, value in values.items() if is_array(value)}
        copy = self.model_copy(update={**values, **checked, **floats})
        if check is not Check.NOTHING:
            copy.check_relations()
        return copy

    def check_relations(self) -> None:
        """Refuse the first combination of array elements that breaks a rule, naming it."""
        for rule in self.rules():
            # Most relations are between numbers, and asking NumPy takes longer than they do.
            if rule.holds is not True and not np.all(rule.holds):
                raise DomainError(_broken(rule))


def is_array(value: object) -> bool:
    """True for an ndarray and for a labelled array."""
    return isinstance(value, np.ndarray) or hasattr(value, "dims")


def check_elements(name: str, field: Field | Choice, values: Numeric) -> None:
    """DomainError for the first element of an array or list that the field refuses."""
    if isinstance(values, np.ndarray) and isinstance(field, Field) and field.accepts_all(values):
        return
    for value in np.asarray(values).ravel().tolist():
        if isinstance(field, Choice) or value is None:
            raise DomainError(Problem(name, f"{quote(value)} is not allowed; an array must hold numbers"))
        check_value(name, field, value)


def check_value(name: str, field: Field | Choice, value: Any) -> Any:
    """The checked value, or the array with every element checked; DomainError names the field."""
    if is_array(value):
        check_elements(name, field, value)
        return value
    try:
        return field.check(value)
    except DomainError as error:
        raise DomainError(Problem(name, error.problems[0].reason)) from None


def _broken(rule: Rule) -> str:
    """The relation with the values that break it, or with the first element of the arrays that does."""
    where = np.unravel_index(int(np.argmin(np.asarray(rule.holds))), np.shape(rule.holds))
    coords: Any = getattr(rule.holds, "coords", None)
    if coords:
        labels = (f"{dim} = {coords[dim].values[index]:g}" for dim, index in zip(coords.dims, where, strict=True))
        return f"{rule.text} (at {', '.join(labels)})"
    if where:
        return f"{rule.text} (element {tuple(map(int, where))})"
    return f"{rule.text}, got {', '.join(f'{name} = {quote(value)}' for name, value in rule.values.items())}"


def _as_pydantic(field: Field | Choice) -> Any:
    def check(value: object) -> object:
        try:
            return field.check(value)
        except DomainError as error:
            raise PydanticCustomError("domain", "{text}", {"text": error.problems[0].reason}) from None

    return check


def _problems(error: ValidationError) -> Iterator[Problem]:
    for detail in error.errors(include_url=False):
        path = [str(part) for part in detail["loc"] if part not in Spec.kinds]
        reason = detail["msg"]
        if detail["type"] == "union_tag_invalid":
            reason = f"kind {quote(detail['ctx']['tag'])} is not known; must be one of {detail['ctx']['expected_tags']}"
        elif detail["type"] == "union_tag_not_found":
            reason = "kind is missing"
        elif detail["type"] not in ("domain", "rule", "unknown_field", "missing"):
            reason = f"{quote(detail['input'])} is not allowed; {reason[:1].lower()}{reason[1:]}"
        yield Problem(".".join(path), reason)


def _plain(number: float) -> str:
    if abs(number) >= 1e9 or 0 < abs(number) < 1e-3:
        return f"{number:.3g}"
    return f"{number:,.10g}"
