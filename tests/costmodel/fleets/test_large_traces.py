"""Traces read in chunks: the same fleet as the whole, sums exact, rows of errors counted in the file."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import costmodel as cm

SCENARIO = cm.from_query("accelerators=h800.h20&demand.requests_per_day=20e6").scenario
ROWS = 3000


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    chance = np.random.default_rng(0)
    prompt = np.maximum(chance.lognormal(8.5, 1, ROWS).astype(int), 2)
    output = np.maximum(chance.lognormal(5, 1, ROWS).astype(int), 1)
    cached = (chance.uniform(0, 0.8, ROWS) * (prompt - 1)).astype(int)
    arrival = np.sort(chance.uniform(0, 3600, ROWS)).round(3)
    table = zip(arrival, prompt, output, cached, strict=True)
    lines = ["arrival,prompt,output,cached", *(",".join(map(str, row)) for row in table)]
    path = tmp_path_factory.mktemp("traces") / "trace.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def whole(file: Path) -> cm.Trace:
    return cm.read_trace(file.read_text(encoding="utf-8"))


def test_chunks_give_the_requests_and_tokens_of_the_whole(file: Path) -> None:
    one, merged = whole(file), cm.read_traces(file, rows=700)
    assert merged.requests == one.requests == ROWS
    assert len(merged) < ROWS + 1
    assert merged.seconds == pytest.approx(one.seconds)
    assert merged.hit_rate == pytest.approx(one.hit_rate, rel=1e-3)
    counts = cm.trace_profile(one).requests
    assert np.array_equal(cm.trace_profile(merged).requests, counts)
    for name in ("mean_prompt", "mean_output"):
        assert getattr(cm.trace_profile(merged), name) == pytest.approx(getattr(cm.trace_profile(one), name), rel=1e-3)


def test_chunks_give_the_fleet_of_the_whole(file: Path) -> None:
    one, merged = (cm.fleet(SCENARIO, trace=each) for each in (whole(file), cm.read_traces(file, rows=1000)))
    assert merged.usd_per_month == pytest.approx(one.usd_per_month, rel=0.01)
    assert merged.slots.arrivals == pytest.approx(one.slots.arrivals)
    assert merged.slots.context == pytest.approx(one.slots.context, rel=1e-3)
    assert merged.slots.missed == pytest.approx(one.slots.missed, rel=1e-3)


def test_size_of_chunks_and_workers_do_not_matter(file: Path) -> None:
    alone = cm.read_traces(file, rows=10_000)
    with ThreadPoolExecutor(2) as pool:
        spread = cm.read_traces(file, rows=97, client=pool)
    for name in ("prompt", "output", "cached", "arrival", "count"):
        assert np.array_equal(getattr(alone, name), getattr(spread, name))


def test_many_traces_lie_on_one_day(file: Path) -> None:
    once, twice = cm.read_traces(file), cm.read_traces([file, str(file)])
    assert twice.requests == 2 * once.requests
    assert twice.seconds == pytest.approx(2 * (once.seconds or 0))
    assert cm.Demand(trace=twice).slots().arrivals == pytest.approx(cm.Demand(trace=once).slots().arrivals)


def test_json_lines_without_arrivals_are_merged_too(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_text('{"input_length": 600, "output_length": 5}\n' * 5, encoding="utf-8")
    merged = cm.read_traces(path, rows=2)
    assert (len(merged), merged.requests, merged.arrival, merged.cached) == (1, 5, None, None)
    assert merged.lengths(hit_rate=0.5).mean_cached == 300


@pytest.mark.parametrize(
    ("text", "rows", "message"),
    [
        ("prompt,output\n10,1\n20,2\n30,x\n", 2, r"output: 'x' is not allowed.*\[row 4\]"),
        ('{"prompt": 10, "output": 1}\n{"prompt": 20}\n', 1, r"output: is missing.*\[row 2\]"),
        ("arrival,prompt,output\n5,10,1\n9,20,2\n1,30,3\n9,30,3\n", 2, "arrive before the first one of the file"),
        ("prompt,output\n", 2, "holds no request"),
        ("prompt,output\n10,1\n", 0, "rows: 0 is not allowed"),
    ],
)
def test_bad_rows_are_counted_in_the_file(tmp_path: Path, text: str, rows: int, message: str) -> None:
    path = tmp_path / "trace.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(cm.DomainError, match=message):
        cm.read_traces(path, rows=rows)


@pytest.mark.parametrize("kept", [None, 40])
@pytest.mark.parametrize("rows", [7, 50, 1000])
def test_hits_of_blocks_over_chunks_are_those_of_the_whole(tmp_path: Path, rows: int, kept: int | None) -> None:
    chance = np.random.default_rng(3)
    lines = []
    for place in range(300):
        blocks = [int(chance.integers(20)) * 100 + depth for depth in range(int(chance.integers(1, 6)))]
        request = {"timestamp": place * 10, "input_length": 512 * len(blocks), "output_length": 5, "hash_ids": blocks}
        lines.append(json.dumps(request))
    path = tmp_path / "blocks.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    one = cm.with_prefix_hits(cm.read_trace(path.read_text(encoding="utf-8")), blocks_kept=kept)
    assert one.hit_rate > 0.1
    with ThreadPoolExecutor(2) as pool:
        found = [cm.read_traces(path, rows=rows, client=client, blocks_kept=kept) for client in (None, pool)]
    for merged in found:
        assert (merged.cached * merged.count).sum() == pytest.approx(one.cached.sum(), rel=1e-6)
    twice = cm.read_traces([path, path], rows=rows, blocks_kept=kept)
    assert (twice.cached * twice.count).sum() == pytest.approx(2 * one.cached.sum(), rel=1e-6)
    larger = cm.read_traces(path, rows=rows, block_tokens=100)
    assert larger.hit_rate < one.hit_rate


def test_no_trace_at_all_is_refused() -> None:
    with pytest.raises(cm.DomainError, match="paths: is empty"):
        cm.read_traces([])
