"""Time and cost of prefill on one kind of accelerator: computing, the network of expert parallelism, their overlap."""

from dataclasses import dataclass

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.checks import check_range, check_whole
from costmodel.errors import DomainError, Problem, quote
from costmodel.lengths import Lengths
from costmodel.model import Model
from costmodel.rates import IDEAL, Rates, Shares
from costmodel.requests.prefill_work import PrefillWork, prefill_work
from costmodel.requests.transfer import nic_bytes_per_second
from costmodel.sparsity import WIRE_BYTES_PER_ELEMENT
from costmodel.units import SECONDS_PER_HOUR, TOKENS_PER_MILLION, Numeric

CORE_BITS = 16
"""Precision of the attention core in prefill unless given: mostly 16 bit, even where decode caches 8."""


@dataclass(frozen=True)
class Prefill:
    """Prefill of requests: expected work [FLOP] and times [s] per request, on one accelerator's worth of compute.

    `overlap` 1 hides the shorter of computing and network behind the longer, 0 adds them; `fastest` and `slowest` are
    these two ends. Rates are per accelerator.
    """

    accelerator: Accelerator
    rates: Rates
    core_bits: int
    servers: int
    overlap: float
    missed: Numeric
    flops: PrefillWork
    linear_seconds: Numeric
    reread_seconds: Numeric
    core_seconds: Numeric
    network_seconds: Numeric

    @property
    def compute_seconds(self) -> Numeric:
        """Linear + core + reread [s]."""
        return self.linear_seconds + self.core_seconds + self.reread_seconds

    @property
    def seconds(self) -> Numeric:
        """Seconds of one accelerator per request: the longer of computing and network, and what is not hidden."""
        shorter = np.minimum(self.compute_seconds, self.network_seconds)
        return self.fastest + (1 - self.overlap) * shorter

    @property
    def reread_share(self) -> Numeric:
        """Share of the computing time that expands cached tokens."""
        return self.reread_seconds / self.compute_seconds

    @property
    def fastest(self) -> Numeric:
        """Seconds with full overlap: max(computing, network)."""
        return np.maximum(self.compute_seconds, self.network_seconds)

    @property
    def slowest(self) -> Numeric:
        """Seconds without any overlap: computing + network."""
        return self.compute_seconds + self.network_seconds

    @property
    def network_words(self) -> str:
        """The unit and the bracket of its overlap, for the assumptions beside a result; mean over arrays."""
        ends = " to ".join(f"{float(np.mean(end)):.3g}" for end in (self.fastest, self.slowest))
        return (
            f"Prefill runs on units of {self.servers} servers that share the experts: {ends} accelerator-seconds per "
            f"request, from full overlap with the network to none; overlap {self.overlap:g} is used."
        )

    @property
    def tokens_per_second(self) -> Numeric:
        """Computed prompt tokens per second and accelerator."""
        return self.missed / self.seconds

    @property
    def usd_per_million_tokens(self) -> Numeric:
        """USD per 1M computed prompt tokens; DomainError where the accelerator has no price."""
        return self.accelerator.price() / SECONDS_PER_HOUR * self.seconds / self.missed * TOKENS_PER_MILLION


def prefill(
    model: Model,
    accelerator: Accelerator,
    *,
    prompt: Numeric | None = None,
    cached: Numeric = 0,
    lengths: Lengths | None = None,
    rates: Rates = IDEAL,
    core_bits: int = CORE_BITS,
    servers: int = 1,
    overlap: float = 1.0,
) -> Prefill:
    """Prefill of one prompt (or of each of an array), or expected over `lengths`: never of their mean prompt.

    `servers` share the experts (expert parallelism): a token is sent to those others that hold its experts. At ideal
    rates and on one server the network does not count: a limit, as in decode.

    >>> import costmodel as cm
    >>> one = prefill(cm.load_model("step-3"), cm.load_accelerator("h800"), prompt=32_768)
    >>> round(float(one.seconds), 3)
    3.394
    """
    check_whole("servers", servers, 1)
    check_range("overlap", overlap, 0, 1)
    missed: Numeric
    if lengths is None:
        if prompt is None:
            raise DomainError(Problem("prompt", "is missing; must be given, or lengths"))
        check_prompt(prompt, cached)
        work, missed = prefill_work(model, prompt, cached), prompt - cached
    elif prompt is None:
        work = prefill_work(model, lengths.prompt, lengths.cached).averaged(lengths.mean)
        missed = lengths.mean_missed
    else:
        raise DomainError(Problem("prompt", "and lengths are given; only one of them can be"))
    return prefill_of_work(
        model,
        accelerator,
        work,
        missed,
        rates=rates,
        core_bits=core_bits,
        servers=servers,
        overlap=overlap,
    )


def prefill_terms(
    work: PrefillWork, accelerator: Accelerator, missed: Numeric, core_bits: Numeric = CORE_BITS
) -> tuple[Numeric, Numeric]:
    """Ideal prefill [USD per 1M computed prompt tokens]: the attention stack and the FFN stack."""
    rate = accelerator.flops_per_second
    usd = accelerator.price() / SECONDS_PER_HOUR * TOKENS_PER_MILLION / missed
    attention: Numeric = 0
    for group in work.attention:
        products = (group.linear + group.reread) / rate(group.linear_bits)
        attention = attention + products + group.index / rate(group.index_bits)
    ffn = sum(group.flops / rate(group.compute_bits) for group in work.ffn)
    return (attention + work.core / rate(core_bits)) * usd, ffn * usd


def prefill_of_work(
    model: Model,
    accelerator: Accelerator,
    work: PrefillWork,
    missed: Numeric,
    *,
    rates: Rates = IDEAL,
    core_bits: int = CORE_BITS,
    servers: int = 1,
    overlap: float = 1.0,
) -> Prefill:
    """Prefill of work already known, of which that many prompt tokens are computed; numbers or arrays."""
    linear, core, reread = compute_seconds(work, accelerator, rates=rates, core_bits=core_bits)
    return Prefill(
        accelerator=accelerator,
        rates=rates,
        core_bits=core_bits,
        servers=servers,
        overlap=overlap,
        missed=missed,
        flops=work,
        linear_seconds=linear,
        reread_seconds=reread,
        core_seconds=core,
        network_seconds=missed * network_seconds_per_token(model, accelerator, servers, rates),
    )


def compute_seconds(
    work: PrefillWork, accelerator: Accelerator, *, rates: Rates = IDEAL, core_bits: Numeric = CORE_BITS
) -> tuple[Numeric, Numeric, Numeric]:
    """Projections and FFN, attention core with its indexer, and expansion of cached tokens on one accelerator [s]."""
    peak = accelerator.flops_per_second

    def rate(bits: Numeric) -> Numeric:
        return peak(bits) * shares(bits).product_compute

    def shares(bits: Numeric) -> Shares:
        # Shares of peak hold for any precision, and so for arrays of them; kernels are chosen by one.
        return rates.shares(accelerator.executed_bits(int(bits)) if rates.kernels else 16)

    linear: Numeric = sum(group.linear / rate(group.linear_bits) for group in work.attention)
    reread: Numeric = sum(group.reread / rate(group.linear_bits) for group in work.attention)
    ffn: Numeric = sum(group.flops / rate(group.compute_bits) for group in work.ffn)
    index: Numeric = sum(group.index / peak(group.index_bits) for group in work.attention)
    core = work.core / peak(core_bits) + index
    return linear + ffn, core / shares(core_bits).core_compute, reread


def check_prompt(prompt: Numeric, cached: Numeric) -> None:
    """Refuse prompts below one token and cached tokens that leave nothing to compute."""
    check_range("prompt", prompt, 1)
    check_range("cached", cached, 0)
    if not np.all(np.asarray(cached) <= np.asarray(prompt) - 1):
        raise DomainError(Problem("cached", f"{quote(cached)} is not allowed; must be below prompt, {quote(prompt)}"))


def network_bytes_per_token(model: Model, servers: int) -> float:
    """Bytes that expert parallelism over `servers` sends per token, there (1 byte per element) and back (2).

    (N - 1) P_hit x 3 H x MoE layers, P_hit the chance that a given server holds one of the token's experts; with a
    latent width Z it is 3 Z.
    """
    sent = sum(
        group.layers * float(group.wire_width(model.hidden)) * float(group.servers_visited(servers))
        for group in model.ffn
    )
    return WIRE_BYTES_PER_ELEMENT * sent * (1 - 1 / servers)


def network_seconds_per_token(model: Model, accelerator: Accelerator, servers: int, rates: Rates = IDEAL) -> float:
    """Time of that on one accelerator's share of its server's network [s]; 0 on one server."""
    if servers == 1:
        return 0.0
    return float(network_bytes_per_token(model, servers) / nic_bytes_per_second(accelerator, rates))
