"""The four kinds of work behind one decoded token, kept per layer group so that every group meets its own bound."""

from dataclasses import dataclass

from costmodel.units import Numeric


@dataclass(frozen=True)
class AttentionWork:
    """Work of one attention group (all its layers) per accepted token: bytes read, core FLOPs, projection FLOPs."""

    kv_bytes: Numeric
    core_flops: Numeric
    linear_flops: Numeric
    compute_bits: Numeric
    linear_bits: Numeric


@dataclass(frozen=True)
class FfnWork:
    """Work of one feed-forward group (all its layers) per accepted token [FLOP]."""

    flops: Numeric
    compute_bits: Numeric


@dataclass(frozen=True)
class DecodeWork:
    """Everything one accepted token causes in a model; totals are sums over the groups. Paper Tables 2 and 3."""

    attention: tuple[AttentionWork, ...]
    ffn: tuple[FfnWork, ...]

    @property
    def kv_bytes(self) -> Numeric:
        """KV cache and state traffic [byte/token]."""
        return sum(group.kv_bytes for group in self.attention)

    @property
    def core_flops(self) -> Numeric:
        """Attention scores and values [FLOP/token]."""
        return sum(group.core_flops for group in self.attention)

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
        return self.core_flops + self.linear_flops + self.ffn_flops

    @property
    def arithmetic_intensity(self) -> Numeric:
        """Core FLOPs per byte of cache traffic [FLOP/byte]; drafted tokens share one read. Paper sec. 4.3, 5.2."""
        return self.core_flops / self.kv_bytes
