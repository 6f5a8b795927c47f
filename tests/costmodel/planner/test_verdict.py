"""AFD against a pool without it: where only one of them, or neither, meets the SLA."""

import pytest

import costmodel as cm
from costmodel.planner.verdict import judge

MODEL, H800 = cm.load_model("step-3"), cm.load_accelerator("h800")
WORKLOAD = cm.Workload(context=8192)


def plan(tpot: float) -> cm.Plan:
    return cm.pair_plan(MODEL, attention_on=H800, ffn_on=H800, workload=WORKLOAD, sla=cm.Sla(tpot=tpot))


def baseline(tpot: float) -> cm.Colocated:
    return cm.colocated(MODEL, H800, workload=WORKLOAD, sla=cm.Sla(tpot=tpot))


def test_only_the_feasible_one_wins_with_the_reason_of_the_other() -> None:
    afd, alone = plan(0.05), baseline(0.0001)
    found = judge(afd, alone)
    assert (found.winner, found.cost_factor, found.even) == ("AFD", None, False)
    assert found.reason == f"Only AFD meets the SLA. {alone.reason}"
    afd, alone = plan(0.0001), baseline(0.05)
    assert judge(afd, alone).winner == "colocated"
    assert judge(afd, alone).reason.endswith(afd.reason)


def test_neither_wins_where_both_miss_the_sla() -> None:
    afd = plan(0.0001)
    found = judge(afd, baseline(0.0001))
    assert found.winner == "neither"
    assert found.reason == f"Neither meets the SLA. AFD: {afd.reason}"


def test_output_decides_without_a_price() -> None:
    free = H800.replace(usd_per_hour=None)
    afd = cm.pair_plan(MODEL, attention_on=free, ffn_on=free, workload=WORKLOAD, objective="throughput")
    alone = cm.colocated(MODEL, free, workload=WORKLOAD, objective="throughput")
    found = judge(afd, alone)
    assert found.cost_factor is None
    assert found.output_factor == afd.tokens_per_second_per_gpu / alone.tokens_per_second_per_gpu


@pytest.mark.parametrize(
    ("ratio", "band", "even"),
    [
        (1.049, None, True),
        (0.951, None, True),
        (1.051, None, False),
        (1.051, (0.8, 1.25), True),
        (1.26, (0.8, 1.25), False),
        (0.79, (0.8, 1.25), False),
        (1.04, (0.99, 1.01), True),
    ],
)
def test_even_is_five_percent_or_the_band_if_wider(ratio: float, band: cm.Band | None, *, even: bool) -> None:
    assert cm.is_even(ratio, band) == even


def test_measured_kernels_decide_nothing_within_their_band() -> None:
    scenario = cm.from_query("accelerators=h200,b200&rates=kernels").scenario
    found, judged, steps = cm.decide(scenario).measured, cm.verdict(scenario), cm.bridge(scenario)
    assert judged is not None
    for change, band in ((found.change, found.band), (judged.change, judged.band), (steps.changes[4], steps.bands[4])):
        assert change == pytest.approx(0.088, abs=5e-4)
        assert band == (0.8, 1.3)
    assert (found.even, judged.even) == (True, True)
    assert steps.evens == (False, False, False, False, True)
    assert steps.bands[:4] == (None,) * 4
    assert cm.decide(cm.default_scenario()).measured.band is None
