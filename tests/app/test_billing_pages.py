"""Request and Fleet: the library's numbers on the page, in the dialog's Python and in the API; traces and schedules."""

import contextlib
import io
import json
import signal
import subprocess
import time
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import costmodel as cm
from app import billing, cards, scheduling
from app.charts import bill_parts, fleet_day, month_bills, offers, pool_choice, request_over, trace_shape
from app.scheduling import ScheduleRequest
from app.views import share
from app.wording import usd
from tests.app.charted import table
from tests.app.running import fetched, headlines, linked, opened, texts

REQUEST, FLEET = "views/request.py", "views/fleet.py"
QUERY = "accelerators=h100.h800&request.cached=0.5&accelerators.h800.tdp_watts=700&accelerators.h100.capex_usd=30000"
SCENARIO = cm.from_query(QUERY).scenario
TRACE = b"timestamp,input_length,output_length\n0,1000,200\n1800000,30000,600\n3600000,2000,400\n"


def words(at: AppTest) -> str:
    return "\n".join(str(each.value) for each in (*at.header, *at.markdown, *at.caption, *at.warning)).replace(
        "\\$", "$"
    )


def test_request_page_opens_with_the_answer() -> None:
    at = opened(QUERY, page=REQUEST)
    bill = cm.deployed_request(SCENARIO)
    sentence = at.header[0].value.replace("\\$", "$")
    assert usd(bill.usd * 1000) in sentence
    shown = headlines(at)
    assert shown["Computed input"] == usd(bill.price.usd_per_million_input)
    assert shown["Output"] == usd(bill.price.usd_per_million_output)
    assert shown["Reserved capacity"] == usd(bill.price.reservation_usd * 1000)
    assert shown["Energy"] != "\u2013"
    for use in bill.uses:
        assert f"**{use.accelerator.name}**" in words(at)


def test_request_page_marks_an_unknown_hit_rate() -> None:
    assert any("hit rate is not known" in each.value for each in opened(page=REQUEST).warning)
    assert not opened("request.cached=0", page=REQUEST).warning


def test_request_page_without_a_deployment_shows_the_limit() -> None:
    at = opened(f"{QUERY}&sla.tpot=0.0001", page=REQUEST)
    assert "No deployment keeps the SLA" in words(at)
    assert headlines(at)["Computed input"] == usd(
        cm.request(cm.update(SCENARIO, {"sla.tpot": 1e-4})).price.usd_per_million_input
    )


def test_request_page_without_any_price_says_so() -> None:
    at = opened("accelerators=h800&accelerators.h800.usd_per_hour=none", page=REQUEST)
    assert "no price is known for H800" in words(at)


def test_model_without_list_prices_gets_no_neighbours_price() -> None:
    at = opened("model=llama-3.1-70b", page=REQUEST)
    assert any("No list price of this model" in each.value for each in at.info)


def test_a_pool_chosen_on_the_request_page_is_in_the_link() -> None:
    at = opened(QUERY, page=REQUEST)
    at.selectbox(key="prefill_on").set_value("h800").run()
    assert linked(at).prefill_on == "h800"
    assert "prefill on **H800**" in words(at).replace("Prefill", "prefill")


def test_fleet_page_opens_with_the_answer() -> None:
    at = opened(QUERY, page=FLEET)
    found = cm.fleet(SCENARIO)
    sentence = at.header[0].value.replace("\\$", "$")
    assert usd(found.usd_per_month) in sentence
    assert f"{found.follow.total('prefill')[found.busiest]:,} prefill" in sentence
    shown = headlines(at)
    assert shown["1,000 requests"] == usd(found.usd_per_request * 1000)
    assert shown["Spares"] == str(sum(row["peak_spares"] for row in cm.pool_rows(found)))


def test_every_pool_is_a_column_of_a_narrow_table() -> None:
    at = opened(QUERY, page=FLEET)
    frame = next(each.value for each in at.table if "Pool" in each.value.columns).set_index("Pool")
    assert list(frame.columns) == ["prefill", "attention", "FFN"]
    for row, pool in zip(cm.pool_rows(cm.fleet(SCENARIO)), frame.columns, strict=True):
        assert frame[pool]["Peak servers"] == f"{row['peak_servers']:,}"
        assert frame[pool]["USD a day"] == usd(row["usd_per_day"]).replace("$", "\\$")
    assert next(each for each in at.sidebar.number_input if each.key == "demand.peak").label == "Peak over mean"


def test_fleet_page_without_a_tdp_or_a_fleet_says_so() -> None:
    unknown = "accelerators.h800.tdp_watts=none&accelerators.910b.tdp_watts=none"
    assert headlines(opened(unknown, page=FLEET))["Power"] == "\u2013"
    at = opened("accelerators=l4&model=deepseek-v3&accelerators.l4.usd_per_hour=1", page=FLEET)
    assert "This fleet cannot be sized." in words(at)
    assert "no accelerator can hold the prefill pool" in texts(at)


def test_estimated_tdp_is_named_beside_power_and_energy() -> None:
    at = opened(page=FLEET)
    assert headlines(at)["Power"].endswith("kW")
    assert "TDP estimated" in words(at)
    assert "The TDP of H800, 700 W, is an estimate" in words(at)
    assert "95 % of TDP in prefill, 70 % in decode, 30 % idle" in words(at).replace("\\", "")
    at = opened("service.pue=1.4", page=REQUEST)
    assert headlines(at)["Energy"].endswith(" J")
    assert "PUE 1.4, 400 g CO2 per kWh" in words(at).replace("\\", "")
    assert "The TDP of H800, 700 W, is an estimate" in words(at)
    own = "&".join(f"accelerators.{each}.tdp_watts=650" for each in cm.DEFAULT_ACCELERATORS)
    assert "TDP estimated" not in words(opened(own, page=FLEET))


def test_uploaded_trace_is_the_demand_of_the_fleet() -> None:
    at = opened(QUERY, page=FLEET)
    at.file_uploader(key="fleet trace").set_value(("trace.csv", TRACE, "text/csv")).run()
    found = cm.fleet(SCENARIO, trace=cm.read_trace(TRACE.decode()))
    assert "like those of the trace" in words(at)
    assert "stand for all 3" in words(at)
    assert "Prompt, output, their spread and course of the day are those of the trace" in words(at)
    assert headlines(at)["1,000 requests"] == usd(found.usd_per_request * 1000)
    assert "3 requests, mean prompt 11,000" in words(at)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"prompt,output\n1000,\n", "output: is missing; must be a whole number from 0 [row 2]"),
        (b"prompt\n1000\n", "no column output"),
        (
            b"prompt,output\n10,1\n-5,1\n",
            "prompt: -5 is not allowed",
        ),
        (b"prompt,output,cached\n10,1,10\n", "cached"),
        (b"\xff\xfe", "not text in UTF-8"),
    ],
)
def test_bad_trace_is_refused_with_its_row(content: bytes, reason: str) -> None:
    at = opened(QUERY, page=FLEET)
    at.file_uploader(key="fleet trace").set_value(("trace.csv", content, "text/csv")).run()
    assert any("cannot be used" in each.value for each in at.error)
    assert reason in texts(at)
    assert headlines(at)["1,000 requests"] == usd(cm.fleet(SCENARIO).usd_per_request * 1000)


def test_an_uploaded_trace_is_part_of_the_link() -> None:
    at = opened(QUERY, page=FLEET)
    at.file_uploader(key="fleet trace").set_value(("trace.csv", TRACE, "text/csv")).run()
    scenario = linked(at)
    assert scenario.demand.trace == cm.compact_trace(cm.read_trace(TRACE.decode()))
    again = opened(cm.to_query(scenario), page=FLEET)
    assert headlines(again) == headlines(at)
    assert "The link holds 3 kinds of requests of a trace: mean prompt 11,000 tokens" in words(again)
    status, _, body = fetched("/api/fleet", cm.to_query(scenario))
    assert status == 200
    assert usd(json.loads(body)["usd_per_request"] * 1000) == headlines(at)["1,000 requests"]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(share.PYTHON["fleet"].format(query=cm.to_query(scenario)), {})  # noqa: S102
    assert f"{cm.fleet(scenario).usd_per_month:,.0f}" in printed.getvalue()
    next(each for each in again.button if each.label == "Remove the trace").click().run()
    assert linked(again).demand.trace == "none"
    at.file_uploader(key="fleet trace").set_value([]).run()
    assert linked(at).demand.trace == "none"


def test_a_trace_that_was_undone_can_be_used_again() -> None:
    at = opened(QUERY, page=FLEET)
    at.file_uploader(key="fleet trace").set_value(("trace.csv", TRACE, "text/csv")).run()
    text = linked(at).demand.trace
    at.session_state["scenario"] = cm.update(at.session_state["scenario"], {"demand.trace": "none"})
    at.run()
    assert linked(at).demand.trace == "none"
    assert "like those of the trace" not in words(at)
    next(each for each in at.button if each.label == "Use this trace").click().run()
    assert linked(at).demand.trace == text


def test_own_hours_start_at_the_sine_and_size_the_fleet() -> None:
    at = opened(QUERY, page=FLEET)
    at.sidebar.selectbox(key="demand.shape.course").select("own").run()
    started = at.sidebar.text_area(key="demand.shape.hours").value
    assert started.startswith("0.77,")
    assert len(started.split(",")) == 24
    assert not [each for each in at.sidebar.number_input if each.key == "demand.peak"]
    at.sidebar.text_area(key="demand.shape.hours").set_value("3 " * 12 + "1 " * 12).run()
    text = ",".join(["3"] * 12 + ["1"] * 12)
    expected = cm.fleet(cm.update(SCENARIO, {"demand.shape": text}))
    assert headlines(at)["1,000 requests"] == usd(expected.usd_per_request * 1000)
    assert linked(at).demand.shape == text
    at.sidebar.text_area(key="demand.shape.hours").set_value("3, 1").run()
    assert any("2 hours do not make a day" in each.reason for each in at.session_state["rejected"])
    assert headlines(at)["1,000 requests"] == usd(expected.usd_per_request * 1000)
    at.sidebar.selectbox(key="demand.shape.course").select("flat").run()
    assert linked(at).demand.shape == "flat"


def test_trace_beyond_five_megabytes_is_not_read() -> None:
    at = opened(QUERY, page=FLEET)
    at.file_uploader(key="fleet trace").set_value(("trace.csv", b"a" * 5_000_001, "text/csv")).run()
    assert any("at most 5,000,000 bytes" in each.value for each in at.error)


def test_a_day_with_start_costs_is_scheduled_in_the_background() -> None:
    at = opened(QUERY, page=FLEET)
    at.session_state["starts"] = True
    at.run()
    next(each for each in at.button if each.label == "Schedule").click().run()
    for _ in range(1200):
        if at.session_state["schedule job"].done:
            break
        time.sleep(0.05)
    at.run()
    found = at.session_state["schedule job"].result
    assert f"{usd(found.usd_per_day)} a day" in words(at)
    assert usd(cm.fleet(SCENARIO).follow.usd_per_day_without_spares) in words(at)
    at.sidebar.number_input(key="demand.peak").set_value(1.5).run()
    assert any("this schedule is for the earlier one" in each.value for each in at.warning)


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The processes that the test starts."""
    started: list[Any] = []

    class Watched(subprocess.Popen):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Watched)
    return started


def test_cancel_ends_the_process_of_the_solver(children: list[Any]) -> None:
    shares: list[float] = []
    with pytest.raises(cm.SearchCancelledError):
        ScheduleRequest(cm.fleet(SCENARIO), 600.0)(shares.append, lambda: bool(shares))
    (child,) = children
    assert child.returncode == -signal.SIGKILL
    assert all(0 <= share <= 1 for share in shares)


def test_a_solver_that_ends_without_an_answer_is_an_error(children: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def kill(_: float) -> None:
        children[0].kill()

    with pytest.raises(cm.CostModelError, match="ended without an answer"):
        ScheduleRequest(cm.fleet(SCENARIO), 600.0)(kill, lambda: False)
    monkeypatch.setattr(scheduling, "LATE_SECONDS", -600.0)
    with pytest.raises(cm.CostModelError, match="no schedule was found within 600 s"):
        ScheduleRequest(cm.fleet(SCENARIO), 600.0)(lambda _: None, lambda: False)


def test_an_impossible_schedule_is_refused() -> None:
    impossible = ScheduleRequest(cm.fleet(SCENARIO), -1.0)
    with pytest.raises(cm.DomainError, match="time_limit"):
        impossible(lambda _: None, lambda: False)


@pytest.mark.parametrize(("data", "report"), [("request", cm.request_report), ("fleet", cm.fleet_report)])
def test_page_api_csv_and_python_hold_the_same_numbers(data: str, report: object) -> None:
    expected = report(SCENARIO)  # type: ignore[operator]
    status, _, body = fetched(f"/api/{data}", QUERY)
    assert (status, json.loads(body)) == (200, json.loads(json.dumps(expected)))
    text = fetched(f"/api/{data}.csv", QUERY)[2].decode()
    assert text == (cm.request_csv if data == "request" else cm.fleet_csv)(SCENARIO)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(share.PYTHON[data].format(query=cm.to_query(SCENARIO)), {})  # noqa: S102
    number = f"{expected['deployed']['usd']:.6g}" if data == "request" else f"{expected['usd_per_month']:,.0f}"
    assert number in printed.getvalue()


def test_bars_of_a_request_end_at_its_cost() -> None:
    bill = billing.bill(SCENARIO)
    rows = table(bill_parts.chart("light", {"Limit": bill.limit, "Whole servers": bill.best}))
    ends = [row["end"] for row in rows if row["last"]]
    assert ends == pytest.approx([bill.limit.usd * 1000, bill.best.usd * 1000])
    dots = table(pool_choice.chart("dark", bill.pools, {"h100": "H100", "h800": "H800"}))
    assert {row["pool"] for row in dots if row["times"] == 1} == {"Prefill", "Attention", "FFN"}


def test_offers_of_a_request_carry_margin_and_loss() -> None:
    scenario = cm.default_scenario("deepseek-v3")
    bill = billing.bill(scenario)
    rows = table(offers.chart("light", bill.offers))
    assert [row["usd"] for row in rows] == pytest.approx([offer.usd * 1000 for offer in bill.offers])
    assert not any(row["loss"] for row in rows)
    assert all(row["text"].endswith("%") for row in rows)


@pytest.mark.parametrize("path", list(request_over.TITLES))
def test_areas_of_a_request_stack_to_its_cost(path: str) -> None:
    curve = cm.request_curve(SCENARIO, path)
    rows = table(request_over.chart("light", curve, 8192.0))
    first = [row["usd"] for row in rows if row["role"] == "area" and row["at"] == curve.values[0]]
    whole = curve.prefill[0] + curve.attention[0] + curve.ffn[0]
    assert sum(first) == pytest.approx(float(whole / curve.tokens[0] * 1e6))


def test_steps_of_a_day_stack_to_its_servers() -> None:
    day = billing.day(SCENARIO)
    rows = table(fleet_day.chart("light", day.hours))
    noon = [row for row in rows if row["hour"] == 12]
    servers = sum(int(day.fleet.follow.total(pool)[12]) for pool in ("prefill", "attention", "ffn"))
    assert max(row["top"] for row in noon) == servers
    power = table(fleet_day.chart("dark", day.hours, unit=fleet_day.POWER))
    assert max(row["top"] for row in power) == pytest.approx(day.power["peak_kilowatts"])
    bills = table(month_bills.chart("light", day.fleet))
    ends = {row["way"]: row["end"] for row in bills if row["last"]}
    assert ends["Follows context"] == pytest.approx(day.fleet.usd_per_month)
    assert ends["Peak all day"] == pytest.approx(day.fleet.static_usd_per_month)


@pytest.mark.parametrize("view", ["arrivals", "lengths", "hits"])
def test_charts_of_a_trace_count_its_requests(view: str) -> None:
    text = '{"timestamp": 0, "input_length": 1024, "output_length": 10, "hash_ids": [1, 2]}\n'
    text += '{"timestamp": 60000, "input_length": 1024, "output_length": 30, "hash_ids": [1, 2]}\n'
    profile = cm.trace_profile(cm.with_prefix_hits(cm.read_trace(text)))
    chart = trace_shape.chart("light", profile, view)
    # A bar over a span of x floats at its value unless its foot is given.
    assert chart["encoding"]["y2"] == {"datum": 0}
    rows = table(chart)
    if view == "lengths":
        assert sum(row["share"] for row in rows if row["kind"] == "output") == pytest.approx(1)
    else:
        assert sum(row["value"] for row in rows) == pytest.approx({"arrivals": 2, "hits": 1023 / 1024}[view])
    assert "50.0" in trace_shape.summary(profile)


def test_pictures_of_request_and_fleet_carry_the_answer() -> None:
    card = cards.card("request", QUERY)
    bill = cm.deployed_request(SCENARIO)
    assert usd(bill.usd * 1000) in card.title
    assert sum(bar.value or 0 for bar in card.bars) == pytest.approx(bill.usd * 1000)
    assert "in the limit" in cards.card("request", f"{QUERY}&sla.tpot=0.0001").title
    assert "hit rate assumed 0" in cards.card("request", "").subtitle
    fleet = cards.card("fleet", QUERY)
    assert usd(cm.fleet(SCENARIO).usd_per_month) in fleet.title
    assert fleet.bars[2].value == pytest.approx(cm.fleet(SCENARIO).static_usd_per_month)


def test_ownership_shows_the_months_to_pay_back() -> None:
    cheap = "accelerators=h100&request.cached=0.5&accelerators.h100.capex_usd=10000"
    (row,) = cm.owned_rows(cm.from_query(cheap).scenario)
    column = "Pays back, months"
    (shown,) = [each.value[column] for each in opened(cheap, page=FLEET).dataframe if column in each.value.columns]
    assert shown.tolist() == [row["months_to_pay_back"]]
