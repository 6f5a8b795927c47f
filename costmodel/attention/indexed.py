"""Attention that reads a part of its cache: an indexer scores every key, the core reads the best.

Three costs, never merged: the whole cache is stored, and the index keys besides; the indexer reads all index keys; the
core reads the tokens that were chosen. DeepSeek-V3.2 report, sec. 2.1.
"""

from typing import Annotated, ClassVar

from costmodel.attention.base import Attention
from costmodel.spec import Field
from costmodel.units import BITS_PER_BYTE, Numeric

IndexHeads = Annotated[
    int,
    Field(
        label="Index heads",
        unit="heads",
        low=1,
        high=1024,
        stops=(1, 2, 4, 8, 16, 32, 64, 128),
        help="Query heads of the indexer.",
    ),
]
IndexDim = Annotated[
    int,
    Field(
        label="Index dimension",
        unit="elements",
        low=1,
        high=4096,
        stops=(32, 64, 96, 128, 192, 256),
        help="Width of the one index key that is cached per token or block, and of an index head.",
    ),
]
IndexTopK = Annotated[
    int,
    Field(
        label="Index top-k",
        unit="tokens",
        low=1,
        high=10_000_000,
        stops=tuple(2**power for power in range(6, 15)),
        help="Cached tokens (in DeepSeek-V4 compressed blocks) that the indexer chooses for each decoded token.",
    ),
]
IndexBits = Annotated[
    int,
    Field(
        label="Index bits",
        unit="bit",
        low=4,
        high=32,
        choices=(4, 8, 16, 32),
        help="Bits stored per element of an index key.",
    ),
]


class IndexedAttention(Attention):
    """Indexer of a mechanism: a base class beside that of its attention."""

    measured_core: ClassVar[bool] = False

    index_heads: IndexHeads
    index_dim: IndexDim
    index_bits: IndexBits = 8

    def has_indexer(self) -> bool:
        """True."""
        return True

    def index_key_bytes(self) -> Numeric:
        """One index key in one layer [byte]."""
        return self.index_dim * self.index_bits / BITS_PER_BYTE

    def index_flops_per_key(self) -> Numeric:
        """2 hi di for the scores and 2 hi for their weighted sum over the heads [FLOP]."""
        return 2 * self.index_heads * self.index_dim + 2 * self.index_heads

    def index_bytes(self, context: Numeric) -> Numeric:
        """Every index key, once per decode step for all its positions [byte]."""
        return self.index_key_bytes() * self.indexed_tokens(context)

    def index_flops(self, context: Numeric) -> Numeric:
        """Every index key is scored [FLOP]."""
        return self.index_flops_per_key() * self.indexed_tokens(context)
