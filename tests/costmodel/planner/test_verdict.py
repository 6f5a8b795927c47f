"""AFD against a pool without it: where only one of them, or neither, meets the SLA."""

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
