"""DeepSeek sparse attention on MLA: an indexer chooses which latent vectors a token reads (DeepSeek-V3.2, GLM-5)."""

from typing import Annotated, ClassVar, Literal

import numpy as np

from costmodel.attention.base import Formulas
from costmodel.attention.indexed import IndexedAttention, IndexTopK
from costmodel.attention.mla import Mla
from costmodel.kernels import Product
from costmodel.mechanism import SmallParameters
from costmodel.spec import Choice
from costmodel.units import Numeric

Indexer = Annotated[
    Literal["own", "shared"],
    Choice(
        label="Indexer",
        choices=("own", "shared"),
        help="shared: the layer reads the tokens that the indexer of an earlier layer chose (GLM-5.2): it has no index "
        "keys, no indexer weights and no indexer work.",
    ),
]


class Dsa(IndexedAttention, Mla):
    """MLA that reads the k best of its latent vectors for each token. DeepSeek-V3.2 report, sec. 2.1.

    The cache does not shrink, it grows by one index key per token. Every drafted position reads its own choice.
    """

    label: ClassVar[str] = "MLA + DSA (sparse)"
    formulas: ClassVar[Formulas] = Formulas(
        kv="(c + e) b + di bi",
        core="4 h (c + e) in the paper, 2 h (c + e) + 2 h c exactly, for min(C, k) tokens",
        linear=f"{Mla.formulas.linear} + q hi di + H di + H hi",
        rank="h n",
        indexer="2 hi di + 2 hi",
    )
    starts: ClassVar[dict[str, int]] = Mla.starts | {"index_heads": 64, "index_dim": 128, "index_top_k": 2048}

    kind: Literal["dsa"] = "dsa"  # type: ignore[assignment]
    index_top_k: IndexTopK
    indexer: Indexer = "own"

    def has_indexer(self) -> bool:
        """True unless the layer reuses the choice of an earlier one."""
        return self.indexer == "own"

    def read_tokens(self, context: Numeric) -> Numeric:
        """min(C, k)."""
        return np.minimum(self.stored_tokens(context), self.index_top_k)

    def indexed_tokens(self, context: Numeric) -> Numeric:
        """All."""
        return self.stored_tokens(context) * self.has_indexer()

    def kv_bytes_per_token(self) -> Numeric:
        """Latent vector and index key [byte]."""
        return self.token_bytes() + self.index_key_bytes() * self.has_indexer()

    def kv_bytes(self, context: Numeric, positions: Numeric = 1) -> Numeric:
        """The chosen latent vectors, at most k for each position of the step [byte]."""
        return self.token_bytes() * np.minimum(self.stored_tokens(context), positions * self.index_top_k)

    def prefill_flops_per_pair(self) -> Numeric:
        """2 h (2 c + e): each query reads its own choice, so the latent vectors are read absorbed as in decode [FLOP].

        Executed work, whatever the accounting.
        """
        return 2 * self.heads * (2 * self.kv_rank + self.rope_dim)

    def prefill_core_flops(self, prompt: Numeric, cached: Numeric) -> Numeric:
        """Pairs of every token with the k best before it [FLOP]."""
        return self.prefill_flops_per_pair() * self.prefill_pairs(prompt, cached, self.index_top_k)

    def prefill_reread_flops(self, cached: Numeric) -> Numeric:
        """None: nothing is expanded [FLOP]."""
        return 0 * cached

    def prefill_index_flops(self, prompt: Numeric, cached: Numeric) -> Numeric:
        """Every pair, where the indexer is the layer's own [FLOP]."""
        return self.index_flops_per_key() * self.prefill_pairs(prompt, cached) * self.has_indexer()

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """MLA's, and the indexer's: queries q hi di from the compressed query, key H di, head weights H hi."""
        source = hidden if self.query_rank is None else self.query_rank
        queries = source * self.index_heads * self.index_dim
        indexer = queries + hidden * self.index_dim + hidden * self.index_heads
        return super().linear_parameters(hidden) + indexer * self.has_indexer()

    def products(self, hidden: Numeric) -> tuple[Product, ...]:
        """MLA's, and the indexer's: its queries, and key and head weights as one."""
        if not self.has_indexer():
            return super().products(hidden)
        source = hidden if self.query_rank is None else self.query_rank
        queries = Product(source, self.index_heads * self.index_dim)
        keys = Product(hidden, self.index_dim + self.index_heads)
        return (queries, keys, *super().products(hidden))

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """MLA's norms, and weight and bias of the index key's norm, 2 di."""
        own = self.has_indexer()
        small = super().small_parameters(hidden)
        return small._replace(norms=small.norms + self.index_dim * own, biases=self.index_dim * own)
