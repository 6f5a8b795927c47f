"""The mean context of complete public traces, to the printed digit.

A mean over decode steps depends on prompts only through their total per output length, so that is all that a file in
`traces` keeps of a trace: `requests` with that `output` length and the sum of their `prompts`, all in tokens.
`reference.csv` holds what was computed from the complete traces, independently of this library, and where they are.
"""

import csv
from pathlib import Path

import pytest

import costmodel as cm
from costmodel.validation.paper import agrees

FOLDER = Path(__file__).parent / "traces"


def rows(name):
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def lengths(trace):
    """Prompts and outputs that stand in for the requests of a trace: equal prompts, to a token, per output length."""
    prompts, outputs = [], []
    for row in rows(f"{trace}.csv"):
        output, requests, total = (int(row[name]) for name in ("output", "requests", "prompts"))
        each, longer = divmod(total, requests)
        prompts += [each + 1] * longer + [each] * (requests - longer)
        outputs += [output] * requests
    return prompts, outputs


@pytest.fixture(params=rows("reference.csv"), ids=lambda row: row["trace"])
def reference(request):
    return request.param


def test_mean_context_of_complete_traces(reference):
    mix = cm.mix_of_requests(*lengths(reference["trace"]))
    assert agrees(mix.mean, reference["mean_context"])


def test_the_kept_lengths_are_those_of_all_requests_of_the_trace(reference):
    prompts, outputs = lengths(reference["trace"])
    assert len(prompts) == int(reference["requests"])
    assert agrees(sum(prompts) / len(prompts), reference["mean_prompt"])
    assert agrees(sum(outputs) / len(outputs), reference["mean_output"])


def test_mean_over_requests_differs_from_mean_over_steps(reference):
    prompts, outputs = lengths(reference["trace"])
    over_requests = (sum(prompts) + sum(outputs) / 2) / len(prompts)
    assert abs(over_requests / float(reference["mean_context"]) - 1) > 0.02


def test_a_plan_takes_the_mean_of_a_trace_rounded_up_to_a_token(reference):
    workload = cm.mix_of_requests(*lengths(reference["trace"])).workload()
    assert 0 <= workload.context - float(reference["mean_context"]) < 1
