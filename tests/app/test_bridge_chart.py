"""The bridge as a drawing: lanes, bars that carry over, verdicts, missing figures and published deployments."""

import pytest

import costmodel as cm
from app.charts import bridge, bridge_published
from app.charts.bridge_frame import ACROSS, LEFT
from app.charts.sketch import NONE, ROLES
from app.wording import NBSP, usd
from tests.app.charted import table
from tests.app.running import opened, specification

QUERIES = (
    "",
    "model=deepseek-v3&workload.context=32768",
    "accelerators=h800",
    "sla.tpot=0.001",
    "rates=measured",
    "model=minimax-m1&workload.context=1048576",
)


def drawn(query: str) -> tuple[cm.Scenario, cm.Bridge, list[dict[str, object]]]:
    """A scenario, its bridge and the rows of the drawing."""
    scenario = cm.from_query(query).scenario
    found = cm.bridge(scenario)
    return scenario, found, bridge.rows(scenario, found, cm.published_costs(scenario))


def texts(rows: list[dict[str, object]]) -> list[str]:
    return [str(row["text"]).replace(NBSP, " ") for row in rows if row["kind"] == "words"]


@pytest.mark.parametrize("query", QUERIES)
def test_drawing_stays_inside_its_frame_in_known_colours(query: str) -> None:
    _, found, rows = drawn(query)
    assert {row["fill"] for row in rows} | {row["stroke"] for row in rows} <= {*ROLES, NONE}
    for prefix in ("", "m"):
        assert max(float(str(row[f"{prefix}{name}"])) for row in rows for name in ("x", "x2")) <= 1
        assert max(float(str(row[f"{prefix}{name}"])) for row in rows for name in ("y", "y2")) <= bridge.height(found)


@pytest.mark.parametrize("query", QUERIES)
def test_each_step_has_a_title_and_a_sentence(query: str) -> None:
    scenario, found, rows = drawn(query)
    titles = [title for title, _, _ in bridge.steps(scenario, found.rates)]
    assert [row["text"] for row in rows if row["text"] in titles] == titles
    lines = bridge.in_words(scenario, found, cm.published_costs(scenario))
    assert [line.split(":")[0].split(" (")[0] for line in lines] == [*titles, "6 Measured deployment"]


def test_a_pair_that_the_plan_chooses_anew_is_a_lane_of_its_own() -> None:
    said = texts(drawn("")[2])
    assert said[:3] == ["AFD: H20 + H800", "AFD: A800 + H800, the plan's own choice", "H800 alone"]
    assert {"AFD 12.9 % less", "AFD 24.1 % less", "even: AFD 2.3 % more", "none published without AFD"} <= set(said)


def test_published_deployments_have_a_scale_of_their_own() -> None:
    scenario, found, rows = drawn("")
    dearest = max(level.usd_per_million_tokens or 0 for lane in found.lanes for level in lane.levels)
    said = texts(rows)
    assert "$0.210 with AFD, H800 at 8,192 tokens" in said
    assert "Row 6 has a scale of its own: the gray line is the dearest bar above, " + usd(dearest) + "." in said
    assert "A diamond is another pair or context than the lanes above." in said
    axis = next(row for row in rows if str(row["said"]).startswith("Row 6"))
    mark = next(row for row in rows if row["kind"] == "head" and row["wide"])
    below, above = (float(str(row)) - LEFT for row in (axis["x2"], mark["x"]))
    published = cm.published_costs(scenario)[0]
    assert published is not None
    assert above / below == pytest.approx(published.usd_per_million_tokens / dearest)
    assert above == ACROSS


def test_a_published_deployment_of_a_lane_is_a_bar_in_its_colour() -> None:
    _, found, rows = drawn("accelerators=h800")
    assert (found.pair.attention_on.id, found.pair.ffn_on.id) == ("h800", "h800")
    bars = [row for row in rows if row["said"] == "$0.210 with AFD, H800 at 8,192 tokens"]
    assert [(row["kind"], row["fill"]) for row in bars] == [("box", "attention")]
    assert "A diamond is another pair or context than the lanes above." not in texts(rows)
    other = drawn("accelerators=h800&workload.context=16384")[2]
    assert {row["kind"] for row in other if str(row["said"]).startswith("$0.210 with AFD")} == {"head"}


def test_a_model_without_published_deployments_has_no_axis() -> None:
    said = texts(drawn("model=minimax-m1&workload.context=1048576")[2])
    assert {"none published with AFD", "none published without AFD"} <= set(said)
    assert not [text for text in said if "dearest bar" in text]


def test_a_lane_without_kernel_data_is_dashed_and_named() -> None:
    _, _, rows = drawn("model=deepseek-v3&workload.context=32768")
    dashed = [row for row in rows if row["dashed"]]
    assert [row["said"] for row in dashed] == ["no kernel data for Ascend 910B"]
    assert "not comparable" in texts(rows)
    assert any(text.endswith(", largest pool") for text in texts(rows))


def test_measured_step_names_its_rates_and_borrowed_kernels() -> None:
    for query, title, borrowed in (
        ("", "5 Measured shares of peak", False),
        ("rates=kernels", "5 Measured kernels", True),
        ("accelerators=h200,b200", "5 Measured kernels", False),
    ):
        scenario, found, rows = drawn(query)
        said = texts(rows)
        assert title in said
        assert any(text.endswith("borrowed") for text in said) == borrowed
        assert ("with borrowed kernels" in bridge.in_words(scenario, found, (None, None))[4]) == borrowed


def test_words_of_a_step_end_before_the_bars() -> None:
    for query in ("", "rates=kernels", "rates=measured-fa3"):
        scenario, found, _ = drawn(query)
        said = [adds for _, adds, _ in bridge.steps(scenario, found.rates)] + [bridge_published.ADDS]
        # In a drawing of 720 px; letters of this size take 5.4 px on average.
        assert all(20 + 5.4 * len(adds) < LEFT * 720 for adds in said)
    _, found, _ = drawn("accelerators=h800")
    assert bridge.verdict(found, 0) == ("even: no difference", "gray")


def test_an_sla_that_nothing_meets_is_written_in_each_lane() -> None:
    assert "no deployment meets the SLA" in texts(drawn("sla.tpot=0.001")[2])


def test_the_step_of_plans_price_follows_rates_and_objective() -> None:
    pages = {
        query: [
            place
            for place, step in enumerate(bridge.steps(cm.from_query(query).scenario, "measured"))
            if "Plan" in step[2]
        ]
        for query in ("", "rates=measured", "objective=accelerators")
    }
    assert list(pages.values()) == [[3], [4], []]


@pytest.mark.parametrize("page", ["views/explore.py", "views/plan.py"])
def test_both_pages_draw_the_bridge_once_it_is_opened(page: str) -> None:
    at = opened(page=page)
    assert not at.exception
    charts = at.get("vega_lite_chart")
    assert any("1 Limit" in str(specification(chart)) or _has_limit(chart) for chart in charts)
    labels = [box.label.replace("\\", "") for box in at.expander]
    assert "Why the bill is higher than the limit, from $0.0550 to $0.0559" in labels


def _has_limit(chart: object) -> bool:
    datasets = chart.proto.datasets  # type: ignore[attr-defined]
    return any(b"1 Limit" in bytes(each.data.data) for each in datasets)


def test_chart_holds_the_rows_of_the_drawing() -> None:
    scenario, found, rows = drawn("")
    assert len(table(bridge.chart("dark", scenario, found, cm.published_costs(scenario)))) == len(rows)
