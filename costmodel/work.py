"""The kinds of work behind one token, kept per layer group so that every group meets its own bound."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from costmodel.units import Numeric

Phase = Literal["decode", "prefill"]


@dataclass(frozen=True)
class IndexerWork:
    """Work of the indexers of one attention group (all its layers) per token: index keys read [byte], scores [FLOP]."""

    bytes: Numeric
    flops: Numeric


@dataclass(frozen=True)
class AttentionWork:
    """Work of one attention group (all its layers) per token: bytes read, core FLOPs, projection FLOPs.

    The indexer of sparse attention is a kernel of its own beside the core; None where every cached token is read.
    """

    kv_bytes: Numeric
    core_flops: Numeric
    linear_flops: Numeric
    compute_bits: Numeric
    linear_bits: Numeric
    indexer: IndexerWork | None = None


@dataclass(frozen=True)
class FfnWork:
    """Work of one feed-forward group (all its layers) per token [FLOP]."""

    flops: Numeric
    compute_bits: Numeric


@dataclass(frozen=True)
class Work:
    """Everything one token causes in a model, in one phase of a request; totals are sums over the groups."""

    phase: ClassVar[Phase]

    attention: tuple[AttentionWork, ...]
    ffn: tuple[FfnWork, ...]

    @property
    def attention_bits(self) -> tuple[Numeric, ...]:
        """Bits that attention computes in."""
        return tuple(bits for group in self.attention for bits in (group.compute_bits, group.linear_bits))

    @property
    def ffn_bits(self) -> tuple[Numeric, ...]:
        """Bits that the FFN computes in."""
        return tuple(group.compute_bits for group in self.ffn)

    @property
    def kv_bytes(self) -> Numeric:
        """KV cache and state traffic, index keys left out [byte/token]."""
        return sum(group.kv_bytes for group in self.attention)

    @property
    def core_flops(self) -> Numeric:
        """Attention scores and values [FLOP/token]."""
        return sum(group.core_flops for group in self.attention)

    @property
    def indexers(self) -> tuple[IndexerWork, ...]:
        """Work of the indexers, for the groups that have one."""
        return tuple(group.indexer for group in self.attention if group.indexer is not None)

    @property
    def index_bytes(self) -> Numeric:
        """Index keys read [byte/token]."""
        return sum(indexer.bytes for indexer in self.indexers)

    @property
    def index_flops(self) -> Numeric:
        """Scores of the indexers [FLOP/token]."""
        return sum(indexer.flops for indexer in self.indexers)

    @property
    def linear_flops(self) -> Numeric:
        """Attention projections [FLOP/token]."""
        return sum(group.linear_flops for group in self.attention)

    @property
    def ffn_flops(self) -> Numeric:
        """Activated feed-forward weights [FLOP/token]."""
        return sum(group.flops for group in self.ffn)

    @property
    def flops(self) -> Numeric:
        """All FLOPs [FLOP/token]."""
        return self.core_flops + self.index_flops + self.linear_flops + self.ffn_flops

    @property
    def arithmetic_intensity(self) -> Numeric:
        """Core FLOPs per byte of cache traffic [FLOP/byte]; drafted tokens share one read. Paper sec. 4.3, 5.2."""
        return self.core_flops / self.kv_bytes


@dataclass(frozen=True)
class DecodeWork(Work):
    """Work per accepted token of a decode step. Paper Tables 2 and 3."""

    phase: ClassVar[Phase] = "decode"
