"""One cached head that is key and value at once, and a grouped low-rank output: DeepSeek-V4's window layers."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from costmodel.attention.base import Formulas
from costmodel.attention.fields import Dim, Heads, QueryRank
from costmodel.attention.softmax import SoftmaxAttention
from costmodel.kernels import Operation
from costmodel.mechanism import SmallParameters
from costmodel.spec import Field, Rule
from costmodel.units import BITS_PER_BYTE, Numeric

OutputGroups = Annotated[
    int,
    Field(
        label="Output groups",
        unit="groups",
        low=1,
        high=1024,
        stops=(1, 2, 4, 8, 16, 32),
        help="Groups of heads G that are projected down each on their own.",
    ),
]
OutputRank = Annotated[
    int,
    Field(
        label="Output rank",
        unit="elements",
        low=1,
        high=65_536,
        stops=tuple(range(256, 4097, 256)),
        help="Width ro to which the output of each group of heads is projected down.",
    ),
]


class SharedKv(SoftmaxAttention):
    """h query heads read one cached vector of width d, which is key and value, within a window. DeepSeek-V4 report."""

    label: ClassVar[str] = "Shared KV, window (DeepSeek-V4)"
    formulas: ClassVar[Formulas] = Formulas(
        kv="d b within the window",
        core="4 h d for min(C, w) tokens",
        linear="H q + q h d + H d + h d ro + G ro H",
        rank="h d",
    )
    split_fields: ClassVar[tuple[str, ...]] = ("heads", "output_groups")
    core_operation: ClassVar[Operation] = "mla_core"
    width_fields: ClassVar[tuple[str, ...]] = ("head_dim",)
    starts: ClassVar[dict[str, int]] = {
        "heads": 64,
        "head_dim": 512,
        "query_rank": 1024,
        "output_groups": 1,
        "output_rank": 1024,
        "window": 128,
    }

    kind: Literal["shared_kv"] = "shared_kv"
    heads: Heads
    head_dim: Dim
    query_rank: QueryRank
    output_groups: OutputGroups
    output_rank: OutputRank

    def rules(self) -> Iterable[Rule]:
        """There is a window, and the groups of heads are equal."""
        yield from super().rules()
        yield Rule(self.window is not None, "window must not be empty", {"window": self.window})
        values = {"heads": self.heads, "output_groups": self.output_groups}
        yield Rule(self.heads % self.output_groups == 0, "output_groups must divide heads", values)

    def token_bytes(self) -> Numeric:
        """One tensor of width d is key and value [byte]."""
        return self.head_dim * self.kv_bits / BITS_PER_BYTE

    def kv_bytes_per_token(self) -> Numeric:
        """Nothing: behind the window the cache does not grow [byte]."""
        return 0 * self.token_bytes()

    def cache_bytes(self, context: Numeric) -> Numeric:
        """The window of one sequence in one layer [byte]."""
        return self.token_bytes() * self.stored_tokens(context)

    def core_flops_per_cached_token(self) -> Numeric:
        """4 h d [FLOP]."""
        return 4 * self.heads * self.head_dim

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """Query down H q and up q h d, shared key and value H d, output h d ro down and G ro H up."""
        query = hidden * self.query_rank + self.query_rank * self.heads * self.head_dim
        return query + hidden * self.head_dim + self.output_parameters(hidden)

    def output_parameters(self, hidden: Numeric) -> Numeric:
        """h d ro + G ro H."""
        return self.output_rank * (self.heads * self.head_dim + self.output_groups * hidden)

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """Norms of the low-rank query and of the cached vector, one sink logit per head."""
        return SmallParameters(norms=self.norms * hidden + self.query_rank + self.head_dim, sinks=self.heads)

    def query_rows(self) -> Numeric:
        """All h: they read the same vector."""
        return self.heads

    def effective_rank(self) -> Numeric:
        """Heads x head_dim."""
        return self.heads * self.head_dim
