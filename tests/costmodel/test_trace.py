"""Reading request traces: the columns of public traces, arrivals, cached tokens, blocks, and what is refused."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm

AZURE = (
    "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n2023-11-16 18:17:04.0319600,3180,8\n"
)
MOONCAKE = (
    '{"timestamp": 3000, "input_length": 7322, "output_length": 490, "hash_ids": [0, 14, 15]}\n'
    '{"timestamp": 0, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1]}\n'
)


def test_azure_csv_is_read_with_arrivals_in_seconds() -> None:
    trace = cm.read_trace(AZURE)
    assert (trace.prompt.tolist(), trace.output.tolist()) == ([4808, 3180], [10, 8])
    assert trace.arrival.tolist() == pytest.approx([0, 0.052], abs=1e-6)
    assert trace.hit_rate is None
    assert trace.blocks is None


def test_mooncake_lines_are_read_in_order_of_arrival() -> None:
    trace = cm.read_trace(MOONCAKE)
    assert trace.prompt.tolist() == [6758, 7322]
    assert trace.arrival.tolist() == [0, 3]
    assert trace.blocks == ((0, 1), (0, 14, 15))


def test_cached_tokens_give_the_hit_rate() -> None:
    trace = cm.read_trace("arrival,prompt,cached,output\n0,100,50,5\n2.5,300,0,7\n")
    assert trace.hit_rate == pytest.approx(50 / 400)
    assert trace.seconds == 2.5
    assert trace.lengths().mean_missed == pytest.approx(175)


def test_unknown_hits_are_not_taken_as_none() -> None:
    trace = cm.read_trace(AZURE)
    with pytest.raises(cm.DomainError, match="hit_rate: is not known from the trace"):
        trace.lengths()
    assert trace.lengths(hit_rate=0.5).mean_cached == pytest.approx((4808 + 3180) / 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prompt,cached,output\n10,10,1\n", r"cached: 10 is not allowed; must be below prompt, 10 \[row 2\]"),
        ("prompt,output,arrival\n10,1,now\n", r"arrival: 'now' is not allowed; must be a number or a date.*\[row 2\]"),
        ("prompt,output,arrival\n10,1,\n", r"arrival: is missing.*\[row 2\]"),
        ("prompt,output,arrival\n10,1,inf\n", r"arrival: 'inf' is not allowed.*\[row 2\]"),
        ('{"prompt": 1, "output": 2}\n{"prompt": 1}\n', r"output: is missing.*\[row 2\]"),
        ('{"prompt": 1, "output": 2}\n[1]\n', r"trace: '\[1\]' is not a JSON object \[row 2\]"),
        ('{"prompt": 1, "output": 2}\n\n{"prompt": 1, "output": 2}\n', r"'' is not a JSON object \[row 2\]"),
        ('{"prompt": true, "output": 2}\n', r"prompt: True is not allowed.*\[row 1\]"),
        ('{"prompt": 1.5, "output": 2}\n', r"prompt: 1.5 is not allowed.*\[row 1\]"),
        ('{"prompt": 1, "output": 2, "hash_ids": [1.5]}\n', r"hash_ids: \[1.5\] is not allowed.*\[row 1\]"),
        ('{"prompt": 1}\n', "output_column: no column output or"),
        ("prompt,output\n", "trace: holds no request"),
        ("prompt,output\n1_000,2\n", r"prompt: '1_000' is not allowed; must be a whole number from 0 \[row 2\]"),
        ("prompt,output\n\u0661,2\n", r"prompt: '\u0661' is not allowed; must be a whole number from 0 \[row 2\]"),
        ("prompt,output\n99999999,2\n", r"prompt: 99999999 is not allowed; must be .* to 10,000,000 \[row 2\]"),
        ("prompt,output,arrival\n1,2,1_0\n", r"arrival: '1_0' is not allowed.*\[row 2\]"),
        ('{"prompt": "1_000", "output": 2}', r"prompt: '1_000' is not allowed.*\[row 1\]"),
        ('prompt,output\n"1,2\n3,4\n', r"trace: is not a CSV file: unexpected end of data \[row 3\]"),
        ('"prompt,output\n1,2\n', r"trace: is not a CSV file: unexpected end of data \[row 2\]"),
        ('"prompt' + "x" * 200_000, "trace: is not a CSV file: field larger than field limit"),
        ('{"prompt": ' + "[" * 100_000 + "\n", "is not a JSON object"),
    ],
)
def test_bad_traces_are_refused_with_column_and_row(text: str, message: str) -> None:
    with pytest.raises(cm.DomainError, match=message):
        cm.read_trace(text)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_any_line_end_and_a_byte_order_mark_are_read(start: str, end: str) -> None:
    trace = cm.read_trace(start + end.join(["prompt,output", "100,10", " 300 ,30", ""]))
    assert (trace.prompt.tolist(), trace.output.tolist()) == ([100, 300], [10, 30])


def test_an_overlong_line_is_refused() -> None:
    with pytest.raises(cm.DomainError, match="a line holds at most 1,000,000 characters"):
        cm.read_trace('{"prompt": 1, "output": 2, "hash_ids": [' + "1," * 600_000 + "1]}")


requests = st.lists(st.tuples(st.integers(1, 10_000), st.integers(0, 1000)), min_size=1, max_size=20)


@given(requests)
def test_csv_and_json_lines_read_alike(pairs: list[tuple[int, int]]) -> None:
    table = "prompt,output\n" + "".join(f"{prompt},{output}\n" for prompt, output in pairs)
    lines = "\n".join(json.dumps({"input_length": prompt, "output_length": output}) for prompt, output in pairs)
    one, other = cm.read_trace(table), cm.read_trace(lines)
    assert np.array_equal(one.prompt, other.prompt)
    assert np.array_equal(one.output, other.output)
