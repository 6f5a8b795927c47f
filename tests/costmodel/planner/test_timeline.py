"""The timeline obeys the dependency recurrence and runs at the pace that the plan SLAs."""

import itertools

import pytest

import costmodel as cm

H800, H20 = cm.load_accelerator("h800"), cm.load_accelerator("h20")


def plan(name="step-3", **sla):
    return cm.pair_plan(
        cm.load_model(name), attention_on=H20, ffn_on=H800, workload=cm.Workload(context=8192), sla=cm.Sla(**sla)
    )


@pytest.mark.parametrize("stages", [3, 4])
@pytest.mark.parametrize("name", cm.models())
def test_the_steady_state_keeps_the_time_per_token_of_the_plan(name, stages):
    best = plan(name, stages=stages)
    assert cm.timeline(best).tpot == pytest.approx(best.tpot)


@pytest.mark.parametrize("name", ["qwen3-32b", "pangu-pro-moe", "qwen3-235b-a22b"])
def test_equal_layers_run_at_that_pace_without_being_paced(name):
    best = plan(name)
    assert cm.timeline(best, paced=False).tpot == pytest.approx(best.tpot)


def test_drafts_shorten_the_time_per_accepted_token():
    drafted = cm.pair_plan(
        cm.load_model("step-3"),
        attention_on=H20,
        ffn_on=H800,
        workload=cm.Workload(context=8192, draft_length=2, accepted_length=2.5),
    )
    assert cm.timeline(drafted).tpot == pytest.approx(drafted.tpot)


def test_servers_of_a_hybrid_that_are_not_paced_gain_on_the_plan():
    m1 = cm.deployment(
        cm.load_model("minimax-m1"),
        attention_on=H800,
        ffn_on=H800,
        attention_servers=2,
        ffn_servers=2,
        micro_batch=320,
        workload=cm.Workload(context=65_536),
    )
    assert m1.stage_seconds.slowest == "attention"
    assert cm.timeline(m1, paced=False).tpot < cm.timeline(m1).tpot


def test_stage_waits_for_its_input_and_its_server():
    best = plan(stages=4)
    spans = cm.timeline(best, 5, paced=False).spans
    order = ("attention", "dispatch", "ffn", "combine")
    at = {(span.layer, span.micro_batch, span.stage): span for span in spans}
    assert len(spans) == 5 * 4 * 4
    for (layer, micro_batch, stage), span in at.items():
        before = order.index(stage) - 1
        previous = (layer, micro_batch, order[before]) if before >= 0 else (layer - 1, micro_batch, "combine")
        ready = at[previous].end if previous in at else 0.0
        turn = (layer, micro_batch - 1, stage) if micro_batch else (layer - 1, 3, stage)
        free = at[turn].end if turn in at else 0.0
        assert span.start == max(ready, free)


def test_no_server_works_on_two_micro_batches_at_once():
    for stage in ("attention", "network", "ffn"):
        spans = [span for span in cm.timeline(plan("minimax-m1"), 20).spans if span.stage == stage]
        assert all(first.end <= second.start for first, second in itertools.pairwise(spans))


def test_bars_last_as_long_as_their_stage():
    best = plan()
    times = {"attention": best.stage_seconds.attention, "network": best.stage_seconds.network}
    for span in cm.timeline(best, 2).spans:
        if span.stage in times:
            assert span.end - span.start == pytest.approx(times[span.stage])


@pytest.mark.parametrize("layers", [0, 62, 2.5])
def test_layers_that_the_model_does_not_have_are_refused(layers):
    with pytest.raises(cm.DomainError, match=r"layers: .* must be a whole number from 1 to 61"):
        cm.timeline(plan(), layers)
