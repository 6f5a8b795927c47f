"""Block-sparse grouped-query attention: an indexer chooses blocks of tokens (MiniMax-M3)."""

from typing import Annotated, ClassVar, Literal

import numpy as np

from costmodel.attention.base import Formulas
from costmodel.attention.gqa import Gqa
from costmodel.attention.indexed import IndexedAttention
from costmodel.mechanism import SmallParameters
from costmodel.spec import Field
from costmodel.units import Numeric

BlockSize = Annotated[
    int,
    Field(
        label="Block size",
        unit="tokens",
        low=1,
        high=65_536,
        stops=(16, 32, 64, 128, 256, 512),
        help="Tokens that are chosen together.",
    ),
]
IndexBlocks = Annotated[
    int,
    Field(
        label="Index blocks",
        unit="blocks",
        low=1,
        high=65_536,
        stops=(4, 8, 16, 32, 64, 128),
        help="Blocks that a decoded token reads, its own among them.",
    ),
]


class BlockSparse(IndexedAttention, Gqa):
    """GQA that reads the best blocks of its cache; a block scores as its best key. MiniMax-M3.

    The cache does not shrink, it grows by one index key per token. All KV heads are taken to read the same blocks.
    """

    label: ClassVar[str] = "GQA, block-sparse"
    formulas: ClassVar[Formulas] = Formulas(
        kv="g (d + dv) b + di bi",
        core="2 h (d + dv) for min(C, blocks x size) tokens",
        linear=f"{Gqa.formulas.linear} + H hi di + H di",
        rank="h d",
        indexer="2 hi di",
    )
    starts: ClassVar[dict[str, int]] = Gqa.starts | {"index_heads": 4, "index_dim": 128}

    kind: Literal["block_sparse"] = "block_sparse"  # type: ignore[assignment]
    block_size: BlockSize = 128
    index_blocks: IndexBlocks = 16

    def chosen_tokens(self) -> Numeric:
        """Tokens of all blocks that one decoded token reads."""
        return self.index_blocks * self.block_size

    def read_tokens(self, context: Numeric) -> Numeric:
        """min(C, blocks x size)."""
        return np.minimum(self.stored_tokens(context), self.chosen_tokens())

    def indexed_tokens(self, context: Numeric) -> Numeric:
        """All."""
        return self.stored_tokens(context)

    def index_flops_per_key(self) -> Numeric:
        """2 hi di: the best score of a block counts, heads are not weighted [FLOP]."""
        return 2 * self.index_heads * self.index_dim

    def kv_bytes_per_token(self) -> Numeric:
        """Keys, values and index key [byte]."""
        return super().kv_bytes_per_token() + self.index_key_bytes()

    def kv_bytes(self, context: Numeric, positions: Numeric = 1) -> Numeric:
        """The chosen blocks, at most so many for each position of the step [byte]."""
        return self.token_bytes() * np.minimum(self.stored_tokens(context), positions * self.chosen_tokens())

    def prefill_core_flops(self, prompt: Numeric, cached: Numeric) -> Numeric:
        """Pairs of every token with those of its blocks [FLOP]."""
        return self.prefill_flops_per_pair() * self.prefill_pairs(prompt, cached, self.chosen_tokens())

    def prefill_index_flops(self, prompt: Numeric, cached: Numeric) -> Numeric:
        """Every pair is scored [FLOP]."""
        return self.index_flops_per_key() * self.prefill_pairs(prompt, cached)

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """GQA's, and the indexer's queries H hi di and key H di."""
        return super().linear_parameters(hidden) + hidden * self.index_dim * (self.index_heads + 1)

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """GQA's, and a norm each for index queries and index key, 2 di."""
        small = super().small_parameters(hidden)
        return small._replace(norms=small.norms + 2 * self.index_dim)
