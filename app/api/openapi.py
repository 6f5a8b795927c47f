"""The OpenAPI 3.1 document of the API, generated from its operations and from the fields of the library."""

from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from typing import Any

from app.api import schemas
from app.api.operations import DESIGNS, OPERATIONS, SCENARIO, SEARCH, Operation
from app.api.problems import PROBLEM_TYPE
from app.api.query_parameters import Parameters, designs_parameter, scenario_parameters, search_parameters
from app.api.request_pool import LARGEST_BODY, LONGEST_QUERY
from app.version import version

LATEST = "v1"

DESCRIPTION = f"""Costs and plans of decoding with large language models.

The query of an address is that of a link of the app. `/api/{LATEST}/cost` keeps its meaning; `/api/cost` is that of the
latest version. A query holds at most {LONGEST_QUERY:,} bytes, a body {LARGEST_BODY:,}. When more requests are in line
than a server takes, it answers 503 with `Retry-After`. Errors are problem details (RFC 9457)."""


@cache
def document() -> dict[str, Any]:
    """The document as data."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "AFD Explorer",
            "version": version().version,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": f"/api/{LATEST}"}],
        "paths": {each.path: {each.method.lower(): _operation(each)} for each in OPERATIONS},
        "components": {
            "parameters": {name: each for group in _parameter_groups().values() for name, each in group.items()},
            "schemas": {"Problem": schemas.PROBLEM},
            "responses": {str(int(status)): _failure(status) for status in FAILURES},
        },
    }


FAILURES = (
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.REQUEST_URI_TOO_LONG,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def _operation(each: Operation) -> dict[str, Any]:
    body = {"requestBody": {"required": True, "content": {"application/json": {"schema": each.body}}}}
    return {
        "operationId": each.path.strip("/").replace(".", "_"),
        "summary": each.summary,
        "parameters": [*_parameters(each.takes), *each.own],
        **(body if each.body is not None else {}),
        "responses": {
            "200": {"description": each.summary, "content": {each.media_type: {"schema": each.returns}}},
            **{str(int(status)): {"$ref": f"#/components/responses/{int(status)}"} for status in FAILURES},
        },
    }


def _parameters(takes: Iterable[str]) -> list[dict[str, str]]:
    names = [name for group in takes for name in _parameter_groups()[group]]
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _parameter_groups() -> dict[str, Parameters]:
    """Parameters by what they describe, as operations name it."""
    return {SCENARIO: scenario_parameters(), DESIGNS: {DESIGNS: designs_parameter()}, SEARCH: search_parameters()}


def _failure(status: HTTPStatus) -> dict[str, Any]:
    found = {"content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    return {"description": status.phrase, **found}
