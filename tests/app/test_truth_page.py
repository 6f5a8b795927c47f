"""Truth: the table is `measurements()`, menus leave what they name, and the step diagram is the library's step."""

import pytest
from streamlit.testing.v1 import AppTest

import costmodel as cm
from app.charts import predicted_measured, step_stack
from app.wording import NBSP, duration, percent
from costmodel import default_scenario
from tests.app.charted import table
from tests.app.running import headlines, opened

VIEW = "views/truth.py"
H200 = cm.load_accelerator("h200")


def shown(at: AppTest, column: str) -> list[object]:
    """A column of the table of all rows."""
    frame = next(each.value for each in at.dataframe if "Why not, or what is assumed" in each.value.columns)
    return list(frame[column])


def test_the_headline_is_that_of_the_library() -> None:
    at = opened(page=VIEW)
    found = cm.accuracy()
    assert found is not None
    assert at.header[0].value.replace(NBSP, " ") == cm.accuracy_words()
    assert headlines(at)["Median error"] == percent(found.median_error)
    assert headlines(at)["90th percentile"] == percent(found.p90_error)
    assert headlines(at)["Deployments"] == str(found.rows)


def test_the_table_holds_every_row_with_its_ratio_or_reason() -> None:
    at = opened(page=VIEW)
    rows = cm.measurements()
    key = [(row.system, row.accelerator, row.context, round(row.ratio or 0, 9)) for row in rows]
    columns = (shown(at, name) for name in ("System", "Accelerator", "Context", "Ratio"))
    seen = [
        (system, on, None if context != context else context, round(0 if ratio != ratio else ratio, 9))  # noqa: PLR0124
        for system, on, context, ratio in zip(*columns, strict=True)
    ]
    assert sorted(map(str, seen)) == sorted(str((s, a, None if c is None else float(c), r)) for s, a, c, r in key)
    starred = [state for state in shown(at, "State") if str(state).startswith("\u2605")]
    assert len(starred) == sum(row.state.startswith("constant") for row in rows) == 3
    for row in rows:
        if row.reason:
            assert row.reason in shown(at, "Why not, or what is assumed")


def test_menus_leave_the_rows_they_name_and_stay_in_the_link() -> None:
    at = opened(page=VIEW)
    at.selectbox(key="page.truth.of_engine").set_value("vllm").run()
    at.selectbox(key="page.truth.of_model").set_value("gpt-oss-120b").run()
    chosen = [row for row in cm.measurements() if row.engine.startswith("vllm") and row.model == "gpt-oss-120B"]
    assert len(shown(at, "System")) == len(chosen) == 16
    assert any(cm.accuracy_words(chosen)[:20] in each.value.replace(NBSP, " ") for each in at.caption)
    assert "vllm" in at.query_params["page.truth.of_engine"]
    linked = opened("page.truth.of_engine=vllm&page.truth.of_model=gpt-oss-120b", page=VIEW)
    assert shown(linked, "System") == shown(at, "System")


def test_rows_without_a_prediction_leave_no_chart_dots() -> None:
    at = opened("page.truth.of_state=not-expressible", page=VIEW)
    assert not at.exception
    assert {str(state) for state in shown(at, "State")} == {"not expressible"}
    assert any("None of these rows is predicted" in each.value for each in at.info)


def test_dots_are_speeds_on_both_axes() -> None:
    rows = table(predicted_measured.chart("light", cm.measurements()))
    dots = [row for row in rows if row["role"] != predicted_measured.LINE]
    ratios = sorted(row.ratio for row in cm.measurements() if row.ratio is not None)
    assert sorted(dot["predicted"] / dot["measured"] for dot in dots) == pytest.approx(ratios)
    assert sum(dot["role"] == predicted_measured.FITTED for dot in dots) == 3
    ends = [row for row in rows if row["role"] == predicted_measured.LINE]
    assert ends[0]["measured"] < min(dot["measured"] for dot in dots)
    assert ends[1]["high"] == pytest.approx(ends[1]["measured"] * 1.15)


def asked(model: str, batch: int, **placement: int) -> cm.Colocated:
    return cm.colocated(
        cm.load_model(model),
        H200,
        placement=cm.Placement(**placement),
        batch=batch,
        workload=default_scenario().workload,
        rates=cm.kernel_rates(H200),
    )


STEP = "page.truth.model=deepseek-v3&page.truth.on=h200&page.truth.batch=128&page.truth.tensor=1&page.truth.data=32"


def test_the_step_is_the_library_s_for_what_the_menus_say() -> None:
    at = opened(f"{STEP}&page.truth.expert=32", page=VIEW)
    run = asked("deepseek-v3", 128, data_parallel=32, expert_parallel=32)
    figures = headlines(at)
    assert figures["Time per output token"] == duration(run.tpot)
    assert figures["Tokens/s per accelerator"] == f"{run.tokens_per_second_per_gpu:,.0f}"
    for note in run.notes:
        assert any(note[1:20] in each.value.replace("\\", "") for each in at.caption)


def test_a_placement_that_cannot_run_says_why() -> None:
    at = opened(f"{STEP}&page.truth.expert=64", page=VIEW)
    assert not at.exception
    assert "expert_parallel" in at.error[0].value.replace("\\", "")
    assert "Time per output token" not in headlines(at)


def test_every_part_of_a_step_can_be_explained() -> None:
    at = opened(STEP + "&page.truth.expert=32", page=VIEW)
    titles = [each.title for each in cm.explain_step(asked("deepseek-v3", 128, data_parallel=32, expert_parallel=32))]
    for title in titles:
        at.button_group(key="why truth").set_value(title).run()
        assert not at.exception
        assert any("| Symbol |" in text.value for text in at.markdown)


def test_bars_of_a_step_follow_one_another() -> None:
    parts = cm.step_parts(asked("deepseek-v3", 64, tensor_parallel=8))
    rows = table(step_stack.chart("light", parts))
    assert [row["start"] for row in rows[1:]] == pytest.approx([row["end"] for row in rows[:-1]])
    assert rows[-1]["end"] == pytest.approx(1e3 * sum(part.seconds for part in parts))
    assert {row["bound"] for row in rows} <= set(step_stack.BOUNDS)


@pytest.mark.parametrize(
    "query", [STEP + "&page.truth.expert=32", "model=qwen3-32b&accelerators=h20&page.truth.batch=8"]
)
def test_the_python_of_the_step_gives_its_time(query: str, capsys: pytest.CaptureFixture[str]) -> None:
    at = opened(query, page=VIEW)
    exec(next(block.value for block in at.code if "cm.step_parts" in block.value), {})  # noqa: S102
    last = capsys.readouterr().out.splitlines()[-1]
    milliseconds, output = float(last.split()[0]), float(last.split(", ")[1].split()[0])
    assert headlines(at)["Time per output token"] == duration(milliseconds / 1e3)
    assert headlines(at)["Tokens/s per accelerator"] == f"{output:,.0f}"


def test_the_python_of_the_share_menu_gives_the_headline(capsys: pytest.CaptureFixture[str]) -> None:
    at = opened(page=VIEW).button(key="share").click().run()
    exec(next(block.value for block in at.code if "cm.measurements()" in block.value), {})  # noqa: S102
    said = capsys.readouterr().out.splitlines()
    assert said[0] == cm.accuracy_words()
    assert len(said) == 1 + len(cm.measurements())
