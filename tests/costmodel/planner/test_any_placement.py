"""Every preset model on every accelerator in any placement: a positive time with notes, or one named reason."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.measured_rates import kernel_rates

MODELS = [cm.load_model(name) for name in cm.models()]
ACCELERATORS = [each for each in map(cm.load_accelerator, cm.accelerators()) if each.unknown(4, 8, 16) is None]
NAMED = ("expert_parallel", "moe_tensor_parallel", "tensor_parallel", "nics_per_server", "batch", "memory_bytes")
"""Fields that a refusal may name: what does not divide, and facts of an accelerator that nobody published."""

placements = st.builds(
    lambda tensor, data, part, overlap, dispatch: {
        "tensor_parallel": tensor,
        "data_parallel": data,
        "expert_parallel": math.gcd(tensor * data, part),
        "overlap": overlap,
        "dispatch": dispatch,
    },
    st.sampled_from([1, 2, 4, 8, 16]),
    st.sampled_from([1, 2, 4, 8, 32]),
    st.sampled_from([1, 2, 4, 8, 16, 64, 256]),
    st.sampled_from(["none", "two-batch", "shared"]),
    st.sampled_from(["auto", "all-gather", "all-to-all"]),
)


def question(*, model, accelerator, batch, context, prefill_share, drafts):
    return {
        "model": model,
        "accelerator": accelerator,
        "batch": batch,
        "workload": cm.Workload(context=context, draft_length=drafts, accepted_length=1 + drafts / 2),
        "rates": kernel_rates(accelerator),
        "prefill_share": prefill_share,
    }


questions = st.builds(
    question,
    model=st.sampled_from(MODELS),
    accelerator=st.sampled_from(ACCELERATORS),
    batch=st.integers(1, 512),
    context=st.sampled_from([1, 100, 8192, 1_000_000]),
    prefill_share=st.sampled_from([0.0, 0.1, 8.0]),
    drafts=st.integers(0, 3),
)


def divides(model, ranks):
    """Whether heads and widths of a model divide by ranks; those of a few models with 28 or 40 heads do not by 8."""
    try:
        cm.Placement(tensor_parallel=ranks).check(model)
    except cm.DomainError as refusal:
        assert "must divide" in str(refusal)  # noqa: PT017
        return False
    return True


def check(found):
    assert math.isfinite(found.tpot)
    assert found.tpot > 0
    parts = dict(found.step.items())
    assert all(math.isfinite(seconds) and seconds >= 0 for seconds in parts.values())
    assert sum(parts.values()) == pytest.approx(found.tpot * found.pool.workload.accepted_length)
    assert 0 < found.band[0] <= 1 <= found.band[1]
    assert found.feasible or found.reason


@settings(max_examples=200, deadline=None)
@given(asked=questions, fields=placements)
def test_any_placement_is_timed_or_refused_by_name(asked, fields):
    try:
        found = cm.colocated(placement=cm.Placement(**fields), **asked)
    except cm.DomainError as refusal:
        refused = {problem.field for problem in refusal.problems}
    else:
        check(found)
        return
    assert refused <= set(NAMED)


@pytest.mark.parametrize("name", [name for name in cm.rates_presets() if cm.load_rates(name).kernels])
def test_every_model_runs_at_every_rates_preset(name):
    rates = cm.load_rates(name)
    accelerator = cm.load_accelerator(next(iter(rates.accelerators), "h100"))
    asked = {"batch": 8, "workload": cm.Workload(context=4096), "rates": rates}
    for model in MODELS:
        most = max(ranks for ranks in (1, 2, 4, 8) if divides(model, ranks))
        check(cm.colocated(model, accelerator, placement=cm.Placement(tensor_parallel=most), **asked))


@pytest.mark.parametrize("name", ["deepseek-v3", "falcon-7b", "qwen3-32b"])
def test_every_accelerator_without_kernels_says_what_it_borrows(name):
    model, placed = cm.load_model(name), cm.Placement(data_parallel=2)
    for accelerator in ACCELERATORS:
        rates = kernel_rates(accelerator)
        if rates.id == "generic":
            asked = {"placement": placed, "batch": 8, "workload": cm.Workload(context=4096), "rates": rates}
            notes = cm.colocated(model, accelerator, **asked).notes
            assert any(note.startswith("borrowed kernels: ") for note in notes)
            assert any(note.startswith("borrowed links: ") for note in notes)
