"""Prefill work of prompts, per layer group, so that every group runs at its own precision."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from costmodel.model import Model
from costmodel.request_mix import RequestMix
from costmodel.units import Numeric


@dataclass(frozen=True)
class PrefillAttention:
    """Work of one attention group (all its layers) on a prompt [FLOP].

    `index` chooses the tokens that sparse attention reads, `reread` makes cached tokens readable again.
    """

    linear: Numeric
    core: Numeric
    index: Numeric
    reread: Numeric
    linear_bits: Numeric
    index_bits: Numeric


@dataclass(frozen=True)
class PrefillFfn:
    """Work of one feed-forward group (all its layers) on a prompt [FLOP]."""

    flops: Numeric
    compute_bits: Numeric


@dataclass(frozen=True)
class PrefillWork:
    """Everything that a prompt causes in a model; totals are sums over the groups [FLOP]."""

    attention: tuple[PrefillAttention, ...]
    ffn: tuple[PrefillFfn, ...]

    @property
    def linear(self) -> Numeric:
        """Projections and active feed-forward weights."""
        return sum(group.linear for group in self.attention) + sum(group.flops for group in self.ffn)

    @property
    def core(self) -> Numeric:
        """Attention scores and values."""
        return sum(group.core for group in self.attention)

    @property
    def index(self) -> Numeric:
        """Scores of the indexers of sparse attention; 0 elsewhere."""
        return sum(group.index for group in self.attention)

    @property
    def reread(self) -> Numeric:
        """Expansion of cached tokens (MLA); 0 elsewhere."""
        return sum(group.reread for group in self.attention)

    @property
    def total(self) -> Numeric:
        """Linear + core + index + reread."""
        return self.linear + self.core + self.index + self.reread

    def bits(self, core_bits: Numeric) -> tuple[Numeric, ...]:
        """Bits that prefill computes in, the core in `core_bits`."""
        attention = (bits for group in self.attention for bits in (group.linear_bits, group.index_bits))
        return (core_bits, *attention, *(group.compute_bits for group in self.ffn))

    def averaged(self, mean: Callable[[Numeric], Numeric]) -> "PrefillWork":
        """The work of many prompts averaged, group by group."""
        attention = tuple(
            replace(
                group,
                linear=mean(group.linear),
                core=mean(group.core),
                index=mean(group.index),
                reread=mean(group.reread),
            )
            for group in self.attention
        )
        return PrefillWork(attention, tuple(PrefillFfn(mean(group.flops), group.compute_bits) for group in self.ffn))


def prefill_work(model: Model, prompt: Numeric, cached: Numeric = 0) -> PrefillWork:
    """Work on the tokens of a prompt after the first `cached`, for a number or an array of prompts.

    FLOPs = 2 (P - h) (attention linear parameters + active FFN parameters) + core(P, h) + index(P, h) + reread(h).
    The LM head runs once per prompt and is left out, as in decode.
    """
    missed, hidden = prompt - cached, model.hidden
    attention = tuple(
        PrefillAttention(
            linear=missed * group.layers * group.linear_flops(hidden),
            core=group.layers * group.prefill_core_flops(prompt, cached),
            index=group.layers * group.prefill_index_flops(prompt, cached),
            reread=group.layers * group.prefill_reread_flops(cached),
            linear_bits=group.linear_bits,
            index_bits=group.compute_bits,
        )
        for group in model.attention
    )
    ffn = tuple(PrefillFfn(missed * group.layers * group.flops(hidden), group.compute_bits) for group in model.ffn)
    return PrefillWork(attention, ffn)


def expected_work(model: Model, mix: RequestMix) -> PrefillWork:
    """Work of a request, expected over the prompts of a mix: never that of the mean prompt. Numbers or arrays."""
    parts = [(share, prefill_work(model, prompt, mix.hit_rate * prompt)) for prompt, share in mix.nodes()]
    if len(parts) == 1:
        return parts[0][1]
    attention = tuple(
        replace(
            group,
            **{
                name: sum(share * getattr(work.attention[index], name) for share, work in parts)
                for name in ("linear", "core", "index", "reread")
            },
        )
        for index, group in enumerate(parts[0][1].attention)
    )
    ffn = tuple(
        PrefillFfn(sum(share * work.ffn[index].flops for share, work in parts), group.compute_bits)
        for index, group in enumerate(parts[0][1].ffn)
    )
    return PrefillWork(attention, ffn)
