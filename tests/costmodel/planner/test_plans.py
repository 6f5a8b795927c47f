"""The ranking of pairs and single accelerators: rates, prices, the largest pool, and the verdict."""

from collections import Counter

import pytest

import costmodel as cm
from costmodel.ffn import Moe
from costmodel.planner import optimum
from costmodel.planner.stages import FfnStage

STEP3 = cm.default_scenario()


def deepseek(**changes):
    """DeepSeek-V3 at 32K on the paper's accelerators."""
    return cm.default_scenario("deepseek-v3").replace(workload=cm.Workload(context=32_768), **changes)


def test_measured_rates_rank_only_measured_accelerators():
    rows = cm.plans(STEP3.replace(rates="measured"))
    unranked = [row for row in rows if "910b" in (row.attention_on.id, row.ffn_on.id)]
    assert len(unranked) == 7 + 1
    assert all(row.rank is None and row.deployment is None for row in unranked)
    assert all("No measured rates are known for Ascend 910B" in row.reason for row in unranked)
    assert list(rows[-len(unranked) :]) == unranked
    costs = [f"{row.deployment.usd_per_million_tokens:.4f}" for row in rows[:2]]
    assert [(row.afd, row.attention_on.id) for row in rows[:2]] == [(False, "h800"), (True, "h800")]
    assert costs == ["0.0963", "0.0968"]


@pytest.mark.parametrize("model", ["minimax-m1", "deepseek-v3"])
def test_rates_of_one_mechanism_never_stand_for_another(model):
    rows = cm.plans(cm.default_scenario(model).replace(rates="measured"))
    planned = {row.attention_on.id for row in rows if row.deployment is not None}
    assert planned == ({"h800", "h20"} if model == "deepseek-v3" else set())


def test_an_unknown_id_in_a_mapping_of_rates_is_refused():
    h800 = cm.load_accelerator("h800")
    with pytest.raises(cm.DomainError, match="names no rates for h800; rates are given for 'H800'"):
        cm.colocated(STEP3.model, h800, workload=STEP3.workload, rates={"H800": cm.IDEAL})


def test_an_unpriced_accelerator_is_planned_and_not_ranked():
    listed = [each.replace(usd_per_hour=None) if each.id == "h20" else each for each in STEP3.accelerators]
    rows = cm.plans(STEP3.replace(accelerators=listed))
    unpriced = [row for row in rows if "h20" in (row.attention_on.id, row.ffn_on.id)]
    assert len(unpriced) == 8
    assert all(row.rank is None and row.feasible for row in unpriced)
    assert all(row.deployment.usd_per_million_tokens is None for row in unpriced)
    assert all(row.reason.startswith("No price is known for H20") for row in unpriced)
    assert [row.rank for row in rows if row not in unpriced] == list(range(1, 13))
    by_output = cm.plans(STEP3.replace(accelerators=listed, objective="throughput"))
    assert all(row.rank is not None for row in by_output)


def test_losing_pair_is_judged_against_every_accelerator():
    asked = deepseek(attention_on="h20", ffn_on="h800")
    assert f"{cm.plan(asked).usd_per_million_tokens:.3f}" == "0.521"
    found = cm.verdict(asked)
    assert found.winner == "colocated"
    assert found.reason.startswith("Colocated is 1.79 times as good")


def test_a_largest_pool_that_binds_is_the_named_limit():
    row = next(row for row in cm.plans(deepseek()) if not row.afd)
    assert f"{row.colocated.usd_per_million_tokens:.4f}" == "0.2919"
    assert row.colocated.binding == "largest pool"
    assert row.reason.startswith("The largest pool of 64 servers binds")
    wide = next(row for row in cm.plans(deepseek(largest_pool=1024)) if not row.afd)
    assert f"{wide.colocated.usd_per_million_tokens:.4f}" == "0.2845"


def test_the_gain_of_a_largest_pool_is_that_of_twice_as_many():
    asked = deepseek(largest_pool=4, attention_on="h20", ffn_on="h20")
    plan, wider = cm.plan(asked), cm.plan(asked.replace(largest_pool=8))
    assert plan.binding == "largest pool"
    gain = 1 - wider.usd_per_million_tokens / plan.usd_per_million_tokens
    assert plan.pool_limit.gain == pytest.approx(gain, rel=1e-12)


@pytest.mark.parametrize("objective", ["usd", "throughput"])
@pytest.mark.parametrize("pair", [("h800", "h20"), ("h20", "h800"), ("910b", "a800")])
def test_pruned_search_equals_the_full_one(monkeypatch, pair, objective):
    attention_on, ffn_on = map(cm.load_accelerator, pair)
    asked = {"attention_on": attention_on, "ffn_on": ffn_on, "workload": cm.Workload(context=65_536)}
    pruned = cm.pair_plan(STEP3.model, **asked, objective=objective, largest_pool=192)
    monkeypatch.setattr(optimum, "FEW_CELLS", 192 * 192)
    monkeypatch.setattr(optimum, "CELLS", 192 * 192)
    full = cm.pair_plan(STEP3.model, **asked, objective=objective, largest_pool=192)
    assert (pruned.attention_servers, pruned.ffn_servers, pruned.batch) == (
        full.attention_servers,
        full.ffn_servers,
        full.batch,
    )


@pytest.mark.parametrize("model", cm.models(cm.PAPER_COLLECTION))
def test_a_dense_model_is_not_said_to_share_experts(model):
    scenario = cm.default_scenario(model)
    reason = cm.verdict(scenario).reason
    routed = scenario.model.sparsity < 1
    assert ("reading of the experts" in reason) == (routed and "share one reading" in reason)


def test_work_per_accelerator_is_done_once_not_per_pair(monkeypatch):
    listed = [cm.load_accelerator(name) for name in ("h800", "h20", "a800", "910b")]
    scenario = cm.default_scenario("step-3").replace(accelerators=listed)
    calls = Counter()
    for kind, name in ((FfnStage, "most_requests_of"), (Moe, "servers_visited")):
        original = getattr(kind, name)

        def counted(self, *args, original=original, name=name):
            calls[name] += 1
            return original(self, *args)

        monkeypatch.setattr(kind, name, counted)
    cm.plans(scenario)
    assert calls["most_requests_of"] == len(listed)
    # Once per count of servers would be 64 times as many.
    assert calls["servers_visited"] <= 8 * len(listed)


def test_a_search_of_large_pools_looks_at_few_cells(monkeypatch):
    seen = []
    original = optimum._feasible

    def counted(pipeline, attention_servers, ffn_servers, largest_pool):
        seen.append(attention_servers.size)
        return original(pipeline, attention_servers, ffn_servers, largest_pool)

    monkeypatch.setattr(optimum, "_feasible", counted)
    h20, h800 = map(cm.load_accelerator, ("h20", "h800"))
    cm.pair_plan(STEP3.model, attention_on=h20, ffn_on=h800, workload=cm.Workload(context=8192), largest_pool=4096)
    assert sum(seen) < 4096**2 / 1000


@pytest.mark.parametrize("rates", ["ideal", "kernels"])
def test_a_placement_is_that_of_the_rows_without_afd(rates):
    placement = cm.Placement(data_parallel=32, expert_parallel=32)
    scenario = deepseek(rates=rates, accelerators=["h800", "h20"])
    before, rows = cm.plans(scenario), cm.plans(scenario.replace(placement=placement))
    plans = {(row.attention_on.id, row.ffn_on.id): row.plan for row in before if row.afd}
    assert plans == {(row.attention_on.id, row.ffn_on.id): row.plan for row in rows if row.afd}
    for row in (row for row in rows if not row.afd):
        alone = cm.colocated(
            scenario.model,
            row.attention_on,
            workload=scenario.workload,
            rates=cm.load_rates(row.attention_on.id) if rates == "kernels" else cm.IDEAL,
            placement=placement,
        )
        assert (row.colocated.placement, row.colocated.accelerator_count) == (placement, 32)
        assert row.colocated.tokens_per_second == alone.tokens_per_second
    note = cm.plan_report(scenario.replace(placement=placement))["placement"]
    assert note == "DP 32, EP 32, overlap none; of rows without AFD only"


def test_a_placement_that_cannot_be_is_a_row_with_its_reason():
    one = {"accelerators": ["h800"]}
    uneven = cm.plans(deepseek(placement=cm.Placement(data_parallel=3, expert_parallel=3), **one))
    assert "experts" in next(row.reason for row in uneven if not row.afd)
    large = cm.Placement(data_parallel=256, expert_parallel=256)
    rows = cm.plans(deepseek(placement=large, largest_pool=16, **one))
    assert "256 ranks are more than the accelerators of 16 servers" in next(row.reason for row in rows if not row.afd)


@pytest.mark.parametrize("answer", [cm.plan, cm.verdict])
def test_nothing_to_plan_with_is_refused_with_its_reason(answer):
    unmeasured = cm.default_scenario("minimax-m1").replace(accelerators=["910b"], rates="measured")
    with pytest.raises(cm.DomainError, match="No measured rates are known for Ascend 910B"):
        answer(unmeasured)


def test_fewest_accelerators_first_then_most_output():
    rows = [row for row in cm.plans(STEP3.replace(objective="accelerators")) if row.rank]
    order = [(row.deployment.accelerator_count, -row.deployment.tokens_per_second) for row in rows]
    assert len(rows) == 20
    assert order == sorted(order)
