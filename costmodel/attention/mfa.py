"""Multi-matrix factorization attention, the mechanism of Step-3."""

from typing import ClassVar, Literal

from costmodel.attention.base import Formulas
from costmodel.attention.fields import Dim, Heads, QueryRank
from costmodel.attention.softmax import SoftmaxAttention
from costmodel.kernels import Product
from costmodel.mechanism import SmallParameters
from costmodel.units import BITS_PER_BYTE, Numeric


class Mfa(SoftmaxAttention):
    """Many query heads, made from one low-rank query, share one key head and one value head. Paper sec. 2, Table 1."""

    label: ClassVar[str] = "MFA"
    measured_core: ClassVar[bool] = True
    formulas: ClassVar[Formulas] = Formulas(kv="2 d b", core="4 h d", linear="H r + r h d + 2 H d + h d H", rank="h d")
    width_fields: ClassVar[tuple[str, ...]] = ("head_dim",)
    starts: ClassVar[dict[str, int]] = {"heads": 64, "head_dim": 256, "query_rank": 2048}

    kind: Literal["mfa"] = "mfa"
    heads: Heads
    head_dim: Dim
    query_rank: QueryRank

    def token_bytes(self) -> Numeric:
        """2 d elements: one key and one value, whatever the number of heads [byte]."""
        return 2 * self.head_dim * self.kv_bits / BITS_PER_BYTE

    def core_flops_per_cached_token(self) -> Numeric:
        """4 h d [FLOP]."""
        return 4 * self.heads * self.head_dim

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """Query down H r and up r h d, shared key and value 2 H d, output h d H."""
        query = hidden * self.query_rank + self.query_rank * self.heads * self.head_dim
        return query + 2 * hidden * self.head_dim + self.heads * self.head_dim * hidden

    def products(self, hidden: Numeric) -> tuple[Product, ...]:
        """Query down, key and value as one; query up; output."""
        width = self.heads * self.head_dim
        down = Product(hidden, self.query_rank + 2 * self.head_dim)
        return down, Product(self.query_rank, width), Product(width, hidden)

    def output_parameters(self, hidden: Numeric) -> Numeric:
        """h d H."""
        return hidden * self.heads * self.head_dim

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """A norm of the low-rank query, r."""
        return SmallParameters(norms=self.norms * hidden + self.query_rank)

    def query_rows(self) -> Numeric:
        """All h."""
        return self.heads

    def effective_rank(self) -> Numeric:
        """Heads x head_dim."""
        return self.heads * self.head_dim
