"""Prefill: the ideal table to the printed digit, expectations over lengths, the network bracket, chunks, transfer."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.requests.prefill import network_bytes_per_token
from costmodel.requests.transfer import nic_load
from costmodel.validation.paper import agrees

MODELS = {name: cm.load_model(name) for name in ("deepseek-v3", "step-3", "qwen3-235b-a22b")}
ACCELERATORS = {name: cm.load_accelerator(name) for name in ("h800", "h20", "a800", "910b")}
H800 = ACCELERATORS["h800"]
MEASURED = cm.Rates(core=0.63, gemm=0.64, network=0.9)
"""Shares that InferSim's prefill kernels and DeepEP reach on H800 at 4K."""


@pytest.mark.parametrize(
    ("model", "printed", "tokens_per_second"),
    [
        ("deepseek-v3", ("0.0257", "0.0688", "0.0544", "0.0541"), "21598"),
        ("step-3", ("0.0253", "0.0678", "0.0548", "0.0546"), "21916"),
        ("qwen3-235b-a22b", ("0.0153", "0.0408", "0.0321", "0.0320"), "36381"),
    ],
)
def test_the_ideal_table_comes_out_to_the_printed_digit(model, printed, tokens_per_second) -> None:
    for accelerator, usd in zip(ACCELERATORS.values(), printed, strict=True):
        found = cm.prefill(MODELS[model], accelerator, prompt=4096)
        assert agrees(found.usd_per_million_tokens, usd)
    assert agrees(cm.prefill(MODELS[model], H800, prompt=4096).tokens_per_second, tokens_per_second)


def test_long_prompts_cost_as_the_reference_prints() -> None:
    assert agrees(cm.prefill(MODELS["deepseek-v3"], H800, prompt=32_768).usd_per_million_tokens, "0.0660")
    assert agrees(cm.prefill(MODELS["step-3"], H800, prompt=32_768).usd_per_million_tokens, "0.0575")
    assert agrees(cm.prefill(MODELS["step-3"], H800, prompt=32_768).seconds, "3.394")
    assert agrees(cm.prefill(MODELS["step-3"], H800, prompt=32_768, cached=29_491).seconds, "0.535")


def test_the_accelerator_that_wins_decoding_loses_prefill() -> None:
    model = MODELS["qwen3-235b-a22b"]
    best = cm.cheapest(
        cm.Scenario(model=model, accelerators=list(ACCELERATORS.values()), workload=cm.Workload(context=8192))
    )
    usd = {name: cm.prefill(model, one, prompt=4096).usd_per_million_tokens for name, one in ACCELERATORS.items()}
    assert best.pair.attention_on.id == "h20"
    assert min(usd, key=usd.__getitem__) == "h800"
    assert usd["h20"] / usd["h800"] == pytest.approx(2.7, abs=0.05)


def test_expert_parallel_bytes_per_token() -> None:
    sent = network_bytes_per_token(MODELS["deepseek-v3"], 4)
    assert agrees(sent / 1e6, "3.38")
    assert agrees(sent / (3 * 7168 * 58), "2.71")
    assert cm.prefill(MODELS["deepseek-v3"], H800, prompt=4096).network_seconds == 0


def test_measured_prefill_lies_inside_the_overlap_bracket() -> None:
    found = cm.prefill(MODELS["deepseek-v3"], H800, prompt=4096, rates=MEASURED, servers=4)
    slow, fast = (found.missed / each for each in (found.slowest, found.fastest))
    # Printed 6,766 and 13,310 with shares of more digits.
    assert slow == pytest.approx(6766, rel=1e-3)
    assert fast == pytest.approx(13_310, rel=1e-3)
    assert slow < 7839 < fast
    assert replace(found, overlap=0.28).tokens_per_second == pytest.approx(7839, rel=2e-3)
    assert replace(found, overlap=0).tokens_per_second == pytest.approx(slow)
    assert replace(found, overlap=1).tokens_per_second == pytest.approx(fast)


@given(st.sampled_from(sorted(MODELS)), st.lists(st.integers(1, 100_000), min_size=1, max_size=8))
def test_expected_prefill_is_the_mean_over_requests(model: str, prompts: list[int]) -> None:
    together = cm.prefill(MODELS[model], H800, lengths=cm.Lengths.of(prompts))
    alone = [cm.prefill(MODELS[model], H800, prompt=each).seconds for each in prompts]
    assert together.seconds == pytest.approx(np.mean(alone))
    assert together.missed == pytest.approx(np.mean(prompts))
    assert cm.prefill(MODELS[model], H800, prompt=np.array(prompts)).seconds.tolist() == pytest.approx(alone)


def test_the_mean_prompt_understates_a_spread_by_its_core_work() -> None:
    spread = cm.prefill(MODELS["step-3"], H800, lengths=cm.Lengths.spread(8192, prompt_cv=1))
    mean = cm.prefill(MODELS["step-3"], H800, prompt=8192)
    assert spread.linear_seconds == pytest.approx(mean.linear_seconds)
    assert spread.core_seconds / mean.core_seconds == pytest.approx(2, rel=1e-3)


@given(st.sampled_from(sorted(MODELS)), st.integers(2, 50_000), st.data())
def test_hits_save_time_and_parts_sum_to_the_whole(model: str, prompt: int, data: st.DataObject) -> None:
    cached = data.draw(st.integers(1, prompt - 1))
    whole, hit = (cm.prefill(MODELS[model], H800, prompt=prompt, cached=each) for each in (0, cached))
    assert hit.linear_seconds < whole.linear_seconds
    assert hit.core_seconds < whole.core_seconds
    assert sum((hit.flops.linear, hit.flops.core, hit.flops.index, hit.flops.reread)) == pytest.approx(hit.flops.total)
    assert hit.compute_seconds == pytest.approx(hit.linear_seconds + hit.core_seconds + hit.reread_seconds)


@settings(max_examples=30)
@given(st.sampled_from(sorted(MODELS)), st.integers(1, 20_000), st.integers(64, 8192), st.data())
def test_chunks_do_the_same_core_and_linear_work(model: str, prompt: int, chunk: int, data: st.DataObject) -> None:
    cached = data.draw(st.integers(0, prompt - 1))
    whole = cm.prefill(MODELS[model], H800, prompt=prompt, cached=cached)
    parts = cm.chunked_prefill(MODELS[model], H800, prompt=prompt, chunk=chunk, cached=cached)
    assert parts.flops.linear.sum() == pytest.approx(whole.flops.linear)
    assert parts.flops.core.sum() == pytest.approx(whole.flops.core)
    assert parts.flops.reread.sum() >= whole.flops.reread * (1 - 1e-12)
    assert parts.seconds >= whole.seconds * (1 - 1e-12)
    assert parts.added_tpot <= parts.seconds


def test_one_chunk_is_the_whole_prompt() -> None:
    parts = cm.chunked_prefill(MODELS["deepseek-v3"], H800, prompt=4096, chunk=4096)
    assert parts.seconds == pytest.approx(cm.prefill(MODELS["deepseek-v3"], H800, prompt=4096).seconds)
    assert parts.read_bytes.tolist() == [0]


def test_each_chunk_reads_the_cache_of_all_before_it() -> None:
    parts = cm.chunked_prefill(MODELS["step-3"], H800, prompt=4096, chunk=1024)
    per_token = MODELS["step-3"].kv_bytes_per_token
    assert parts.read_bytes.tolist() == [0, 1024 * per_token, 2048 * per_token, 3072 * per_token]


@pytest.mark.parametrize(
    ("model", "megabytes", "milliseconds"),
    [("deepseek-v3", "143.9", "3.5"), ("step-3", "127.9", "3.1"), ("qwen3-235b-a22b", "394", "9.6")],
)
def test_the_cache_of_a_prompt_moves_in_the_printed_time(model: str, megabytes: str, milliseconds: str) -> None:
    sent = cm.kv_transfer(MODELS[model], 4096, 41e9)
    assert agrees(sent.bytes / 1e6, megabytes)
    assert agrees(sent.seconds * 1e3, milliseconds)
    assert sent.last_layer_seconds * MODELS[model].layers == pytest.approx(sent.seconds)


def test_cache_transfers_may_bind_the_network() -> None:
    assert nic_load(100, 144e6, 8, 50e9) == pytest.approx(100 * 144e6 / 4e11)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"prompt": 100, "cached": 100}, "cached: 100 is not allowed; must be below prompt, 100"),
        ({"prompt": 100, "cached": -1}, "cached: -1 is not allowed; must be from 0"),
        ({"prompt": 0}, "prompt: 0 is not allowed; must be from 1"),
        ({"prompt": float("nan")}, "prompt: nan is not allowed"),
        ({"prompt": "4096"}, "prompt: '4096' is not allowed; must be a number"),
        ({"prompt": True}, "prompt: True is not allowed; must be a number"),
        ({"prompt": 9, "servers": "2"}, "servers: '2' is not allowed; must be a number"),
        ({}, "prompt: is missing; must be given, or lengths"),
        ({"prompt": 1, "lengths": cm.Lengths.equal(1)}, "prompt: and lengths are given"),
        ({"prompt": 100, "overlap": 2}, "overlap: 2 is not allowed; must be from 0 to 1"),
        ({"prompt": 100, "servers": 0}, "servers: 0 is not allowed"),
        ({"prompt": 100, "core_bits": 12}, "bits: 12 is not allowed; must be one of 4, 8, 16"),
    ],
)
def test_bad_prefill_is_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(cm.DomainError, match=message):
        cm.prefill(MODELS["step-3"], H800, **values)
