"""What a plan tells: words, reasons, remedies, bubbles, floors, the long tail, all pairs, and what is refused."""

import pytest

import costmodel as cm
from costmodel.io.link import default_scenario
from costmodel.sparsity import sparsity_floors

H800, H20, A800 = (cm.load_accelerator(name) for name in ("h800", "h20", "a800"))
PAPER = [H800, H20, A800, cm.load_accelerator("910b")]
STEP3 = cm.load_model("step-3")
AT_8K = cm.Workload(context=8192)


def plan(model=STEP3, attention_on=H20, ffn_on=H800, workload=AT_8K, **asked):
    return cm.pair_plan(model, attention_on=attention_on, ffn_on=ffn_on, workload=workload, **asked)


def test_a_plan_reads_as_a_sentence():
    best = plan()
    assert best.words == "6 attention servers of H20, 1 FFN server of H800, 56 accelerators"
    assert best.reason.startswith("Attention stops a larger batch: ")


def test_an_infeasible_plan_says_what_binds_and_by_how_much():
    refused = plan(workload=cm.Workload(context=5_000_000))
    assert not refused.feasible
    assert refused.binding == "attention memory"
    assert refused.load == pytest.approx(refused.memory.attention.used / refused.memory.attention.capacity)
    assert refused.load > 1
    assert f"{refused.load:.3g} times what there is" in refused.reason


@pytest.mark.parametrize(
    ("workload", "tpot", "accelerator"),
    [
        (cm.Workload(context=1_000_000), 0.02, H20),
        (cm.Workload(context=400_000), 0.01, H20),
        (cm.Workload(context=5_000_000), 0.05, H20),
        (cm.Workload(context=8192), 0.002, A800),
    ],
)
def test_every_remedy_makes_the_request_feasible(workload, tpot, accelerator):
    refused = plan(attention_on=accelerator, workload=workload, sla=cm.Sla(tpot=tpot))
    assert not refused.feasible
    assert refused.remedies
    for remedy in refused.remedies:
        changed = {"attention_on": accelerator, "workload": workload, "sla": cm.Sla(tpot=tpot)}
        head, field = remedy.field.split(".")
        old = changed[head]
        changed[head] = old.replace(**{field: remedy.value})
        assert plan(**changed).feasible, remedy.text


def test_nearest_remedy_comes_first():
    refused = plan(workload=cm.Workload(context=400_000), sla=cm.Sla(tpot=0.01))
    factors = [remedy.factor for remedy in refused.remedies]
    assert len(factors) > 1
    assert factors == sorted(factors)
    assert refused.remedies[0].text in refused.reason


def test_deployment_that_does_not_fit_names_a_batch_that_does():
    asked = {"attention_on": H800, "ffn_on": H800, "attention_servers": 2, "ffn_servers": 2, "workload": AT_8K}
    refused = cm.deployment(STEP3, micro_batch=20_000, **asked)
    (remedy,) = refused.remedies
    assert not refused.feasible
    assert cm.deployment(STEP3, micro_batch=int(remedy.value), **asked).feasible
    assert not cm.deployment(STEP3, micro_batch=int(remedy.value) + 16, **asked).feasible


def test_full_attention_layers_of_a_hybrid_leave_a_bubble():
    m1 = plan(cm.load_model("minimax-m1"))
    full, lightning = m1.attention_groups
    assert m1.bubble.cause == full.label
    assert m1.bubble.attention == pytest.approx(70 / 80 * (full.seconds - lightning.seconds) / m1.stage_seconds.cycle)
    assert m1.bubble_share == pytest.approx(m1.bubble.attention * m1.attention_accelerators / m1.accelerator_count)


def test_equal_layers_leave_no_bubble():
    assert plan(cm.load_model("qwen3-32b")).bubble == type(plan().bubble)(0.0, 0.0, 0.0, None)


def test_deepseek_v3_on_h800_needs_fourteen_experts():
    floor = plan(cm.load_model("deepseek-v3"), attention_on=H800).network_floor
    assert not floor.met
    assert f"{floor.sparsity.minimum:.3f}" == "0.058"
    assert floor.experts_needed == 14
    assert "14 routed experts" in floor.text


def test_step_3_is_above_the_network_floor():
    assert plan().network_floor.met


@pytest.mark.parametrize("stages", [3, 4])
@pytest.mark.parametrize("network", [1.0, 0.8])
@pytest.mark.parametrize("accepted", [1.0, 1.5])
def test_network_floor_of_a_plan_is_the_minimum_sparsity(stages, network, accepted):
    found = plan(
        sla=cm.Sla(tpot=0.04, stages=stages),
        workload=cm.Workload(context=8192, draft_length=1, accepted_length=accepted),
        rates=cm.Rates(network=network),
    )
    asked = {"hidden": STEP3.hidden, "layers": STEP3.layers, "tpot": 0.04 * accepted, "stages": stages}
    assert found.network_floor.sparsity.minimum == cm.minimum_sparsity(H800, **asked, nic_share=network)


@pytest.mark.parametrize("stages", [3, 4])
def test_plan_explore_and_search_share_the_network_floor(stages):
    scenario = default_scenario("step-3", accelerators=("h800",)).replace(sla=cm.Sla(stages=stages))
    found = cm.pair_plan(
        scenario.model, attention_on=H800, ffn_on=H800, workload=scenario.workload, sla=scenario.sla
    ).network_floor.sparsity
    ((_, shown),) = sparsity_floors(scenario)
    swept = cm.sweep(scenario, {"workload.context": [8192]}, metrics=["minimum_sparsity"])
    assert found == shown
    assert float(swept["minimum_sparsity"].squeeze()) == found.minimum


def test_a_uniform_workload_has_no_tail():
    assert plan().tail is None


def test_95th_percentile_context_follows_the_spread():
    best = plan(workload=cm.Workload(context=8192, context_deviation=8000.0))
    requests = best.batch * 8
    assert best.tail.context == pytest.approx(8192 + 1.6449 * 8000 / requests**0.5, abs=1)
    assert best.stage_seconds == plan().stage_seconds
    assert not best.tail.feasible


def test_95th_percentile_server_equals_one_at_its_context():
    best = plan(workload=cm.Workload(context=8192, context_deviation=8000.0))
    servers = {"attention_servers": best.attention_servers, "ffn_servers": best.ffn_servers}
    there = cm.deployment(
        STEP3,
        attention_on=H20,
        ffn_on=H800,
        micro_batch=best.micro_batch,
        workload=cm.Workload(context=best.tail.context),
        **servers,
    )
    time, _, _, memory, _ = there.constraints
    assert (best.tail.attention, best.tail.memory) == (time, memory)
    assert best.tail.kv_bytes == there.memory.attention.kv
    assert best.tail.text == (
        f"The 95th percentile attention server sees {best.tail.context:,} tokens: it needs "
        f"{time.used * 1e6:.0f} µs of 273 µs per stage and {memory.used / 1e9:.1f} GB of "
        f"{H20.memory_bytes / 1e9:.1f} GB per accelerator, and misses the SLA."
    )


def test_a_spread_around_the_longest_context_can_be_planned_for():
    longest = plan(workload=cm.Workload(context=10_000_000, context_deviation=5000.0))
    assert longest.tail.context > 10_000_000


def test_95th_percentile_server_with_spare_time_meets_the_sla():
    asked = {"attention_on": H20, "ffn_on": H800, "attention_servers": 6, "ffn_servers": 1, "micro_batch": 480}
    spread = cm.Workload(context=8192, context_deviation=8000.0)
    assert cm.deployment(STEP3, workload=spread, **asked).tail.feasible


def test_more_context_raises_the_ratio_of_attention_servers():
    ratios = []
    for context in (4096, 16_384, 65_536):
        best = plan(workload=cm.Workload(context=context))
        ratios.append(best.attention_servers / best.ffn_servers)
    assert ratios == sorted(ratios)
    assert ratios[0] < ratios[-1]


def test_all_pairs_are_ranked_by_cost_and_the_infeasible_follow():
    rows = cm.plans(scenario(PAPER, sla=cm.Sla(tpot=0.008)))
    kept = [row for row in rows if row.feasible]
    assert len(rows) == 16 + 4
    assert 0 < len(kept) < len(rows)
    assert list(rows[: len(kept)]) == kept
    assert [row.rank for row in kept] == list(range(1, len(kept) + 1))
    costs = [row.deployment.usd_per_million_tokens for row in kept]
    assert costs == sorted(costs)
    assert all(row.rank is None and "times what there is" in row.reason for row in rows[len(kept) :])


def test_pairs_with_a_missing_fact_say_which():
    l4 = cm.load_accelerator("l4")
    rows = cm.plans(scenario([H800, l4]))
    missing = [row for row in rows if row.afd and row.plan is None]
    assert {(row.attention_on.id, row.ffn_on.id) for row in missing} == {("h800", "l4"), ("l4", "h800"), ("l4", "l4")}
    assert all("no network is known for L4" in row.reason for row in missing)


def test_without_prices_output_is_still_planned():
    unpriced = H800.replace(usd_per_hour=None)
    best = plan(attention_on=unpriced, ffn_on=unpriced, objective="throughput")
    assert best.feasible
    assert best.usd_per_million_tokens is None
    assert best.theoretical is None
    with pytest.raises(cm.DomainError, match="no price is known for H800"):
        plan(attention_on=unpriced, ffn_on=unpriced)


def test_unknown_memory_is_refused():
    with pytest.raises(cm.DomainError, match="no memory size is known for H800"):
        plan(attention_on=H800.replace(memory_bytes=None))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"attention_servers": 0}, "attention_servers: 0 is not allowed; must be a whole number from 1"),
        ({"ffn_servers": -1}, "ffn_servers: -1 is not allowed"),
        ({"micro_batch": 0}, "micro_batch: 0 is not allowed"),
        ({"micro_batch": 1.5}, "micro_batch: 1.5 is not allowed"),
    ],
)
def test_counts_below_one_are_refused_by_name(changes, message):
    asked = {"attention_servers": 2, "ffn_servers": 2, "micro_batch": 64, **changes}
    with pytest.raises(cm.DomainError, match=message):
        cm.deployment(STEP3, attention_on=H800, ffn_on=H800, workload=AT_8K, **asked)


@pytest.mark.parametrize("tpot", [0, -0.05, float("nan")])
def test_sla_without_time_is_refused(tpot):
    with pytest.raises(cm.DomainError, match="tpot: "):
        cm.Sla(tpot=tpot)


def test_other_pipelines_than_three_or_four_stages_are_refused():
    with pytest.raises(cm.DomainError, match="stages: 5 is not allowed; must be one of 3, 4"):
        cm.Sla(stages=5)


def test_an_unknown_objective_is_refused():
    with pytest.raises(
        cm.DomainError, match="objective: 'speed' is not allowed; must be one of usd, throughput, accelerators"
    ):
        plan(objective="speed")


def scenario(accelerators, **changes):
    """Step-3 at 8K on some accelerators."""
    return cm.Scenario(model=STEP3, accelerators=accelerators, workload=AT_8K, **changes)


@pytest.mark.parametrize(
    ("side", "gigabytes"),
    [("attention_on", 3), ("ffn_on", 20)],
)
def test_memory_remedy_names_a_size_that_fits(side, gigabytes):
    asked = {"attention_on": H800, "ffn_on": H800, side: H800.replace(memory_bytes=gigabytes * 1e9)}
    model = cm.load_model("deepseek-v3")
    refused = plan(model, **asked, largest_pool=4)
    (remedy,) = refused.remedies
    assert remedy.field == f"{side}.memory_bytes"
    assert plan(model, **asked | {side: H800.replace(memory_bytes=remedy.value)}, largest_pool=4).feasible
    smaller = H800.replace(memory_bytes=remedy.value * 0.99)
    assert not plan(model, **asked | {side: smaller}, largest_pool=4).feasible


def test_remedies_of_large_pools_look_beyond_usual_ones():
    asked = {"ffn_on": H800.replace(memory_bytes=0.9e9), "workload": AT_8K}
    model = cm.load_model("deepseek-v3")
    usual, large = (plan(model, **asked, largest_pool=most) for most in (64, 80))
    needed = [each.remedies[0].value for each in (usual, large)]
    assert not usual.feasible
    assert not large.feasible
    assert needed[1] < needed[0]
