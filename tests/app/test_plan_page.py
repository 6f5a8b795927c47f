"""Plan: the verdict comes first, sets the colour, and counts whatever misses the SLA."""

import costmodel as cm
from app.views.tables import MISSING
from app.wording import percent
from costmodel import default_scenario
from tests.app.running import headlines, linked, opened

VIEW = "views/plan.py"
TRACE = b"prompt,output\n1000,200\n300000,600\n2000,400\n"


def test_losing_pair_is_not_congratulated() -> None:
    at = opened("model=deepseek-v3&workload.context=32768&attention_on=h20&ffn_on=h800", page=VIEW)
    rows = cm.plans(linked(at))
    pair = next(row.plan for row in rows if row.afd)
    alone = next(row.colocated for row in rows if not row.afd)
    more = pair.usd_per_million_tokens / alone.usd_per_million_tokens - 1
    assert not at.success
    verdict = at.warning[0].value
    assert verdict.startswith(f"Do not split: **{alone.words}**")
    assert f"The best pair costs {percent(more)} more" in verdict


def test_winning_pair_is_named_with_its_gain() -> None:
    at = opened(page=VIEW)
    judged = cm.verdict(default_scenario())
    said = at.success[0].value
    assert said.startswith("Split: **")
    assert f"which costs {percent(1 - 1 / judged.cost_factor)} less than **" in said


def test_difference_within_the_error_is_even() -> None:
    at = opened("accelerators=h20", page=VIEW)
    judged = cm.verdict(linked(at))
    assert judged.even
    assert at.info[0].value.startswith("Even: **")
    assert not at.success


def test_late_tail_server_is_no_success() -> None:
    at = opened("workload.context_deviation=100000", page=VIEW)
    plan = cm.plan(linked(at))
    assert plan.feasible
    assert not plan.tail.feasible
    assert not at.success
    assert "95th percentile attention server" in at.warning[0].value


def test_infeasible_plan_shows_no_cost_or_output() -> None:
    at = opened("sla.tpot=0.001", page=VIEW)
    assert headlines(at) == {}
    assert at.error[0].value.startswith("No deployment meets the SLA.")
    # Stages, memory, and the bridge, which says at which step nothing meets the SLA any more.
    assert len(at.get("vega_lite_chart")) == 3


def test_output_at_ideal_rates_is_a_limit() -> None:
    assert "Throughput limit" in headlines(opened(page=VIEW))
    measured = headlines(opened("rates=measured&accelerators=h800,h20", page=VIEW))
    assert "Throughput" in measured


def test_plan_for_a_trace_keeps_draft_tokens() -> None:
    at = opened("workload.draft_length=2&workload.accepted_length=1.5", page=VIEW)
    at.file_uploader(key="trace").set_value(("trace.csv", TRACE, "text/csv")).run()
    next(button for button in at.button if button.label == "Plan for this trace").click().run()
    seen = cm.mix_of_trace(TRACE.decode()).workload(draft_length=2, accepted_length=1.5)
    assert linked(at).workload == seen


def test_a_placement_of_the_panel_is_in_the_link_and_the_plan() -> None:
    at = opened("accelerators=h800", page=VIEW)
    assert not [box for box in (*at.get("select_slider"), *at.number_input) if str(box.key).startswith("placement.")]
    at.segmented_control(key="placement given").set_value(True).run()
    assert linked(at).placement == cm.Placement()
    for name in ("data_parallel", "expert_parallel"):
        at.select_slider(key=f"placement.{name}").set_value(16).run()
    placement = linked(at).placement
    assert placement == cm.Placement(data_parallel=16, expert_parallel=16)
    alone = next(row.colocated for row in cm.plans(linked(at)) if not row.afd)
    assert alone.placement == placement
    assert any(f"{placement.words}. AFD has pools of its own." in each.value for each in at.caption)
    at.segmented_control(key="placement given").set_value(False).run()
    assert linked(at) == default_scenario(accelerators=["h800"])


def test_variability_is_simulated_once_asked_for() -> None:
    closed = opened("accelerators=h800", page=VIEW)
    assert not any("times** the planned time" in each.value for each in closed.markdown)
    at = opened("accelerators=h800", page=VIEW, open_drawers=("simulate",))
    plan = cm.plan(linked(at))
    example = next(each for each in cm.vary(plan) if each.cv == 0.2)
    said = next(each.value for each in at.markdown if "times** the planned time" in each.value)
    assert f"**{example.factor:.2f} times** the planned time" in said


def test_output_at_kernel_rates_has_its_band_and_loans() -> None:
    at = opened("rates=kernels&accelerators=h800", page=VIEW)
    plan = cm.plan(linked(at))
    low, high = (factor * plan.tokens_per_second_per_gpu for factor in plan.band)
    captions = [each.value.replace("\\", "") for each in at.caption]
    assert any(f"measured {low:,.0f} to {high:,.0f}" in caption for caption in captions)
    assert plan.notes
    for note in plan.notes:
        assert any(note[1:] in caption for caption in captions)


def test_compare_says_that_it_shows_the_limit() -> None:
    said = [each.value for each in opened("rates=kernels", page="views/compare.py").caption]
    assert any("All charts, and all metrics but those of whole servers, are the limit" in each for each in said)


def test_borrowed_kernels_of_the_baseline_are_named() -> None:
    said = "\n".join(each.value for each in opened("rates=kernels", page=VIEW).caption).replace("\\", "")
    assert "Without AFD, borrowed kernels: 16-bit dense GEMM on H800 (H100 SXM)." in said


def test_the_ranking_shows_ranges_only_where_there_is_a_band() -> None:
    for query, ranged in (("rates=kernels", True), ("rates=measured", False), ("", False)):
        table = next(
            each.value for each in opened(query, page=VIEW).dataframe if "What limits it" in each.value.columns
        )
        assert ("Measured, four of five" in table.columns) == ranged
        assert not ranged or " to " in table["Measured, four of five"][0]
        assert ("Measured, four of five" in next(iter(opened(query, page=VIEW).dataframe)).value.columns) == ranged


def test_a_plan_without_a_price_says_where_to_set_one() -> None:
    at = opened("accelerators=910c", page=VIEW)
    assert not at.exception
    shown = {metric.label: metric.value for metric in at.metric}
    assert (shown["Cost"], shown["Theoretical limit"]) == (MISSING, MISSING)
    assert "no price: set one under Hardware" in {caption.value for caption in at.caption}
