"""Published kernel tables as samples: the work of one call, and the time it took.

The tables are those of alibaba/InferSim (bench_data), ai-dynamo/aiconfigurator (attention, MoE, dense GEMM, all-reduce,
all-to-all) and deepseek-ai/DeepEP, as CSV files with the columns read below. What is left out, and why: window shapes
(the kernel reads another amount than the window), matrix products of more than 1,024 rows or less than 256 columns.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from costmodel.kernels import Work, core_work, dense_work, expert_work

MOST_ROWS = 1024
LEAST_WIDTH = 256

DENSE_BITS = {"bfloat16": 16, "fp8": 8, "fp8_block": 8, "nvfp4": 4}
EXPERT_BITS = {
    "bfloat16": (16, 16),
    "fp8_block": (8, 8),
    "nvfp4": (4, 4),
    "int4_wo": (4, 16),
    "w4a16_mxfp4": (4, 16),
    "w4a8_mxfp4_mxfp8": (4, 8),
}
"""Stored and computed bits of an expert precision."""

AICONFIGURATOR = "ai-dynamo/aiconfigurator@095f58a5"
INFERSIM = "alibaba/InferSim@f2293dab bench_data"


@dataclass(frozen=True)
class Key:
    """What one kernel model is fitted to."""

    accelerator: str
    operation: str
    bits: int
    compute_bits: int
    name: str
    source: str


Sample = tuple[Work, float]
Samples = dict[Key, list[Sample]]


def samples(folder: Path) -> Samples:
    """Every table that is in the folder, grouped by accelerator, operation, precision and kernel."""
    found: Samples = defaultdict(list)
    for name, reader in READERS.items():
        if (folder / name).is_file():
            for key, sample in reader(rows(folder / name)):
                found[key].append(sample)
    return found


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def accelerator(system: str) -> str:
    """The id of a preset: 'h100_sxm' is 'h100'."""
    return system.lower().removesuffix("_sxm")


def _aiconfigurator(table: list[dict[str, str]]) -> Iterator[tuple[Key, Sample]]:
    for row in table:
        seconds, batch, context = float(row["latency_us"]) * 1e-6, int(row["batch_or_tokens"]), int(row["kv_len"])
        shape, name, system = _numbers(row["shape"]), row["kernel"], accelerator(row["system"])
        if row["op"] == "moe_ffn":
            bits, compute = EXPERT_BITS[row["dtype"]]
            work = expert_work(
                tokens=batch,
                experts=shape["experts"],
                top_k=shape["topk"],
                ranks=1,
                hidden=shape["hidden"],
                width=shape["inter"],
                weight_bits=bits,
            )
            yield (
                Key(system, "fused", bits, compute, f"{name} {row['dtype']}", f"{AICONFIGURATOR}: MoE"),
                (work, seconds),
            )
        elif "window" not in shape:
            bits = 16 if row["kv_dtype"] == "bfloat16" else 8
            operation, work = _core(shape, batch, context, bits)
            yield Key(system, operation, bits, bits, name, f"{AICONFIGURATOR}: attention decode"), (work, seconds)


def _core(shape: dict[str, int], batch: int, context: int, bits: int) -> tuple[str, Work]:
    """Operation and work of an attention decode kernel over whole contexts."""
    if "kv_lora" in shape:
        latent, rope, heads = shape["kv_lora"], shape["rope"], shape["heads"]
        kv, flops, query_rows = (latent + rope) * bits / 8, 2 * heads * (2 * latent + rope), heads
    else:
        groups, dim, heads = shape["kv_heads"], shape["head_dim"], shape["heads"]
        kv, flops, query_rows = 2 * groups * dim * bits / 8, 4 * heads * dim, heads / groups
    work = core_work(requests=batch, kv_bytes=context * kv, core_flops=context * flops, query_rows=query_rows)
    return "mla_core" if "kv_lora" in shape else "gqa_core", work


def _dense(table: list[dict[str, str]]) -> Iterator[tuple[Key, Sample]]:
    for row in table:
        bits = DENSE_BITS[row["dtype"]]
        name = f"SGLang {row['version']} {row['kernel'].removeprefix('sglang_')}"
        key = Key(accelerator(row["system"]), "dense", bits, bits, name, f"{AICONFIGURATOR}: dense GEMM")
        yield from _product(key, int(row["m"]), int(row["n"]), int(row["k"]), float(row["latency_us"]) * 1e-6)


def _product(key: Key, m: int, n: int, k: int, seconds: float) -> Iterator[tuple[Key, Sample]]:
    if m <= MOST_ROWS and min(n, k) >= LEAST_WIDTH:
        yield key, (dense_work(rows=m, depth=k, width=n, weight_bits=key.bits, input_bits=key.bits), seconds)


def _expert_parallel(table: list[dict[str, str]]) -> Iterator[tuple[Key, Sample]]:
    """Evenly routed tokens only: imbalance is an argument of the model, not a property of the kernel."""
    for row in table:
        if row["distribution"] != "uniform":
            continue
        work = expert_work(
            tokens=int(row["num_tokens"]),
            experts=int(row["experts"]),
            top_k=int(row["topk"]),
            ranks=int(row["ep"]),
            hidden=int(row["hidden"]),
            width=int(row["inter"]),
            weight_bits=8,
        )
        key = Key(
            accelerator(row["system"]), "grouped", 8, 8, "SGLang DeepGEMM masked", f"{AICONFIGURATOR}: wide EP MoE"
        )
        yield key, (work, float(row["latency_us"]) * 1e-6)


def _infersim(table: list[dict[str, str]]) -> Iterator[tuple[Key, Sample]]:
    halves: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    for row in table:
        operation, system, shape = row["op"], accelerator(row["hardware"]), _numbers(row["shape"])
        seconds = float(row["latency_us"] or 0) * 1e-6
        if operation in ("attn_decode_gqa", "attn_decode_mla"):
            bits = 8 if row["kv_dtype"] == "fp8" else 16
            kind, work = _core(shape, int(row["batch_or_m"]), int(row["kv_len_or_tokens"]), bits)
            yield Key(system, kind, bits, bits, row["kernel"], f"{INFERSIM}: attention decode"), (work, seconds)
        elif operation == "gemm":
            key = Key(system, "dense", 8, 8, row["kernel"], f"{INFERSIM}: GEMM; deepseek-ai/DeepGEMM README")
            yield from _product(key, int(row["batch_or_m"]), shape["n"], shape["k"], seconds)
        elif operation.startswith(("grouped_gemm_decode_up", "grouped_gemm_decode_down")):
            place = (system, row["shape"], row["batch_or_m"], row["kv_len_or_tokens"])
            halves[place][operation.split("_")[3][:2]] = seconds
    yield from _both_halves(halves)


def _both_halves(halves: dict[tuple[str, ...], dict[str, float]]) -> Iterator[tuple[Key, Sample]]:
    """Gate and up, and down, of the same shape as one expert layer; every local expert has the tokens published."""
    for (system, text, _, per_expert), times in halves.items():
        if len(times) < 2:
            continue
        shape, tokens = _numbers(text), float(per_expert)
        weights = 3 * shape["hidden"] * shape["inter"]
        pairs = shape["local_experts"] * tokens
        moved = shape["local_experts"] * weights + pairs * (4 * shape["hidden"] + 3 * shape["inter"])
        key = Key(system, "grouped", 8, 8, "DeepGEMM masked", f"{INFERSIM}: grouped GEMM decode")
        yield key, (Work(moved, 2 * pairs * weights, tokens), sum(times.values()))


def _numbers(shape: str) -> dict[str, int]:
    return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", shape)}


READERS = {
    "kernel_aiconfigurator_subset.csv": _aiconfigurator,
    "kernel_dense_gemm.csv": _dense,
    "kernel_wideep_moe_decode.csv": _expert_parallel,
    "kernel_efficiency.csv": _infersim,
}
"""Tables by the name of their file, and what reads the rows of each."""
