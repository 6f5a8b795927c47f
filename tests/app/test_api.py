"""The front door: health, results and files for the same query as a link, and headers on every answer."""

import asyncio
import csv
import io
import json
import re
import threading
from http import HTTPStatus
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

import costmodel as cm
from app import version
from app.api.request_pool import LARGEST_BODY, LONGEST_QUERY, Asked, RequestPool
from app.api.routes import health
from app.security import EMBEDDED_IN, content_policy
from tests.app.running import Answer, asked, fetched, run
from tests.costmodel.io.huggingface.test_import import LLAMA
from tests.costmodel.io.test_link import BESIDE

QUERY = "v=2&model=step-3&accelerators=h800,h20&attention.0.heads=96&workload.context=32768"
SCENARIO = cm.from_query(QUERY).scenario
PROBLEM = "application/problem+json"
ROUTES = ["/api/cost", "/api/cost.csv", "/api/scenario.toml"]


def test_the_health_route_says_that_the_app_is_alive() -> None:
    status, _, body = fetched("/healthz")
    assert (status, body) == (200, b"ok")


def test_a_cost_request_gives_the_numbers_of_the_library() -> None:
    status, headers, body = fetched("/api/cost", QUERY)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(body) == cm.report(SCENARIO)
    best = cm.cheapest(SCENARIO)
    assert json.loads(body)["metrics"]["cost"]["value"] == best.pair.total


def test_request_without_parameters_uses_the_default_scenario() -> None:
    assert json.loads(fetched("/api/cost")[2])["link"] == "v=2&model=step-3"


def test_the_csv_download_holds_every_metric_with_its_unit() -> None:
    status, headers, body = fetched("/api/cost.csv", QUERY)
    assert status == 200
    assert headers["content-type"].startswith("text/csv")
    assert headers["content-disposition"] == 'attachment; filename="afd-explorer.csv"'
    table = list(csv.DictReader(io.StringIO(body.decode())))
    cost = next(row for row in table if row["metric"] == "cost")
    assert float(cost["value"]) == cm.report(SCENARIO)["metrics"]["cost"]["value"]
    assert cost["unit"] == "USD/1M tokens"


def test_the_toml_download_loads_back_as_exactly_the_scenario() -> None:
    status, headers, body = fetched("/api/scenario.toml", QUERY)
    assert status == 200
    assert headers["content-disposition"] == 'attachment; filename="scenario.toml"'
    file = cm.from_toml(body.decode())
    assert file.link.problems == ()
    assert file.link.scenario == SCENARIO


@pytest.mark.parametrize("route", ROUTES)
def test_inapplicable_request_is_refused_with_every_problem(route: str) -> None:
    status, headers, body = fetched(route, "model=step-4&workload.context=NaN&attention.0.heads=64")
    assert (status, headers["content-type"]) == (422, PROBLEM)
    assert [problem["field"] for problem in json.loads(body)["problems"]] == ["model", "workload.context"]
    assert all(problem["reason"] for problem in json.loads(body)["problems"])


@pytest.mark.parametrize("route", ROUTES)
def test_what_says_nothing_about_the_scenario_is_ignored(route: str) -> None:
    assert fetched(route, f"{QUERY}&{BESIDE}") == fetched(route, QUERY)


@pytest.mark.parametrize("route", ROUTES)
def test_accelerator_without_a_price_is_no_error(route: str) -> None:
    assert fetched(route, "accelerators=h800,h20&accelerators.h800.usd_per_hour=none")[0] == 200


@pytest.mark.parametrize(
    "hostile", ["%00", "accelerators=" + "," * 3000, "&" * 10_000, "model=%3Cscript%3E", "a=%ff%fe"]
)
def test_hostile_query_is_never_a_server_error(hostile: str) -> None:
    assert fetched("/api/cost", hostile)[0] in (200, 422)


@pytest.mark.parametrize("path", ["/api/nope", "/api/", "/api", "/api/cost/", "/api/cost/x", "/api/Cost"])
def test_an_unknown_address_of_the_api_is_404_json(path: str) -> None:
    status, headers, body = fetched(path)
    assert (status, headers["content-type"]) == (404, PROBLEM)
    assert set(ROUTES) < set(json.loads(body)["addresses"])


@pytest.mark.parametrize("path", [*ROUTES, "/healthz", "/api/version"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_method_the_api_does_not_have_is_405_json(path: str, method: str) -> None:
    status, headers, body = fetched(path, method=method)
    assert (status, headers["content-type"], headers["allow"]) == (405, PROBLEM, "GET, HEAD")
    assert (json.loads(body)["status"], json.loads(body)["title"]) == (405, "Method Not Allowed")


def test_the_version_route_names_version_commit_and_date() -> None:
    found = json.loads(fetched("/api/version")[2])
    assert re.fullmatch(r"\d+\.\d+\.\d+\w*", found["version"])
    known = {name: found[name] is not None for name in ("commit", "date")}
    assert len(set(known.values())) == 1
    if found["commit"]:
        assert re.fullmatch(r"[0-9a-f]{7,40}", found["commit"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", found["date"])


def test_an_image_without_a_repository_names_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(version.COMMIT, "abc1234")
    monkeypatch.setenv(version.DATE, "2026-11-24")
    found = version.version.__wrapped__()
    assert found.words() == f"AFD Explorer {found.version}, abc1234 of 2026-11-24"


def test_a_checkout_without_git_has_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    found = version.version.__wrapped__()
    assert (found.commit, found.date) == (None, None)
    assert found.words() == f"AFD Explorer {found.version}"


def crowd(callers: int, at_once: int, waiting: int) -> tuple[list[Answer], list[Answer], int]:
    """Answers to some callers at once while nothing can be finished, health checks meanwhile, and most at work."""
    free, lock, working, most = threading.Event(), threading.Lock(), 0, 0

    def slow(_: Asked) -> Response:
        nonlocal working, most
        with lock:
            working += 1
            most = max(most, working)
        free.wait(30)
        with lock:
            working -= 1
        return PlainTextResponse("done")

    pool = RequestPool(at_once, waiting)
    front = Starlette(routes=[Route("/slow", pool.endpoint(slow)), Route("/healthz", health)])

    async def all_of_them() -> tuple[list[Answer], list[Answer]]:
        calls = [asyncio.create_task(asked(front, "/slow")) for _ in range(callers)]
        await asyncio.sleep(0)
        alive = [await asked(front, "/healthz") for _ in range(3)]
        while sum(call.done() for call in calls) < callers - at_once - waiting:
            await asyncio.sleep(0)
        free.set()
        return await asyncio.gather(*calls), alive

    return *run(all_of_them()), most


def test_fifty_callers_are_answered_in_turn_or_asked_to_retry() -> None:
    answers, alive, most = crowd(50, at_once=2, waiting=8)
    assert [status for status, _, _ in answers].count(200) == 10
    refused = [(status, headers.get("retry-after")) for status, headers, _ in answers if status != 200]
    assert refused == [(503, "1")] * 40
    assert most == 2
    # The health check was answered while both threads were at work: it waits for nobody.
    assert [status for status, _, _ in alive] == [200] * 3


def test_a_place_in_the_queue_is_free_again_after_an_error() -> None:
    def failing(_: Asked) -> Response:
        raise cm.DomainError("no price")

    front = Starlette(routes=[Route("/failing", RequestPool(1, 0).endpoint(failing))])

    async def in_turn() -> list[int]:
        return [(await asked(front, "/failing"))[0] for _ in range(5)]

    assert run(in_turn()) == [422] * 5


@pytest.mark.parametrize("path", ["/healthz", "/api/cost", "/not-there", "/api/not-there"])
def test_every_answer_carries_the_security_headers(path: str) -> None:
    _, headers, _ = fetched(path)
    assert headers["content-security-policy"] == content_policy()
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "permissions-policy" in headers


def test_content_policy_allows_shipped_scripts_only() -> None:
    rules = dict(rule.split(" ", 1) for rule in content_policy().split("; "))
    assert rules["default-src"] == "'self'"
    assert rules["object-src"] == "'none'"
    scripts = rules["script-src"].split()
    assert {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "http:", "data:", "blob:"}.isdisjoint(scripts)
    assert {source for source in scripts if not source.startswith("'sha256-")} == {"'self'", "'wasm-unsafe-eval'"}


def test_a_page_connects_to_its_own_host_only() -> None:
    rules = dict(rule.split(" ", 1) for rule in content_policy().split("; "))
    assert rules["connect-src"] == "'self'"


def test_inline_scripts_of_streamlit_are_allowed_by_hash() -> None:
    assert "'sha256-" in content_policy()


@pytest.mark.parametrize("address", ["/api/plan", "/api/plan.csv"])
def test_the_plan_address_gives_the_ranking_of_its_link(address: str) -> None:
    status, _, body = fetched(address, f"{QUERY}&rates=measured")
    scenario = cm.from_query(f"{QUERY}&rates=measured").scenario
    expected = cm.plan_csv(scenario) if address.endswith("csv") else cm.plan_report(scenario)
    assert status == 200
    assert (body.decode() if address.endswith("csv") else json.loads(body)) == expected


def test_compare_address_gives_every_metric_of_its_designs() -> None:
    listed = cm.write_designs([cm.default_scenario("kimi-k2"), cm.default_scenario("step-3")])
    query = f"{QUERY}&{urlencode({cm.DESIGNS_PARAMETER: listed})}"
    designs, problems = cm.designs_of_query(query)
    assert (list(designs), problems) == (["Kimi K2", "Step-3"], [])
    assert json.loads(fetched("/api/compare", query)[2]) == cm.comparison_report(designs)
    assert fetched("/api/compare.csv", query)[2].decode() == cm.comparison_csv(designs)


def test_the_compare_address_refuses_a_design_it_cannot_read() -> None:
    status, _, body = fetched("/api/compare", f"{cm.DESIGNS_PARAMETER}=model%3Dnope")
    assert status == 422
    assert json.loads(body)["problems"][0]["field"] == "pinned design, model"


@pytest.mark.parametrize("route", ROUTES)
def test_a_versioned_address_answers_like_the_latest_one(route: str) -> None:
    assert fetched(route.replace("/api/", "/api/v1/"), QUERY) == fetched(route, QUERY)


def test_a_refused_scenario_is_described_as_problem_details() -> None:
    found = json.loads(fetched("/api/cost", "workload.context=NaN")[2])
    assert (found["type"], found["title"], found["status"]) == ("about:blank", HTTPStatus(422).phrase, 422)
    assert found["detail"] == f"workload.context: {found['problems'][0]['reason']}"


def test_models_address_lists_every_preset_with_its_sizes() -> None:
    found = json.loads(fetched("/api/models")[2])
    assert found == cm.models_report()
    assert [row["id"] for row in found["rows"]] == cm.models()


def test_accelerators_address_lists_every_preset_with_units() -> None:
    found = json.loads(fetched("/api/accelerators")[2])
    assert found == cm.accelerators_report()
    assert found["units"]["usd_per_hour"] == "USD/h"


def test_import_address_gives_the_model_of_a_config() -> None:
    config = json.dumps(LLAMA).encode()
    status, _, body = fetched("/api/import", method="POST", sent=config)
    assert status == 200
    found = json.loads(body)
    imported = cm.read_huggingface(json.dumps(LLAMA))
    assert found == json.loads(json.dumps(cm.import_report(imported)))
    assert cm.Model(**found["model"]) == imported.model


def test_import_address_takes_the_bits_of_the_cache() -> None:
    status, _, body = fetched("/api/v1/import", "kv_bits=8", method="POST", sent=json.dumps(LLAMA).encode())
    assert status == 200
    assert json.loads(body) == json.loads(
        json.dumps(cm.import_report(cm.read_huggingface(json.dumps(LLAMA), kv_bits=8)))
    )
    for query, field in (("kv_bits=5", "kv_bits"), ("kv_bits=", "kv_bits"), ("name=x", "name")):
        status, _, body = fetched("/api/import", query, method="POST", sent=json.dumps(LLAMA).encode())
        assert status == 422
        assert [each["field"] for each in json.loads(body)["problems"]] == [field]


@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b"\xff", b'{"model_type": "bert"}', b"[" * 10_000])
def test_import_address_refuses_what_is_no_model(sent: bytes) -> None:
    status, headers, body = fetched("/api/import", method="POST", sent=sent)
    assert (status, headers["content-type"]) == (422, PROBLEM)
    assert json.loads(body)["problems"]


def test_a_body_beyond_the_limit_is_413() -> None:
    assert fetched("/api/import", method="POST", sent=b" " * (LARGEST_BODY + 1))[0] == 413
    assert fetched("/api/import", method="POST", sent=b" " * LARGEST_BODY)[0] == 422


def test_a_query_beyond_the_limit_is_414() -> None:
    assert fetched("/api/cost", "a" * (LONGEST_QUERY + 1))[0] == 414


def test_only_a_named_origin_may_show_the_app_in_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "frame-ancestors 'self'" in content_policy()
    monkeypatch.setenv(EMBEDDED_IN, "https://space.example")
    assert "frame-ancestors 'self' https://space.example" in content_policy()


@pytest.mark.parametrize("named", ["*", "http://space.example", "https://a.example; script-src *", "https://a/b"])
def test_a_frame_origin_that_is_none_is_refused(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EMBEDDED_IN, named)
    with pytest.raises(cm.DomainError, match="must be an origin"):
        content_policy()
