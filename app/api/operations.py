"""Every operation of the API: one line here is a route, its check of the request, and its part of the OpenAPI document.

The address of an operation is `/api/v1` and its path; without `v1` it is that of the latest version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.api import schemas
from app.api.answers import (
    file_of_designs,
    file_of_presets,
    file_of_scenario,
    file_of_search,
    imported,
    json_of_designs,
    json_of_presets,
    json_of_scenario,
    json_of_search,
    question_file,
)
from app.api.query_parameters import import_parameter
from app.api.request_pool import Answer
from costmodel import (
    accelerators_report,
    comparison_csv,
    comparison_report,
    fleet_csv,
    fleet_report,
    measurements_csv,
    measurements_report,
    models_csv,
    models_report,
    paper_csv,
    paper_report,
    plan_csv,
    plan_report,
    report,
    report_csv,
    request_csv,
    request_report,
    scenarios_csv,
    scenarios_report,
    search_csv,
    search_report,
)

CSV, JSON, TOML = "text/csv", "application/json", "application/toml"
SCENARIO, DESIGNS, SEARCH = "scenario", "designs", "search"


@dataclass(frozen=True)
class Operation:
    """A path below the version, what it is for, its answer, and the schema of that answer.

    `takes` names the parameters that it reads: those of a scenario, of designs and of a search beside it. `own` are
    further parameters, as OpenAPI writes them. `body` is the schema of what is posted; without one the method is GET.
    """

    path: str
    summary: str
    answer: Answer
    returns: Mapping[str, Any] = field(default_factory=lambda: schemas.TEXT)
    media_type: str = JSON
    takes: tuple[str, ...] = ()
    own: tuple[Mapping[str, Any], ...] = ()
    body: Mapping[str, Any] | None = None

    @property
    def method(self) -> str:
        """The one method of the path."""
        return "GET" if self.body is None else "POST"


OF_SCENARIO, OF_DESIGNS, OF_SEARCH = (SCENARIO,), (SCENARIO, DESIGNS), (SCENARIO, SEARCH)
OPERATIONS = [
    Operation("/cost", "Every metric of a scenario", json_of_scenario(report), schemas.COST, takes=OF_SCENARIO),
    Operation(
        "/cost.csv",
        "The metrics as CSV",
        file_of_scenario(report_csv, "afd-explorer.csv", CSV),
        media_type=CSV,
        takes=OF_SCENARIO,
    ),
    Operation(
        "/plan", "Pairs and single accelerators, ranked", json_of_scenario(plan_report), schemas.PLAN, takes=OF_SCENARIO
    ),
    Operation(
        "/plan.csv",
        "The ranking as CSV",
        file_of_scenario(plan_csv, "afd-plan.csv", CSV),
        media_type=CSV,
        takes=OF_SCENARIO,
    ),
    Operation(
        "/request",
        "Bill of a request: pools, tokens, list prices",
        json_of_scenario(request_report),
        schemas.REQUEST,
        takes=OF_SCENARIO,
    ),
    Operation(
        "/request.csv",
        "The bill as CSV",
        file_of_scenario(request_csv, "afd-request.csv", CSV),
        media_type=CSV,
        takes=OF_SCENARIO,
    ),
    Operation(
        "/fleet",
        "Servers, bill and power of a day",
        json_of_scenario(fleet_report),
        schemas.FLEET,
        takes=OF_SCENARIO,
    ),
    Operation(
        "/fleet.csv",
        "Every hour of the day as CSV",
        file_of_scenario(fleet_csv, "afd-fleet.csv", CSV),
        media_type=CSV,
        takes=OF_SCENARIO,
    ),
    Operation(
        "/compare",
        "Designs side by side in every metric",
        json_of_designs(comparison_report),
        schemas.COMPARE,
        takes=OF_DESIGNS,
    ),
    Operation(
        "/compare.csv",
        "The comparison as CSV",
        file_of_designs(comparison_csv, "afd-designs.csv", CSV),
        media_type=CSV,
        takes=OF_DESIGNS,
    ),
    Operation(
        "/search",
        "Frontiers of a small design space",
        json_of_search(search_report),
        schemas.SEARCH,
        takes=OF_SEARCH,
    ),
    Operation(
        "/search.csv",
        "The rows of the frontiers as CSV",
        file_of_search(search_csv, "afd-search.csv", CSV),
        media_type=CSV,
        takes=OF_SEARCH,
    ),
    Operation(
        "/scenario.toml",
        "The scenario, and the designs and the search that are named, as a file that loads back",
        question_file("scenario.toml", TOML),
        media_type=TOML,
        takes=(SCENARIO, DESIGNS, SEARCH),
    ),
    Operation(
        "/measurements",
        "Every published measurement beside its predictions, and how far they are off",
        json_of_presets(measurements_report),
        schemas.MEASUREMENTS,
    ),
    Operation(
        "/measurements.csv",
        "The measurements as CSV",
        file_of_presets(measurements_csv, "afd-measurements.csv", CSV),
        media_type=CSV,
    ),
    Operation(
        "/paper",
        "The claims of the paper, and every printed cell beside the computed one",
        json_of_presets(paper_report),
        schemas.PAPER,
    ),
    Operation("/paper.csv", "The cells as CSV", file_of_presets(paper_csv, "afd-paper.csv", CSV), media_type=CSV),
    Operation("/models", "Model presets", json_of_presets(models_report), schemas.ROWS),
    Operation(
        "/models.csv", "Model presets as CSV", file_of_presets(models_csv, "afd-models.csv", CSV), media_type=CSV
    ),
    Operation(
        "/scenarios", "Scenario presets with their answers", json_of_presets(scenarios_report), schemas.SCENARIOS
    ),
    Operation(
        "/scenarios.csv",
        "Scenario presets as CSV",
        file_of_presets(scenarios_csv, "afd-scenarios.csv", CSV),
        media_type=CSV,
    ),
    Operation("/accelerators", "Accelerator presets", json_of_presets(accelerators_report), schemas.ROWS),
    Operation(
        "/import",
        "The model that a config.json of Hugging Face describes",
        imported,
        schemas.IMPORTED,
        own=(import_parameter(),),
        body=schemas.CONFIG,
    ),
]
