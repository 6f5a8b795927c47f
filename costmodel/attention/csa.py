"""Compressed sparse attention: blocks of m tokens pooled to one, of which an indexer chooses (DeepSeek-V4)."""

from typing import Annotated, ClassVar, Literal

import numpy as np

from costmodel.attention.base import Formulas
from costmodel.attention.indexed import IndexedAttention, IndexTopK
from costmodel.attention.pairs import causal_pairs, window_pairs
from costmodel.attention.shared_kv import SharedKv
from costmodel.mechanism import SmallParameters
from costmodel.spec import Field
from costmodel.units import BITS_PER_BYTE, Numeric

Block = Annotated[
    int,
    Field(
        label="Compressed block",
        unit="tokens",
        low=1,
        high=65_536,
        stops=(1, 2, 4, 8, 16, 32, 64, 128, 256),
        help="Tokens m that are pooled to one cached entry.",
    ),
]

GATE_BYTES = 4
"""The pooling gate of the last block is kept in FP32."""


class Csa(IndexedAttention, SharedKv):
    """A window in full, and of the context before it the k best of C / m pooled entries. DeepSeek-V4 report, sec. 2.3.

    Windows of 2 m tokens overlap by half, so the last m are kept unpooled, keys and pooling gates, for both the entries
    and the index keys.
    """

    label: ClassVar[str] = "CSA (DeepSeek-V4)"
    formulas: ClassVar[Formulas] = Formulas(
        kv="(d b + di bi) / m, and d b within the window",
        core="4 h d for min(C, w) + min(C / m, k) tokens",
        linear=f"{SharedKv.formulas.linear} + 4 H d + 4 H di + q hi di + H hi",
        rank="h d",
        indexer="(2 hi di + 2 hi) / m",
    )
    starts: ClassVar[dict[str, int]] = SharedKv.starts | {
        "index_heads": 64,
        "index_dim": 128,
        "index_top_k": 512,
        "block": 4,
    }

    kind: Literal["csa"] = "csa"  # type: ignore[assignment]
    index_top_k: IndexTopK
    block: Block

    def indexed_tokens(self, context: Numeric) -> Numeric:
        """C / m."""
        return context / self.block

    def read_tokens(self, context: Numeric) -> Numeric:
        """min(C, w) + min(C / m, k)."""
        return self.stored_tokens(context) + np.minimum(self.indexed_tokens(context), self.index_top_k)

    def kv_bytes_per_token(self) -> Numeric:
        """An entry and an index key for m tokens [byte]."""
        return (self.token_bytes() + self.index_key_bytes()) / self.block

    def cache_bytes(self, context: Numeric) -> Numeric:
        """Window, entries and index keys of one sequence in one layer [byte]."""
        return super().cache_bytes(context) + self.kv_bytes_per_token() * context

    def state_bytes(self) -> Numeric:
        """The last block before it is pooled, for entries and index keys: keys and pooling gates [byte]."""
        keys = self.token_bytes() + self.index_dim * self.kv_bits / BITS_PER_BYTE
        return self.block * (keys + (self.head_dim + self.index_dim) * GATE_BYTES)

    def kv_bytes(self, context: Numeric, positions: Numeric = 1) -> Numeric:
        """The window, and at most k entries for each position of the step [byte]."""
        chosen = np.minimum(self.indexed_tokens(context), positions * self.index_top_k)
        return self.token_bytes() * (self.stored_tokens(context) + chosen)

    def prefill_core_flops(self, prompt: Numeric, cached: Numeric) -> Numeric:
        """Pairs within the window, and with min(i / m, k) entries for token i [FLOP]."""
        entries = window_pairs(prompt, cached, self.index_top_k * self.block) / self.block
        return super().prefill_core_flops(prompt, cached) + self.prefill_flops_per_pair() * entries

    def prefill_index_flops(self, prompt: Numeric, cached: Numeric) -> Numeric:
        """I / m index keys for token i [FLOP]."""
        return self.index_flops_per_key() * causal_pairs(prompt, cached) / self.block

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """Those of the window layer; key and gate of two overlapping halves 4 H d and 4 H di; index q hi di + H hi."""
        compressor = 4 * hidden * (self.head_dim + self.index_dim)
        indexer = self.query_rank * self.index_heads * self.index_dim + hidden * self.index_heads
        return super().linear_parameters(hidden) + compressor + indexer

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """Those of the window layer; a norm and position biases m x 2 d of entries and of index keys."""
        small, widths = super().small_parameters(hidden), self.head_dim + self.index_dim
        return small._replace(norms=small.norms + widths, biases=2 * self.block * widths)
