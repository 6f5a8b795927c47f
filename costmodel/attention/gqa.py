"""Grouped-query attention; multi-head and multi-query attention are its two ends."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from costmodel.attention.base import Dim, Formulas, Heads
from costmodel.attention.softmax import SoftmaxAttention
from costmodel.kernels import Product
from costmodel.spec import Field, Rule
from costmodel.units import BITS_PER_BYTE, Numeric

KvHeads = Annotated[
    int,
    Field(
        label="KV heads",
        unit="heads",
        low=1,
        high=1024,
        stops=tuple(2**power for power in range(8)),
        help="Number of key and value heads g; divides the query heads.",
    ),
]


class Gqa(SoftmaxAttention):
    """h query heads in g groups that share one key and one value head each. MHA: g = h; MQA: g = 1. Paper sec. 4."""

    label: ClassVar[str] = "GQA (MHA, MQA)"
    formulas: ClassVar[Formulas] = Formulas(kv="2 g d b", core="4 h d", linear="2 H h d + 2 H g d", rank="h d")
    repeated_fields: ClassVar[tuple[str, ...]] = ("kv_heads",)
    width_fields: ClassVar[tuple[str, ...]] = ("head_dim",)
    starts: ClassVar[dict[str, int]] = {"heads": 64, "kv_heads": 1, "head_dim": 128}

    kind: Literal["gqa"] = "gqa"
    heads: Heads
    kv_heads: KvHeads
    head_dim: Dim

    def rules(self) -> Iterable[Rule]:
        """Groups are equal."""
        values = {"heads": self.heads, "kv_heads": self.kv_heads}
        yield Rule(self.heads % self.kv_heads == 0, "kv_heads must divide heads", values)

    def kv_bytes_per_token(self) -> Numeric:
        """2 g d elements: one key and one value per KV head [byte]."""
        return 2 * self.kv_heads * self.head_dim * self.kv_bits / BITS_PER_BYTE

    def core_flops_per_cached_token(self) -> Numeric:
        """4 h d: a multiply-add for the score and one for the value, per head element [FLOP]."""
        return 4 * self.heads * self.head_dim

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """Query and output projections H h d each, key and value projections H g d each."""
        return 2 * hidden * self.heads * self.head_dim + 2 * hidden * self.kv_heads * self.head_dim

    def products(self, hidden: Numeric) -> tuple[Product, ...]:
        """Query, key and value as one, and the output."""
        width = self.heads * self.head_dim
        return Product(hidden, width + 2 * self.kv_heads * self.head_dim), Product(width, hidden)

    def output_parameters(self, hidden: Numeric) -> Numeric:
        """h d H."""
        return hidden * self.heads * self.head_dim

    def query_rows(self) -> Numeric:
        """h / g."""
        return self.heads / self.kv_heads

    def effective_rank(self) -> Numeric:
        """Heads x head_dim."""
        return self.heads * self.head_dim
