"""Parameters of a link as OpenAPI parameters, generated from the fields that they set."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import TypeAdapter

from costmodel import (
    AUTOMATIC,
    DEFAULT_ACCELERATORS,
    DESIGNS_PARAMETER,
    GIVEN,
    KV_BITS,
    LONGEST_AXIS,
    LONGEST_TERMS,
    MOST_ACCELERATORS,
    SEARCH_PREFIX,
    STACKS,
    Accelerator,
    Choice,
    Field,
    Model,
    Placement,
    default_scenario,
    fields,
)

Schema = dict[str, Any]
Parameters = dict[str, Schema]

MODEL = (
    "Model preset to start from; or any other id, of a design that `hidden`, `vocabulary`, `attention.0.kind`, "
    "`ffn.0.kind` and the fields of all groups describe in full."
)
TIED = "Whether the LM head is the input table."

_GROUP = "[0-7]"
_ID = "[a-z0-9][a-z0-9.-]{0,47}"
_LISTED = "[a-z0-9][a-z0-9-]{0,47}"


def scenario_parameters() -> Parameters:
    """Every parameter of a scenario by its name in the document; those of models and accelerators as families."""
    known = fields(default_scenario().replace(placement=Placement()))
    apart = (*Model.quantities(), *STACKS, "accelerators")
    single = {path: field for path, field in known.items() if path.partition(".")[0] not in apart}
    return {
        "model": _parameter("model", MODEL, {"type": "string", "pattern": f"^{_ID}$"}, "step-3"),
        "name": _parameter("name", "Name of the design.", {"type": "string", "minLength": 1, "maxLength": 80}),
        "tied_embeddings": _parameter("tied_embeddings", TIED, {"type": "string", "enum": ["true", "false"]}),
        "accelerators": _parameter("accelerators", *_accelerator_list()),
        **{path: _parameter(path, field.help, _schema(field)) for path, field in single.items()},
        "placement": _parameter(
            "placement",
            f"Whether the `placement.` fields count: {GIVEN}, or {AUTOMATIC} as by default.",
            {"type": "string", "enum": [AUTOMATIC, GIVEN], "default": AUTOMATIC},
        ),
        "design": _family(
            "design",
            "Fields of the model: `hidden`, `attention.0.heads`, `ffn.1.experts` and so on; the number counts layer "
            "groups. A field that the model does not have is refused.",
            _design_patterns(),
        ),
        "edited": _family(
            "edited",
            "What was edited of a design that the link describes in full: the same names behind `edited.`, and "
            "`edited.name`.",
            {rf"edited\.{pattern}": listed for pattern, listed in _design_patterns().items()},
        ),
        "hardware": _family(
            "hardware",
            "Fields of listed accelerators: `accelerators.h20.usd_per_hour` and so on.",
            {rf"accelerators\.{_ID}\.{name}": [field] for name, field in Accelerator.quantities().items()},
        ),
        "v": _parameter("v", "Version of the link's names.", {"type": "string", "enum": ["1", "2"]}),
    }


def designs_parameter() -> Schema:
    """The designs that Compare sets side by side."""
    text = "Queries of links to the designs, separated by `|`, each URL-encoded once more; without it the default ones."
    return _parameter(DESIGNS_PARAMETER, text, {"type": "string"}, example="model=step-3|model=kimi-k2")


def search_parameters() -> Parameters:
    """Axes, objectives and constraints of a search; without any it is the default one of the model."""
    terms = {
        "minimise": "Expressions over metrics to minimise, separated by semicolons.",
        "maximise": "Expressions over metrics to maximise, separated by semicolons.",
        "where": "Comparisons of metrics that a design must meet, separated by semicolons.",
    }
    schema = {"type": "string", "maxLength": LONGEST_TERMS}
    single = {
        f"{SEARCH_PREFIX}{name}": _parameter(f"{SEARCH_PREFIX}{name}", text, schema) for name, text in terms.items()
    }
    axis = {"type": "string", "maxLength": LONGEST_AXIS, "examples": ["32..128..16", "64, 128"]}
    text = "Values of a field: `search.axis.attention.0.heads` and so on, as `from..to..step` or as a list."
    return single | {"axes": _pattern_family("axes", text, {rf"{re.escape(SEARCH_PREFIX)}axis\..+": axis})}


def import_parameter() -> Schema:
    """Bits of the KV cache of an imported model."""
    text = "Bits of the KV cache; without it those that the file states, or 16 where it states none."
    return _parameter("kv_bits", text, {"type": "integer", "enum": list(KV_BITS)})


def _parameter(name: str, description: str, schema: Schema, example: str = "") -> Schema:
    shown = {"example": example} if example else {}
    return {"name": name, "in": "query", "description": description, "schema": schema, **shown}


def _accelerator_list() -> tuple[str, Schema]:
    text = f"Ids of 1 to {MOST_ACCELERATORS} accelerators, separated by dots or commas; the first four by default."
    more = f"([.,]{_LISTED}){{0,{MOST_ACCELERATORS - 1}}}"
    return text, {"type": "string", "pattern": f"^{_LISTED}{more}$", "default": ".".join(DEFAULT_ACCELERATORS)}


def _family(name: str, description: str, patterns: Mapping[str, list[Field | Choice]]) -> Schema:
    """Parameters whose names follow a pattern, each a field of the library."""
    return _pattern_family(
        name, description, {pattern: _any_of(map(_schema, each)) for pattern, each in patterns.items()}
    )


def _pattern_family(name: str, description: str, patterns: Mapping[str, Schema]) -> Schema:
    """The properties of one object, each a parameter of its own."""
    schema = {
        "type": "object",
        "patternProperties": {f"^{pattern}$": each for pattern, each in patterns.items()},
        "additionalProperties": False,
    }
    return {
        "name": name, "in": "query", "description": description, "style": "form", "explode": True, "schema": schema,
    }  # fmt: skip


def _design_patterns() -> dict[str, list[Field | Choice]]:
    """Each field of the model and of every mechanism; mechanisms may differ in what they allow."""
    patterns: dict[str, list[Field | Choice]] = {name: [field] for name, field in Model.quantities().items()}
    for stack, kinds in STACKS.items():
        for kind in kinds:
            for name, field in kind.quantities().items():
                known = patterns.setdefault(rf"{stack}\.{_GROUP}\.{name}", [])
                known += [field] if field not in known else []
    return patterns


def _schema(field: Field | Choice) -> Schema:
    """The schema of a field as its class states it; what is left empty is written `none` in a query."""
    found: Schema = TypeAdapter(Annotated[Any, field]).json_schema()
    if getattr(field, "optional", False):
        kind = next(name for name in found["type"] if name != "null")
        enum = {"enum": [each for each in found["enum"] if each is not None]} if "enum" in found else {}
        described = {name: found.pop(name) for name in ("title", "description")}
        return {**described, "anyOf": [found | {"type": kind} | enum, {"const": "none"}]}
    return found


def _any_of(schemas: Iterator[Schema]) -> Schema:
    listed = list(schemas)
    return listed[0] if len(listed) == 1 else {"anyOf": listed}
