"""The front door: health, results and files for the same query as a link, and headers on every answer."""

import csv
import io
import json

import pytest

import costmodel as cm
from app.security import content_policy
from tests.app.running import fetched
from tests.costmodel.io.test_link import BESIDE

QUERY = "v=2&model=step-3&accelerators=h800,h20&attention.0.heads=96&workload.context=32768"
SCENARIO = cm.from_query(QUERY).scenario
ROUTES = ["/api/cost", "/api/cost.csv", "/api/scenario.toml"]


def test_the_health_route_says_that_the_app_is_alive() -> None:
    status, _, body = fetched("/healthz")
    assert (status, body) == (200, b"ok")


def test_a_cost_request_gives_the_numbers_of_the_library() -> None:
    status, headers, body = fetched("/api/cost", QUERY)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(body) == cm.report(SCENARIO)
    best = cm.cheapest(SCENARIO.model, SCENARIO.accelerators, SCENARIO.workload)
    assert json.loads(body)["metrics"]["cost"]["value"] == best.cost.total


def test_a_request_without_parameters_is_about_the_default_scenario() -> None:
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
def test_a_request_that_cannot_be_applied_as_a_whole_is_refused_with_every_problem(route: str) -> None:
    status, headers, body = fetched(route, "model=step-4&workload.context=NaN&attention.0.heads=64")
    assert (status, headers["content-type"]) == (422, "application/json")
    assert [problem["field"] for problem in json.loads(body)["problems"]] == ["model", "workload.context"]
    assert all(problem["reason"] for problem in json.loads(body)["problems"])


@pytest.mark.parametrize("route", ROUTES)
def test_what_says_nothing_about_the_scenario_is_ignored(route: str) -> None:
    assert fetched(route, f"{QUERY}&{BESIDE}") == fetched(route, QUERY)


@pytest.mark.parametrize("route", ROUTES)
def test_a_card_without_a_price_is_no_error(route: str) -> None:
    assert fetched(route, "accelerators=h800,h20&accelerators.h800.usd_per_hour=none")[0] == 200


@pytest.mark.parametrize(
    "hostile", ["%00", "accelerators=" + "," * 3000, "&" * 10_000, "model=%3Cscript%3E", "a=%ff%fe"]
)
def test_a_hostile_query_is_answered_and_never_an_error_of_the_server(hostile: str) -> None:
    assert fetched("/api/cost", hostile)[0] in (200, 422)


@pytest.mark.parametrize("path", ["/healthz", "/api/cost", "/not-there"])
def test_every_answer_carries_the_security_headers(path: str) -> None:
    _, headers, _ = fetched(path)
    assert headers["content-security-policy"] == content_policy()
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "permissions-policy" in headers


def test_the_content_policy_lets_no_script_run_that_the_app_did_not_ship() -> None:
    rules = dict(rule.split(" ", 1) for rule in content_policy().split("; "))
    assert rules["default-src"] == "'self'"
    assert rules["object-src"] == "'none'"
    scripts = rules["script-src"].split()
    assert {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "http:", "data:", "blob:"}.isdisjoint(scripts)
    assert {source for source in scripts if not source.startswith("'sha256-")} == {"'self'", "'wasm-unsafe-eval'"}


def test_the_inline_scripts_of_streamlits_page_are_allowed_by_their_hashes() -> None:
    assert "'sha256-" in content_policy()
