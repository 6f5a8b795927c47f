"""The OpenAPI document: valid, complete, generated from the fields, and kept to by the server."""

import json
import re
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from schemathesis.checks import CHECKS
from starlette.applications import Starlette

import costmodel as cm
from app.api.openapi import document
from app.api.operations import OPERATIONS
from app.api.request_pool import AT_ONCE, LARGEST_BODY, LONGEST_QUERY, MOST_WAITING
from app.api.routes import ROUTES
from app.searching import API, LONGEST_SEARCH_SECONDS
from app.version import version
from tests.app.running import fetched
from tests.served import CHECKOUT

PARAMETERS = document()["components"]["parameters"]
KEPT = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
EXAMPLES = 8


def schema_of(path: str) -> dict[str, Any]:
    """The schema by which the document describes one field of a link."""
    if path in PARAMETERS:
        return dict(PARAMETERS[path]["schema"])
    families = [PARAMETERS[name]["schema"]["patternProperties"] for name in ("design", "hardware")]
    family = {"patternProperties": {name: schema for each in families for name, schema in each.items()}}
    return family | {"additionalProperties": False, "minProperties": 1}


def accepts(path: str, value: object) -> bool:
    instance = value if path in PARAMETERS else {path: value}
    return bool(Draft202012Validator(schema_of(path)).is_valid(instance))


def test_the_document_is_valid_openapi() -> None:
    found = json.loads(fetched("/openapi.json")[2])
    assert found == document()
    validate(found)
    assert found["info"]["version"] == version().version


def test_every_address_of_the_document_answers() -> None:
    (server,) = document()["servers"]
    for path, methods in document()["paths"].items():
        (method,) = methods
        status, _, _ = fetched(f"{server['url']}{path}", method=method.upper())
        assert status == (200 if method == "get" else 422), path


@pytest.mark.parametrize("model", ["step-3", "deepseek-v3", "minimax-m1"])
def test_document_describes_every_field_of_a_scenario(model: str) -> None:
    scenario = cm.default_scenario(model)
    known = cm.fields(scenario)
    for path, value in cm.values(scenario).items():
        assert accepts(path, "none" if value is None else value), path
        field = known[path]
        if isinstance(field, cm.Field):
            assert not accepts(path, field.high * 2 + 1), path
            assert not accepts(path, field.low - 1), path
    assert not accepts("attention.0.head", 64)
    assert not accepts("attention.8.heads", 64)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.path.strip("/"))
def test_the_server_keeps_to_its_document(operation: Any) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", Starlette(routes=ROUTES))
    described = schema[operation.path][operation.method]
    statuses: Counter[int] = Counter()

    @given(case=described.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def kept(case: Any) -> None:
        answer = case.call()
        statuses[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS.get_by_names(KEPT))

    kept()
    assert set(statuses) <= {200, 422}
    assert statuses[200] or operation.method == "POST"


GUIDE = (CHECKOUT / "docs" / "howto" / "use-the-http-api.md").read_text(encoding="utf-8")


def test_the_guide_names_every_address_and_limit() -> None:
    named = set(re.findall(r"`/api/v1(/[\w.]+)`", GUIDE))
    assert named == set(document()["paths"])
    assert f"{LONGEST_QUERY:,} bytes" in GUIDE
    assert f"{LARGEST_BODY // 2**20} MiB" in GUIDE
    assert (AT_ONCE, MOST_WAITING) == (2, 16)
    assert f"{API.designs:,} designs, {API.conditions} conditions and two seconds" in GUIDE
    assert LONGEST_SEARCH_SECONDS == 2


def test_requests_of_the_guide_are_answered() -> None:
    addresses = re.findall(r"curl 'http://localhost:8501([^'?]+)\??([^']*)'", GUIDE)
    assert len(addresses) == 4
    assert [fetched(path, query)[0] for path, query in addresses] == [200] * 4


def test_the_refusal_in_the_guide_is_the_servers() -> None:
    shown = json.loads(re.search(r"^    (\{.*?\})\n\n", GUIDE, re.MULTILINE | re.DOTALL)[1])  # type: ignore[index]
    given = json.loads(fetched("/api/v1/cost", "workload.context=NaN")[2])
    assert given == shown | {"title": given["title"]}
