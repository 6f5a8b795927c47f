"""Heavily compressed attention: blocks of many tokens pooled to one, all of them read (DeepSeek-V4)."""

from typing import ClassVar, Literal

from costmodel.attention.base import Formulas
from costmodel.attention.csa import Block
from costmodel.attention.pairs import causal_pairs
from costmodel.attention.shared_kv import SharedKv
from costmodel.mechanism import SmallParameters
from costmodel.units import Numeric


class Hca(SharedKv):
    """A window in full, and all C / m pooled entries of the context. DeepSeek-V4 report, sec. 2.3.

    The block that is not full yet is left out: 0 to m - 1 tokens.
    """

    label: ClassVar[str] = "HCA (DeepSeek-V4)"
    formulas: ClassVar[Formulas] = Formulas(
        kv="d b / m, and d b within the window",
        core="4 h d for min(C, w) + C / m tokens",
        linear=f"{SharedKv.formulas.linear} + 2 H d",
        rank="h d",
    )
    starts: ClassVar[dict[str, int]] = SharedKv.starts | {"block": 128}

    kind: Literal["hca"] = "hca"  # type: ignore[assignment]
    block: Block

    def read_tokens(self, context: Numeric) -> Numeric:
        """min(C, w) + C / m."""
        return self.stored_tokens(context) + context / self.block

    def kv_bytes_per_token(self) -> Numeric:
        """One entry for m tokens [byte]."""
        return self.token_bytes() / self.block

    def cache_bytes(self, context: Numeric) -> Numeric:
        """Window and entries of one sequence in one layer [byte]."""
        return super().cache_bytes(context) + self.kv_bytes_per_token() * context

    def prefill_core_flops(self, prompt: Numeric, cached: Numeric) -> Numeric:
        """Pairs within the window, and with i / m entries for token i [FLOP]."""
        entries = causal_pairs(prompt, cached) / self.block
        return super().prefill_core_flops(prompt, cached) + self.prefill_flops_per_pair() * entries

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """Those of the window layer, and key and gate of the pooling, H d each."""
        return super().linear_parameters(hidden) + 2 * hidden * self.head_dim

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """Those of the window layer; a norm and position biases m d of the entries."""
        small = super().small_parameters(hidden)
        return small._replace(norms=small.norms + self.head_dim, biases=self.block * self.head_dim)
