"""The prefill form of each attention mechanism: published work per token and pair, and laws that all of them keep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.attention.pairs import causal_pairs, window_pairs
from costmodel.validation.paper import agrees

MODELS = {name: cm.load_model(name) for name in cm.models()}
lengths = st.integers(1, 400)


def linear_gflop(model: cm.Model) -> float:
    """Projections and active FFN weights per computed token [GFLOP]."""
    return 2 * (model.parameters.attention + model.parameters.ffn_active) / 1e9


def core_per_pair(model: cm.Model) -> float:
    """Core work of all layers for the first token, which makes a single pair [FLOP]."""
    return sum(group.layers * group.prefill_core_flops(1, 0) for group in model.attention)


@pytest.mark.parametrize(
    ("name", "linear", "core"),
    [
        ("deepseek-v3", "71.183", "4.997e6"),
        ("step-3", "73.949", "3.998e6"),
        ("qwen3-235b-a22b", "41.792", "3.080e6"),
        ("kimi-k2", "60.69", "2.499e6"),
    ],
)
def test_work_per_token_and_pair_is_that_of_the_reference(name: str, linear: str, core: str) -> None:
    assert agrees(linear_gflop(MODELS[name]), linear)
    assert agrees(core_per_pair(MODELS[name]), core)


def test_mla_expands_its_cached_latents_again() -> None:
    reread = sum(group.layers * group.prefill_reread_flops(1) for group in MODELS["deepseek-v3"].attention)
    assert agrees(reread / 1e9, "2.047")


def test_mla_does_less_work_per_pair_in_prefill_than_absorbed() -> None:
    exact = MODELS["deepseek-v3"].attention[0].replace(accounting="exact")
    assert exact.core_flops_per_cached_token() / exact.prefill_flops_per_pair() == pytest.approx(3.4)


@given(lengths, st.integers(1, 500), st.data())
def test_pairs_equal_those_counted_one_by_one(prompt: int, window: int, data: st.DataObject) -> None:
    cached = data.draw(st.integers(0, prompt - 1))
    assert causal_pairs(prompt, cached) == sum(range(cached + 1, prompt + 1))
    assert window_pairs(prompt, cached, window) == sum(min(i, window) for i in range(cached + 1, prompt + 1))


@given(st.sampled_from(sorted(MODELS)), lengths, st.data())
def test_prefill_in_two_parts_does_the_same_core_work(name: str, prompt: int, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, prompt))
    for group in MODELS[name].attention:
        parts = group.prefill_core_flops(cut, 0) + group.prefill_core_flops(prompt, cut)
        assert parts == pytest.approx(group.prefill_core_flops(prompt, 0), rel=1e-12)


@given(st.sampled_from(sorted(MODELS)), lengths)
def test_core_work_never_falls_with_the_prompt(name: str, prompt: int) -> None:
    for group in MODELS[name].attention:
        assert group.prefill_core_flops(prompt + 1, 0) > group.prefill_core_flops(prompt, 0)
