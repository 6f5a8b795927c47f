"""Page by page: the link, the file, CSV, JSON and Python of a page's Share dialog give the same numbers."""

import contextlib
import csv
import io
import json
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

import costmodel as cm
from app import searching
from app.views import share
from app.wording import usd
from tests.app.running import fetched, linked, opened, texts

BASE = "accelerators=h800.h20&attention.0.heads=96&workload.context=32768"
SMALL = "search.axis.attention.0.heads=32..128..16&search.axis.ffn.1.top_k=2..6&search.where=cost <= 0.2"
PINS = urlencode({"designs": "model=step-3&attention.0.heads=128|model=kimi-k2"})
PAGES = {
    "cost": ("views/explore.py", BASE),
    "plan": ("views/plan.py", f"{BASE}&rates=kernels&placement=given&placement.data_parallel=16"),
    "compare": ("views/compare.py", f"{BASE}&{PINS}"),
    "search": ("views/search.py", f"{BASE}&{SMALL}"),
    "request": ("views/request.py", f"{BASE}&rates=measured"),
    "fleet": ("views/fleet.py", f"{BASE}&rates=measured"),
}


def shared(data: str) -> AppTest:
    """The page with its share dialog open."""
    view, query = PAGES[data]
    return opened(query, page=view).button(key="share").click().run()


def addresses(at: AppTest) -> dict[str, tuple[str, str]]:
    """Path and query behind each button of the dialog."""
    found = {each.proto.label: urlsplit(each.proto.url) for each in at.get("link_button")}
    return {label: (parts.path, parts.query) for label, parts in found.items()}


def held(at: AppTest, prefix: str) -> dict[str, str]:
    """The parameters of the address whose names start like this."""
    found = {name: text for name, text in at.query_params.items() if name.startswith(prefix)}
    return {name: text if isinstance(text, str) else text[0] for name, text in found.items()}


def printed(at: AppTest) -> str:
    """What the dialog's Python prints; the page behind it may show code of its own."""
    *_, python = (block.value for block in at.code if "import costmodel" in block.value)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(python, {})  # noqa: S102
    return out.getvalue()


def cost_numbers(report: dict) -> list[float]:
    return [report["metrics"]["cost"]["value"], *report["metrics"]["single"]["value"].values()]


def plan_numbers(report: dict) -> list[float]:
    return [row["usd_per_million_tokens"] for row in report["rows"] if row["feasible"]]


def compare_numbers(report: dict) -> list[float]:
    return [value for row in report["metrics"] for value in row["values"].values() if value is not None]


def search_numbers(report: dict) -> list[float]:
    return [value for row in report["rows"] for value in row.values() if not isinstance(value, str)]


def request_numbers(report: dict) -> list[float]:
    return [report["deployed"]["usd"], report["limit"]["usd"]]


def fleet_numbers(report: dict) -> list[float]:
    return [report["usd_per_month"], report["static_usd_per_month"]]


def fleet_hours(report: dict) -> list[float]:
    return [row["utilization"] for row in report["hours"]]


NUMBERS: dict[str, Callable[[dict], list[float]]] = {
    "cost": cost_numbers,
    "plan": plan_numbers,
    "compare": compare_numbers,
    "search": search_numbers,
    "request": request_numbers,
    "fleet": fleet_numbers,
}
IN_A_TABLE = NUMBERS | {"fleet": fleet_hours}
PRINTED = {"cost": "{:.4f}", "request": "{:.6g}", "fleet": "{:,.0f}"}
"""How the Python of a page prints its numbers, where it rounds them."""


def test_every_page_that_shares_is_tested_here() -> None:
    assert {*PAGES, *share.WITHOUT_LINK} == set(share.PYTHON)
    assert set(share.WITHOUT_LINK) == {"paper", "measurements", "models", "scenarios"}


@pytest.mark.parametrize("data", PAGES)
def test_everything_that_leaves_a_page_gives_the_same_numbers(data: str) -> None:
    at = shared(data)
    found = addresses(at)
    assert {path for path, _ in found.values()} == {"/api/scenario.toml", f"/api/{data}", f"/api/{data}.csv"}
    report = json.loads(fetched(*found["Results (JSON)"])[2])
    numbers = NUMBERS[data](report)
    assert len(numbers) > 1
    # The link of the page asks the same as the buttons, and so does the file.
    link = next(block.value for block in at.code if "?v=2" in block.value)
    assert json.loads(fetched(f"/api/{data}", urlsplit(link).query)[2]) == report
    file = cm.from_toml(fetched(*found["Scenario (TOML)"])[2].decode())
    assert file.link == cm.Link(linked(at), ())
    assert NUMBERS[data](asked_again(data, file)) == numbers
    cells = [cell for row in csv.reader(io.StringIO(fetched(*found["Results (CSV)"])[2].decode())) for cell in row]
    assert {repr(number) for number in IN_A_TABLE[data](report)} <= set(cells)
    written = printed(at)
    shown = [PRINTED.get(data, "{!r}").format(number) for number in numbers]
    assert [number for number in shown if number not in written] == []


def asked_again(data: str, file: cm.ScenarioFile) -> dict:
    """The report of a file's question."""
    if data == "search":
        assert file.search is not None
        return cm.search_report(file.search)
    if data == "compare":
        assert file.designs is not None
        return cm.comparison_report(file.designs)
    reports = {"cost": cm.report, "plan": cm.plan_report, "request": cm.request_report, "fleet": cm.fleet_report}
    return reports[data](file.link.scenario)


def test_a_page_shows_the_rows_that_its_search_link_gives() -> None:
    at = opened(f"{BASE}&{SMALL}&page.search.run=1", page="views/search.py")
    job = at.session_state["search job"]
    while not job.done:
        at.run()
    at.run()
    table = next(each.value for each in at.dataframe if "cost.ffn" in each.value.columns)
    report = json.loads(fetched("/api/search", f"{BASE}&{SMALL}")[2])
    assert table.reset_index().rename(columns={"Design": "design"}).to_dict("records") == [
        {name: row[name] for name in ("design", *table.columns)} for row in report["rows"]
    ]
    assert job.result.csv().decode() == fetched("/api/search.csv", f"{BASE}&{SMALL}")[2].decode()


def test_a_search_beyond_the_api_offers_python_and_no_address() -> None:
    query = "search.axis.attention.0.heads=1..512&search.axis.hidden=1024..8192..8"
    at = opened(query, page="views/search.py").button(key="share").click().run()
    assert list(addresses(at)) == ["Scenario (TOML)"]
    assert any("designs are too many" in each.value and "the API takes at most" in each.value for each in at.caption)
    refused = json.loads(fetched("/api/search", query)[2])
    assert "designs are too many" in refused["problems"][0]["reason"]


def test_links_of_before_give_the_same_search_and_designs() -> None:
    old = SMALL.replace("search.", "page.search.")
    assert fetched("/api/search", f"{BASE}&{old}") == fetched("/api/search", f"{BASE}&{SMALL}")
    old = PINS.replace("designs", "page.compare.designs")
    assert fetched("/api/compare", f"{BASE}&{old}") == fetched("/api/compare", f"{BASE}&{PINS}")
    at = opened(f"{BASE}&{SMALL.replace('search.', 'page.search.')}", page="views/search.py")
    assert not at.warning
    assert at.text_input(key="axis ffn.1.top_k").value == "2..6"
    assert held(at, "search.where") == {"search.where": "cost <= 0.2"}


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        ("search.axis.nope=1..2", "search.axis.nope", "no such field"),
        ("search.axis.hidden=x", "hidden", "must be a range"),
        ("search.axis.hidden=0..2", "hidden", "0 is not allowed"),
        ("search.order=1", "search.order", "a search has no 'order'"),
        ("search.axis.ffn.1.top_k=1..3&search.minimise=nope", "", "unknown metric 'nope'"),
        ("search.axis.ffn.1.top_k=1..3&search.where=cost", "", "a constraint compares two sides"),
        ("search.axis.workload.context=1..101", "", "101 conditions are too many"),
        ("search.minimise=&search.maximise=", "", "at least one objective"),
    ],
)
def test_a_search_that_cannot_be_is_refused_by_the_api(query: str, field: str, reason: str) -> None:
    for path in ("/api/search", "/api/search.csv"):
        status, _, body = fetched(path, query)
        assert status == 422
        problem = json.loads(body)["problems"][0]
        assert problem["field"] == field
        assert reason in problem["reason"]


def test_a_search_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "LONGEST_SEARCH_SECONDS", 0.0)
    status, _, body = fetched("/api/search", SMALL)
    assert status == 422
    assert "takes longer than 0 s" in json.loads(body)["problems"][0]["reason"]


@pytest.mark.parametrize(("query", "view"), [(SMALL, "search"), (PINS, "compare")])
def test_a_file_opens_on_the_page_of_its_question(query: str, view: str) -> None:
    at = opened("search.axis.hidden=4096,5120", page="views/gallery.py")
    at.text_area(key="pasted scenario").set_value(fetched("/api/scenario.toml", query)[2].decode()).run()
    next(button for button in at.button if button.label == "Open pasted scenario").click().run()
    assert "not applied" not in texts(at)
    expected = {"search.axis.hidden": "4096,5120"} if view == "compare" else dict(parse_qsl(query))
    if view == "compare":
        assert any("heads 128" in option for option in at.button_group[0].options)
        at.switch_page("views/search.py").run()
    assert held(at, "search.") == expected


def test_measurements_are_shared_as_the_library_gives_them() -> None:
    found = addresses(opened(page="views/truth.py").button(key="share").click().run())
    assert json.loads(fetched(*found["Results (JSON)"])[2]) == cm.measurements_report()
    assert fetched(*found["Results (CSV)"])[2].decode() == cm.measurements_csv()


def test_the_paper_page_shares_its_cells() -> None:
    at = opened(page="views/paper.py").button(key="share").click().run()
    found = addresses(at)
    report = json.loads(fetched(*found["Results (JSON)"])[2])
    assert report == cm.paper_report()
    rows = list(csv.DictReader(io.StringIO(fetched(*found["Results (CSV)"])[2].decode())))
    assert [row["computed"] for row in rows] == [repr(row["computed"]) for row in report["rows"]]
    written = printed(at)
    assert all(repr(row["computed"]) in written for row in report["rows"])


def test_the_truth_page_shares_its_measurements() -> None:
    at = opened(page="views/truth.py").button(key="share").click().run()
    found = addresses(at)
    report = json.loads(fetched(*found["Results (JSON)"])[2])
    assert report == cm.measurements_report()
    assert fetched(*found["Results (CSV)"])[2].decode() == cm.measurements_csv()
    written = printed(at)
    assert report["headline"] in written
    assert all(repr(row["ratio"]) in written for row in report["rows"] if not row["reason"])


def test_the_library_shares_its_models() -> None:
    at = opened(page="views/library.py").button(key="share").click().run()
    found = addresses(at)
    report = json.loads(fetched(*found["Results (JSON)"])[2])
    assert report == cm.models_report()
    rows = list(csv.DictReader(io.StringIO(fetched(*found["Results (CSV)"])[2].decode())))
    assert [(row["id"], float(row["parameters"])) for row in rows] == [
        (row["id"], row["parameters"]) for row in report["rows"]
    ]
    written = printed(at)
    assert all(f"{row['id']} {row['parameters']} {row['active_parameters']}" in written for row in report["rows"])


def test_the_gallery_shares_its_answers() -> None:
    at = opened(page="views/gallery.py").button(key="share").click().run()
    found = addresses(at)
    report = json.loads(fetched(*found["Results (JSON)"])[2])
    assert report == cm.scenarios_report()
    rows = list(csv.DictReader(io.StringIO(fetched(*found["Results (CSV)"])[2].decode())))
    assert [(row["id"], float(row["usd_per_million_tokens"])) for row in rows] == [
        (row["id"], row["usd_per_million_tokens"]) for row in report["rows"]
    ]
    written = printed(at)
    assert all(f"{row['best']} {row['usd_per_million_tokens']}" in written for row in report["rows"])
    shown = " ".join(each.value for each in at.caption)
    assert all(usd(row["usd_per_million_tokens"]).replace("$", r"\$") in shown for row in report["rows"])
