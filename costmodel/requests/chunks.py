"""Chunked prefill: a prompt in pieces, so that decoders on the same accelerator do not wait for all of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.accelerator import Accelerator
from costmodel.checks import check_whole
from costmodel.model import Model
from costmodel.rates import IDEAL, Rates
from costmodel.requests.prefill import CORE_BITS, check_prompt, compute_seconds
from costmodel.requests.prefill_work import PrefillWork, prefill_work

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ChunkedPrefill:
    """One prompt in chunks: work [FLOP], cache read again [byte] and time [s] of each, on one accelerator."""

    flops: PrefillWork
    read_bytes: Floats
    compute_seconds: Floats
    read_seconds: Floats

    @property
    def chunk_seconds(self) -> Floats:
        """Time of each chunk [s]: the longer of computing and reading the cache of all earlier ones."""
        return np.maximum(self.compute_seconds, self.read_seconds)

    @property
    def seconds(self) -> float:
        """Time of the whole prompt [s]."""
        return float(self.chunk_seconds.sum())

    @property
    def added_tpot(self) -> float:
        """Time that the longest chunk adds to a decode step on the same accelerator [s]."""
        return float(self.chunk_seconds.max())


def chunked_prefill(
    model: Model,
    accelerator: Accelerator,
    *,
    prompt: int,
    chunk: int,
    cached: int = 0,
    rates: Rates = IDEAL,
    core_bits: int = CORE_BITS,
) -> ChunkedPrefill:
    """Prefill of a prompt in chunks of `chunk` tokens, the last one shorter.

    Core work is that of the whole prompt; each chunk reads the cache of all before it again and, with MLA, expands it
    again. Without decoders on the same accelerator chunking only costs. Weights, which each chunk reads, are left out.
    """
    check_whole("prompt", prompt, 1)
    check_whole("chunk", chunk, 1)
    check_whole("cached", cached)
    check_prompt(prompt, cached)
    starts = np.arange(cached, prompt, chunk, dtype=float)
    ends = np.minimum(starts + chunk, prompt)
    work = prefill_work(model, ends, starts)
    linear, core, reread = compute_seconds(work, accelerator, rates=rates, core_bits=core_bits)
    read_bytes = np.broadcast_to(model.sequence_bytes(starts), starts.shape) * (starts > 0)
    return ChunkedPrefill(
        flops=work,
        read_bytes=read_bytes,
        compute_seconds=np.asarray(linear + core + reread),
        read_seconds=read_bytes / accelerator.bandwidth() / rates.shares(core_bits).core_memory,
    )
