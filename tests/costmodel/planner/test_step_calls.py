"""Where the time of a decode step goes: parts and kernel calls sum up to it, and say what binds them."""

import pytest

import costmodel as cm

H200 = cm.load_accelerator("h200")
DSV3 = cm.load_model("deepseek-v3")
DRAFTED = cm.Workload(context=1536, draft_length=1, accepted_length=1.7)
PLACED = {
    "whole": cm.Placement(tensor_parallel=8),
    "spread": cm.Placement(data_parallel=16, expert_parallel=16, overlap="two-batch"),
}


def run(placement=PLACED["whole"], model=DSV3, batch=64, workload=DRAFTED, accelerator=H200, **more):
    rates = more.pop("rates", cm.kernel_rates(accelerator))
    return cm.colocated(model, accelerator, placement=placement, batch=batch, workload=workload, rates=rates, **more)


@pytest.mark.parametrize("placement", PLACED.values(), ids=PLACED)
@pytest.mark.parametrize("name", ["deepseek-v3", "step-3", "minimax-m1", "qwen3-32b"])
def test_calls_of_a_part_sum_to_its_time(name, placement):
    found = run(placement, cm.load_model(name))
    parts = cm.step_parts(found)
    assert sum(part.seconds for part in parts) == pytest.approx(found.step.total)
    assert sum(part.share for part in parts) == pytest.approx(1)
    for part in parts:
        called = sum(call.total for call in part.calls)
        if part.name in ("core", "projections", "experts", "shared"):
            assert called == pytest.approx(part.seconds)
        else:
            assert called <= part.seconds


def test_a_call_is_the_smooth_maximum_of_its_terms():
    for part in cm.step_parts(run()):
        for call in part.calls:
            longest = (call.memory**4 + call.compute**4 + call.serial**4) ** 0.25
            assert call.seconds == pytest.approx(call.fixed + longest)


def test_every_layer_is_called_once_per_micro_batch():
    (core,) = [part for part in cm.step_parts(run(PLACED["spread"])) if part.name == "core"]
    assert sum(call.count for call in core.calls) == 2 * (61 + 1)


def test_small_batches_wait_for_launches_and_weights():
    few = {part.name: part.bound for part in cm.step_parts(run(batch=1))}
    assert few["core"] == few["element_wise"] == few["overhead"] == "fixed time"
    many = {
        part.name: part.bound
        for part in cm.step_parts(run(PLACED["spread"], batch=512, workload=cm.Workload(context=32_768)))
    }
    assert many["core"] == "compute"
    assert few["communication"] == "network"


def test_borrowed_kernels_stand_beside_their_part():
    parts = {part.name: part.borrowed for part in cm.step_parts(run())}
    assert parts["core"] == ("8-bit MLA core (16-bit kernel's shares at the 8-bit rate)",)
    assert parts["projections"] == ()


def test_ideal_rates_have_parts_without_calls():
    parts = cm.step_parts(run(rates=cm.IDEAL))
    assert [part.name for part in parts] == ["core", "projections", "experts", "shared"]
    assert all(part.calls == () and part.bound == "" for part in parts)


def test_the_default_placement_has_a_step_too():
    found = cm.colocated(DSV3, H200, workload=DRAFTED, rates=cm.kernel_rates(H200), largest_pool=4)
    core = cm.step_parts(found)[0]
    assert sum(call.total for call in core.calls) == pytest.approx(found.step.core)


@pytest.mark.parametrize("rates", [cm.kernel_rates(H200), cm.IDEAL], ids=["kernels", "ideal"])
def test_a_step_is_explained_part_by_part(rates):
    found = run(rates=rates, prefill_share=0.5)
    whole, *parts = cm.explain_step(found)
    values = {term.symbol: term.value for term in whole.terms}
    assert values["TPOT"] == found.tpot
    assert values["output"] == found.tokens_per_second_per_gpu
    assert len(parts) == len(cm.step_parts(found))
    for part, explanation in zip(cm.step_parts(found), parts, strict=True):
        shown = {term.symbol: term.value for term in explanation.terms}
        assert shown[part.name] == part.seconds
        assert all(shown[f"t{place}"] > 0 for place in range(1, min(len(part.calls), 3) + 1))
