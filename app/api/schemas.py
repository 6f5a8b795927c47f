"""JSON schemas of what the API takes and gives: the keys that a caller can rely on."""

from typing import Any

Schema = dict[str, Any]


def answer(**properties: Schema) -> Schema:
    """An object that has at least these keys."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def rows(*keys: str) -> Schema:
    """A list of objects with at least these keys."""
    return {"type": "array", "items": {"type": "object", "required": list(keys)}}


TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
FLAT: Schema = {"type": "object"}
LINK: Schema = {"type": "string", "description": "Query of a link that opens the same in the app."}

COST = answer(
    link=LINK,
    accounting=TEXT,
    rates=TEXT,
    deployed={"type": ["object", "null"], "required": ["rates", "figures", "afd", "colocated", "borrowed", "reason"]},
    cheapest_pair={"type": ["object", "null"], "required": ["attention_on", "ffn_on"]},
    attention_bound=FLAT,
    metrics={
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "properties": {"unit": TEXT, "value": {"type": ["number", "object"]}, "missing": TEXT},
            "required": ["unit"],
        },
    },
)
PLAN = answer(link=LINK, rates=TEXT, prices=TEXT, objective=TEXT, units=FLAT, rows=rows("rank", "kind", "reason"))
COMPARE = answer(
    designs=FLAT, accounting=TEXT, rates=TEXT, metrics=rows("metric", "unit", "values", "best"), deployed=FLAT
)
REQUEST = answer(
    link=LINK,
    units=FLAT,
    limit=FLAT,
    deployed=FLAT,
    pools=rows("pool", "accelerator", "usd"),
    list_prices=rows("provider", "tier", "list_usd", "gross_margin", "source"),
    assumptions={"type": "array", "items": TEXT},
)
FLEET = answer(
    link=LINK,
    units=FLAT,
    usd_per_month=NUMBER,
    static_usd_per_month=NUMBER,
    usd_per_request=NUMBER,
    pools=rows("pool", "accelerator", "peak_servers", "usd_per_day"),
    power=FLAT,
    owned=rows("accelerator", "usd_per_hour"),
    hours=rows("schedule", "hour", "pool", "servers", "spares"),
    assumptions={"type": "array", "items": TEXT},
)
SEARCH = answer(
    link=LINK,
    accounting=TEXT,
    objectives={"type": "array", "items": TEXT},
    constraints={"type": "array", "items": TEXT},
    searched=NUMBER,
    invalid=NUMBER,
    hardware_pairs=NUMBER,
    designs=NUMBER,
    empty=rows("condition", "removed_by"),
    units=FLAT,
    rows=rows("design", "attention_on", "ffn_on"),
    rows_left_out=NUMBER,
)
PAPER = answer(
    source=TEXT,
    claims=rows("text", "state", "evidence"),
    costs=rows("model", "context", "usd", "ratio"),
    cells=NUMBER,
    agree=NUMBER,
    rows=rows("table", "quantity", "unit", "printed", "computed", "agrees", "formula"),
)
ROWS = answer(units=FLAT, rows=rows("id", "name", "sources"))
SCENARIOS = answer(units=FLAT, rows=rows("id", "title", "query", "answer", "best", "usd_per_million_tokens"))
MEASUREMENTS = answer(
    headline=TEXT,
    fitted={"type": "integer"},
    summary=rows("group", "rows", "median_ratio", "median_error", "p90_error"),
    rows=rows("system", "model", "accelerator", "engine", "unit", "measured", "predicted", "ratio", "state", "reason"),
)
IMPORTED = answer(
    link=LINK, id=TEXT, name=TEXT, parameters=NUMBER, active_parameters=NUMBER, model=FLAT, provenance=FLAT, keys=FLAT
)
CONFIG: Schema = {"type": "object", "description": "The content of a config.json.", "required": ["model_type"]}
PROBLEM = answer(
    type=TEXT,
    title=TEXT,
    status={"type": "integer"},
    detail=TEXT,
)
PROBLEM["properties"]["problems"] = rows("field", "reason")
PROBLEM["description"] = "Problem details (RFC 9457); `problems` names every refused parameter."
VERSION = answer(version=TEXT)
