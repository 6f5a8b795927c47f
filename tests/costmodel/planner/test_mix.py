"""What a decode step sees when requests differ, against enumeration; and what is refused, with its row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm

requests = st.lists(st.tuples(st.integers(0, 500), st.integers(1, 60)), min_size=1, max_size=20)


@given(requests)
def test_mean_and_spread_equal_those_of_all_decode_steps(pairs):
    seen = np.array([prompt + step for prompt, output in pairs for step in range(1, output + 1)])
    mix = cm.mix_of_requests([p for p, _ in pairs], [d for _, d in pairs])
    assert mix.mean == pytest.approx(seen.mean())
    assert mix.deviation == pytest.approx(seen.std(), abs=1e-6)


def test_long_outputs_are_seen_more_often():
    mix = cm.mix_of_requests([100, 300], [10, 30])
    assert mix.mean == pytest.approx((100 * 10 + 300 * 30 + 55 + 465) / 40)
    assert mix.mean > np.mean([105, 315])


def test_weighted_contexts_have_their_mean_and_spread():
    mix = cm.mix_of_contexts([1000, 5000], weights=[3, 1])
    assert mix.mean == 2000
    assert mix.deviation == pytest.approx((0.75 * 1000**2 + 0.25 * 3000**2) ** 0.5)


def test_a_mix_becomes_the_workload_of_a_plan():
    mix = cm.mix_of_contexts([1000, 2001])
    assert mix.workload(draft_length=1, accepted_length=1.5) == cm.Workload(
        context=1501, context_deviation=mix.deviation, draft_length=1, accepted_length=1.5
    )


def test_a_trace_is_read_by_the_names_that_public_traces_use():
    azure = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03,4808,10\n2023-11-16 18:17:04,3180,8\n"
    assert cm.mix_of_trace(azure) == cm.mix_of_requests([4808, 3180], [10, 8])


def test_columns_of_a_trace_can_be_named():
    text = "p,d\n5,6\n"
    assert cm.mix_of_trace(text, prompt_column="p", output_column="d") == cm.mix_of_requests([5], [6])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prompt,output\n1,2\n3,-4\n", r"output: -4 is not allowed; must be .* from 0 .*\[row 3\]"),
        ("prompt,output\n1,2\n,4\n", r"prompt: is missing.*\[row 3\]"),
        ("prompt,output\n1,2\n3\n", r"output: is missing.*\[row 3\]"),
        ("prompt,output\n1.5,2\n", r"prompt: '1.5' is not allowed.*\[row 2\]"),
        ("prompt,output\n99999999999,2\n", r"prompt: 99999999999 is not allowed.*\[row 2\]"),
        ("prompt,output\n1,0\n", "output: all are 0"),
        ("prompt,output\n", "holds no request"),
        ("prompt\n1\n", "no column output or output_tokens or"),
        ("", "no column prompt or"),
    ],
)
def test_bad_traces_are_refused_with_their_row(text, message):
    with pytest.raises(cm.DomainError, match=message):
        cm.mix_of_trace(text)


@pytest.mark.parametrize(
    ("contexts", "weights", "message"),
    [
        ([], None, "contexts: is empty"),
        ([-1], None, r"contexts: -1 is not allowed.*\[row 1\]"),
        ([1, 2], [1], "1 weights for 2 contexts"),
        ([1, 2], [1, -1], r"weights: -1 is not allowed.*\[row 2\]"),
        ([1, 2], [0, 0], "weights: are all 0"),
    ],
)
def test_bad_mixes_are_refused(contexts, weights, message):
    with pytest.raises(cm.DomainError, match=message):
        cm.mix_of_contexts(contexts, weights)


def test_prompts_and_outputs_are_pairs():
    with pytest.raises(cm.DomainError, match="1 lengths for 2 prompts"):
        cm.mix_of_requests([1, 2], [3])
