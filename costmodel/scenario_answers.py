"""The scenario presets, each a question with its answer, as plain data for JSON and CSV."""

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from costmodel.fleets.published import load_published_day, published_days
from costmodel.io.designs import write_designs
from costmodel.io.link import DESIGNS_PARAMETER, to_query
from costmodel.io.presets import load_model, models
from costmodel.io.scenario_file import ScenarioFile, load_scenario, scenarios
from costmodel.planner.decision import Level, Way, decide
from costmodel.results import leader
from costmodel.tabulated import rows_csv
from costmodel.validation.paper import PAPER_COLLECTION

Row = dict[str, Any]

UNITS = {
    "usd_per_million_tokens": "USD per 1M tokens",
    "saving": "share of the other way's cost",
    "usd_per_million_tokens_in_servers": "USD per 1M tokens",
    "saving_in_servers": "share of the other way's cost",
    "day_servers": "servers, mean of the day",
    "day_published_servers": "servers, mean of the day",
    "day_usd": "USD/day",
    "day_published_usd": "USD/day",
}


def scenarios_report() -> dict[str, Any]:
    """A row for each scenario preset: question, link, and the answer in the limit and in whole servers; and the units.

    `answer` is the form of `decide`, or "cheapest" for a preset that compares designs, whose `best` is a model. The
    preset of a published day has its servers and bill, from tokens and rates per server, beside those published.

    >>> row = next(row for row in scenarios_report()["rows"] if row["id"] == "step-3-32k-h20-h800")
    >>> row["answer"], row["best"], round(row["saving"], 3)
    ('split', 'H20 + H800', 0.163)
    """
    return {"units": UNITS, "rows": [dict(_row(name)) for name in scenarios()]}


def scenarios_csv() -> str:
    """The rows of `scenarios_report` as CSV."""
    return rows_csv(scenarios_report()["rows"])


@lru_cache(maxsize=256)
def _row(name: str) -> Row:
    file = load_scenario(name)
    asked = {"id": name, "title": file.title, "summary": file.summary, "query": _query(file)}
    return asked | (_decided(file) if file.designs is None else _compared(file)) | _published(name)


def _published(name: str) -> Row:
    """The published day that a preset of the same name describes; None where there is none."""
    if name not in published_days():
        return dict.fromkeys(("day_servers", "day_published_servers", "day_usd", "day_published_usd"))
    day = load_published_day(name)
    return {
        "day_servers": day.servers,
        "day_published_servers": day.published_servers,
        "day_usd": day.usd_per_day,
        "day_published_usd": day.published_usd_per_day,
    }


def _query(file: ScenarioFile) -> str:
    query = to_query(file.link.scenario)
    if file.designs is None:
        return query
    return f"{query}&{urlencode({DESIGNS_PARAMETER: write_designs(file.designs.values())})}"


def _decided(file: ScenarioFile) -> Row:
    found = decide(file.link.scenario)
    return {"answer": found.form} | _level(found.limit, "") | _level(found.servers, "_in_servers")


def _level(level: Level, ending: str) -> Row:
    best = level.winner
    return {
        f"best{ending}": None if best is None else _words(best),
        f"usd_per_million_tokens{ending}": None if best is None else best.usd_per_million_tokens,
        f"saving{ending}": level.saving,
    }


def _words(way: Way) -> str:
    return f"{way.attention_on.name} + {way.ffn_on.name}" if way.split else f"{way.attention_on.name} alone"


def _compared(file: ScenarioFile) -> Row:
    """The cheapest of the paper's models at the scenario of the file."""
    scenario = file.link.scenario
    named = (load_model(name) for name in models(PAPER_COLLECTION))
    first = leader({model.name: scenario.replace(model=model) for model in named})
    nothing = dict.fromkeys(("best_in_servers", "usd_per_million_tokens_in_servers", "saving_in_servers"))
    if first is None:
        return {"answer": "cheapest", "best": None, "usd_per_million_tokens": None, "saving": None} | nothing
    found = {"best": first.name, "usd_per_million_tokens": first.usd, "saving": first.less}
    return {"answer": "cheapest"} | found | nothing
