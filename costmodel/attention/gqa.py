"""Grouped-query attention; multi-head and multi-query attention are its two ends."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from costmodel.attention.base import Formulas
from costmodel.attention.fields import Dim, Gate, Heads, Sinks
from costmodel.attention.softmax import SoftmaxAttention
from costmodel.mechanism import SmallParameters
from costmodel.spec import Choice, Field, Rule
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
ValueDim = Annotated[
    int | None,
    Field(
        label="Value dimension",
        unit="elements",
        low=1,
        high=4096,
        optional=True,
        help="Width dv of one value head (MiMo-V2: 128 beside keys of 192). Empty: as wide as a key.",
    ),
]
ValueSource = Annotated[
    Literal["projected", "key_projection", "key_cache"],
    Choice(
        label="Values",
        choices=("projected", "key_projection", "key_cache"),
        help="projected: by a projection of their own. key_projection: by that of the keys, cached apart (Gemma 4). "
        "key_cache: one cached tensor is both key and value.",
        rare=True,
    ),
]
KvSource = Annotated[
    Literal["own", "reused"],
    Choice(
        label="KV cache",
        choices=("own", "reused"),
        help="reused: the layer stores nothing and reads the whole cache of an earlier layer (Gemma 3n, CLA, YOCO).",
        rare=True,
    ),
]
QkNorm = Annotated[
    Literal["none", "head", "layer"],
    Choice(
        label="QK norm",
        choices=("none", "head", "layer"),
        help="head: queries and keys of all heads share one norm vector each. layer: one as wide as all heads.",
        rare=True,
    ),
]
Biases = Annotated[
    Literal["none", "qkv", "all"],
    Choice(
        label="Projection biases",
        choices=("none", "qkv", "all"),
        help="qkv: on query, key and value (Qwen2). all: on the output projection too (gpt-oss).",
        rare=True,
    ),
]


class Gqa(SoftmaxAttention):
    """h query heads in g groups that share one key and one value head each. MHA: g = h; MQA: g = 1. Paper sec. 4."""

    label: ClassVar[str] = "GQA (MHA, MQA)"
    measured_core: ClassVar[bool] = True
    formulas: ClassVar[Formulas] = Formulas(
        kv="g (d + dv) b", core="2 h (d + dv)", linear="H h (d + dv) + H g (d + dv)", rank="h d"
    )
    repeated_fields: ClassVar[tuple[str, ...]] = ("kv_heads",)
    width_fields: ClassVar[tuple[str, ...]] = ("head_dim",)
    starts: ClassVar[dict[str, int]] = {"heads": 64, "kv_heads": 1, "head_dim": 128}

    kind: Literal["gqa"] = "gqa"
    heads: Heads
    kv_heads: KvHeads
    head_dim: Dim
    value_dim: ValueDim = None
    value_source: ValueSource = "projected"
    kv_source: KvSource = "own"
    gate: Gate = "none"
    qk_norm: QkNorm = "none"
    biases: Biases = "none"
    sinks: Sinks = "none"

    def rules(self) -> Iterable[Rule]:
        """Groups are equal; a tensor that is key and value has one width."""
        yield from super().rules()
        values = {"heads": self.heads, "kv_heads": self.kv_heads}
        yield Rule(self.heads % self.kv_heads == 0, "kv_heads must divide heads", values)
        if self.value_source != "projected":
            widths = {"head_dim": self.head_dim, "value_dim": self.value_width()}
            same = self.value_width() == self.head_dim
            yield Rule(same, f"values from the {self.value_source.replace('_', ' ')} must be as wide as keys", widths)

    def value_width(self) -> Numeric:
        """Width dv of one value head: head_dim unless value_dim says otherwise."""
        return self.head_dim if self.value_dim is None else self.value_dim

    def token_bytes(self) -> Numeric:
        """g (d + dv) elements: one key and one value per KV head, g d where one tensor is both [byte]."""
        values = 0 if self.value_source == "key_cache" else self.value_width()
        return (self.head_dim + values) * self.kv_heads * self.kv_bits / BITS_PER_BYTE

    def kv_bytes_per_token(self) -> Numeric:
        """`token_bytes`; 0 where the layer reads the cache of an earlier one [byte]."""
        return 0 * self.token_bytes() if self.kv_source == "reused" else self.token_bytes()

    def core_flops_per_cached_token(self) -> Numeric:
        """2 h (d + dv): a multiply-add for the score and one for the value, per head element [FLOP]."""
        return 2 * self.heads * (self.head_dim + self.value_width())

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """Query H h d, output H h dv, gate H h dv or H h; key H g d and value H g dv unless reused."""
        return self.query_parameters(hidden) + self.key_value_parameters(hidden) + self.output_parameters(hidden)

    def query_parameters(self, hidden: Numeric) -> Numeric:
        """H h d, and the gate on the output."""
        gates = {"none": 0, "full": self.heads * self.value_width(), "per_head": self.heads}
        return hidden * self.heads * self.head_dim + hidden * gates[self.gate]

    def key_value_parameters(self, hidden: Numeric) -> Numeric:
        """H g d and H g dv; without values of their own only the first, and none where the cache is reused."""
        if self.kv_source == "reused":
            return 0
        return hidden * self.kv_heads * (self.head_dim + self.projected_value_width())

    def projected_value_width(self) -> Numeric:
        """Width of a value head that a projection of its own makes."""
        return self.value_width() if self.value_source == "projected" else 0

    def output_parameters(self, hidden: Numeric) -> Numeric:
        """h dv H."""
        return hidden * self.heads * self.value_width()

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """Norms of queries and keys, biases of the projections, one sink logit per head."""
        own = self.kv_source == "own"
        norms = {
            "none": 0,
            "head": self.head_dim * (1 + own),
            "layer": (self.heads + self.kv_heads * own) * self.head_dim,
        }
        keys = self.kv_heads * (self.head_dim + self.projected_value_width()) * own
        inputs = (self.heads * self.head_dim + keys) * (self.biases != "none")
        return SmallParameters(
            norms=self.norms * hidden + norms[self.qk_norm],
            biases=inputs + hidden * (self.biases == "all"),
            sinks=self.heads * (self.sinks == "per_head"),
        )

    def query_rows(self) -> Numeric:
        """h / g."""
        return self.heads / self.kv_heads

    def effective_rank(self) -> Numeric:
        """Heads x head_dim."""
        return self.heads * self.head_dim
