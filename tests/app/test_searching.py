"""What a search page holds of a front: bounded, however large the front."""

import io
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

import costmodel as cm
from app.charts.design_front import MOST_MARKS
from app.jobs import Job
from app.searching import MOST_DOWNLOADED, SHOWN_REASONS, SHOWN_ROWS, Found, SearchRequest
from costmodel import default_scenario
from tests.app.running import opened, texts

SCENARIO = default_scenario()
AXES = {"attention.0.heads": range(8, 257, 8), "ffn.1.top_k": range(1, 13)}


def asked(axes: dict[str, Any], *where: str) -> Found:
    texts = {path: f"{listed.start}..{listed[-1]}..{listed.step}" for path, listed in axes.items()}
    request = SearchRequest(cm.DesignSearch(SCENARIO, texts, ("cost",), ("parameters.active", "effective_rank"), where))
    return request(lambda _: None, lambda: False)


@pytest.fixture(scope="module")
def large() -> Found:
    """One frontier for each of 100 contexts."""
    return asked(AXES | {"workload.context": range(1024, 1124)})


def test_a_large_front_has_a_page_of_rows_and_points(large: Found) -> None:
    assert len(large.front) > 10 * SHOWN_ROWS
    assert len(large.table) == SHOWN_ROWS
    assert 2 < len(large.points) <= MOST_MARKS


def test_the_points_are_designs_of_the_front(large: Found) -> None:
    cost, active = large.front.column("cost"), large.front.column("parameters.active")
    for point in large.points[::100]:
        assert (point["x"], point["y"]) == (active[point["row"]], cost[point["row"]])
        assert point["name"] == f"design {point['row']}"


def test_worth_of_a_design_is_shown_drawn_or_not(large: Found) -> None:
    drawn = {point["row"] for point in large.points}
    row = next(row for row in range(len(large.front)) if row not in drawn)
    expected = {name: float(large.front.column(name)[row]) for name in ("cost", "parameters.active")}
    assert large.worth(row) == pytest.approx(expected)


def test_downloads_hold_the_rows_of_the_front(large: Found) -> None:
    rows = large.front.to_dataframe().reset_index()
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(large.parquet())), rows)
    numbers = pd.read_csv(io.BytesIO(large.csv()))["design"].tolist()
    assert numbers == list(range(len(large.front)))
    assert len(rows) <= MOST_DOWNLOADED


def test_a_few_conditions_without_designs_are_named() -> None:
    found = asked(AXES | {"workload.context": range(1024, 1124)}, "cost <= 0")
    assert len(found.front.emptied) == 100
    assert len(found.reasons) == SHOWN_REASONS
    assert found.reasons[0] == "No design is left for workload.context 1,024: removed by cost <= 0."
    assert (len(found.table), found.points) == (0, [])


class SealedFront:
    """A million designs of which nothing may be computed."""

    searched, invalid, emptied = 10**9, 0, {}

    def __len__(self) -> int:
        return 1_000_000


def finished(found: Found) -> Job[Found]:
    job = Job(lambda progress, cancel: found)
    job.run()
    return job


def test_a_redraw_computes_nothing_of_a_large_front(large: Found) -> None:
    at = opened(page="views/search.py")
    at.session_state["search job"] = finished(replace(large, front=SealedFront()))
    at.run()
    assert not at.exception
    assert any("1,000,000 designs on the frontier" in text.value for text in at.success)
    captions = "\n".join(text.value for text in at.caption)
    assert "The first 1,000 of 1,000,000 rows; the downloads hold all." in captions
    assert f"At most {MOST_MARKS:,} of 1,000,000 are drawn" in captions


def test_an_empty_result_is_no_success() -> None:
    at = opened(page="views/search.py")
    at.session_state["search job"] = finished(asked(AXES, "cost <= 0"))
    at.run()
    assert not at.success
    assert "No design is left for this space: removed by cost <= 0." in texts(at)


def test_an_unexpected_exception_is_shown_as_the_error() -> None:
    def fails(progress: object, cancel: object) -> Found:
        raise ZeroDivisionError("division by zero")

    job = Job(fails)
    job.run()
    at = opened(page="views/search.py")
    at.session_state["search job"] = job
    at.run()
    assert "unexpected ZeroDivisionError: division by zero" in texts(at)
