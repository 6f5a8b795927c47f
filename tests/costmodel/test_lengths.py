"""Distributions of request lengths: exact moments, expectations, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.attention.pairs import causal_pairs


@given(st.floats(1, 1e6), st.floats(0, 5))
def test_a_spread_has_exactly_its_mean_and_cv(mean: float, cv: float) -> None:
    lengths = cm.Lengths.spread(mean, prompt_cv=cv)
    assert lengths.mean_prompt == pytest.approx(mean, rel=1e-9)
    assert lengths.mean(lengths.prompt**2) == pytest.approx(mean**2 * (1 + cv**2), rel=1e-9)


@given(st.floats(10, 1e5), st.floats(0, 3))
def test_mean_pairs_exceed_pairs_of_the_mean_by_the_spread(mean: float, cv: float) -> None:
    lengths = cm.Lengths.spread(mean, prompt_cv=cv)
    expected = (mean**2 * (1 + cv**2) + mean) / 2
    assert lengths.mean(causal_pairs(lengths.prompt)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("cv", [0.5, 1.0, 2.0])
def test_a_kinked_expectation_is_that_of_the_lognormal(cv: float) -> None:
    lengths = cm.Lengths.spread(4096, prompt_cv=cv)
    rng = np.random.default_rng(0)
    sigma = np.log1p(cv**2) ** 0.5
    sample = rng.lognormal(np.log(4096) - sigma**2 / 2, sigma, 400_000)
    assert lengths.mean(np.minimum(lengths.prompt, 2048)) == pytest.approx(np.minimum(sample, 2048).mean(), rel=3e-3)


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(1, 60)), min_size=1, max_size=20))
def test_decode_context_equals_every_step_enumerated(pairs: list[tuple[int, int]]) -> None:
    seen = [prompt + step for prompt, output in pairs for step in range(1, output + 1)]
    lengths = cm.Lengths.of([p for p, _ in pairs], output=[d for _, d in pairs])
    assert lengths.decode_context == pytest.approx(np.mean(seen))
    mix = cm.mix_of_requests([p for p, _ in pairs], [d for _, d in pairs])
    assert lengths.decode_context == pytest.approx(mix.mean)


def test_cached_tokens_are_part_of_the_prompt() -> None:
    lengths = cm.Lengths.spread(8192, 1024, prompt_cv=1, output_cv=0.5, hit_rate=0.25)
    assert lengths.mean_cached + lengths.mean_missed == pytest.approx(lengths.mean_prompt)
    assert lengths.mean_cached == pytest.approx(2048)
    assert lengths.mean_output == pytest.approx(1024)
    assert lengths.share.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: cm.Lengths.equal(0), "prompt: 0 is not allowed; must be from 1"),
        (lambda: cm.Lengths.equal(100, cached=100), "cached: 100 is not allowed; must be from 0 to below the prompt"),
        (lambda: cm.Lengths.equal(100, cached=-1), "cached: -1 is not allowed"),
        (lambda: cm.Lengths.of([5, 5], output=[1, -1]), r"output: -1 is not allowed; must be from 0 \[row 2\]"),
        (lambda: cm.Lengths.of([]), "prompt: is empty"),
        (lambda: cm.Lengths.of([float("nan")]), "prompt: nan is not allowed"),
        (lambda: cm.Lengths.spread(100, hit_rate=1.0), "hit_rate: 1.0 is not allowed; must be from 0 to 0.99"),
        (lambda: cm.Lengths.spread(100, prompt_cv=-1), "prompt_cv: -1 is not allowed; must be from 0 to 5"),
        (lambda: cm.Lengths.equal(100).decode_context, "output: all are 0"),
    ],
)
def test_bad_lengths_are_refused(make, message: str) -> None:
    with pytest.raises(cm.DomainError, match=message):
        make()
