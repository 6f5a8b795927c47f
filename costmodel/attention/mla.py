"""Multi-head latent attention, the mechanism of DeepSeek-V3, decoded in its absorbed form."""

from typing import Annotated, ClassVar, Literal

from costmodel.attention.base import Formulas
from costmodel.attention.fields import Gate, Heads
from costmodel.attention.softmax import SoftmaxAttention
from costmodel.kernels import Operation, Product
from costmodel.mechanism import SmallParameters
from costmodel.spec import Choice, Field
from costmodel.units import BITS_PER_BYTE, FLOPS_PER_MAC, Numeric

QueryRank = Annotated[
    int | None,
    Field(
        label="Query rank",
        unit="elements",
        low=1,
        high=65_536,
        optional=True,
        stops=tuple(range(256, 8193, 256)),
        help="Width q of the compressed query. Empty: queries straight from hidden.",
    ),
]
KvRank = Annotated[
    int,
    Field(
        label="KV rank",
        unit="elements",
        low=1,
        high=65_536,
        stops=tuple(range(64, 2049, 64)),
        help="Width c of the compressed key-value vector that is cached.",
    ),
]
RopeDim = Annotated[
    int, Field(label="Rope dimension", unit="elements", low=0, high=4096, help="Width e of the cached positional key.")
]
NopeDim = Annotated[
    int,
    Field(
        label="Nope dimension",
        unit="elements",
        low=1,
        high=4096,
        help="Width n of the part of a head without position.",
    ),
]
ValueDim = Annotated[
    int, Field(label="Value dimension", unit="elements", low=1, high=4096, help="Width v of a value head.")
]
Accounting = Annotated[
    Literal["paper", "exact"],
    Choice(
        label="MLA accounting",
        choices=("paper", "exact"),
        help=(
            "paper: values are charged with c + e elements, as in the paper's tables. "
            "exact: with c, what the absorbed kernel computes."
        ),
    ),
]


class Mla(SoftmaxAttention):
    """All heads read one cached latent vector of c + e elements. Paper sec. 4; absorbed weights as DeepSeek decodes."""

    label: ClassVar[str] = "MLA"
    measured_core: ClassVar[bool] = True
    core_operation: ClassVar[Operation] = "mla_core"
    element_wise_passes: ClassVar[int] = 5
    formulas: ClassVar[Formulas] = Formulas(
        kv="(c + e) b",
        core="4 h (c + e) in the paper, 2 h (c + e) + 2 h c exactly",
        linear="H q + q h (n + e) + H (c + e) + h n c + h v c + h v H",
        rank="h n",
    )
    width_fields: ClassVar[tuple[str, ...]] = ("nope_dim", "value_dim")
    starts: ClassVar[dict[str, int]] = {
        "heads": 128,
        "query_rank": 1536,
        "kv_rank": 512,
        "rope_dim": 64,
        "nope_dim": 128,
        "value_dim": 128,
    }

    kind: Literal["mla"] = "mla"
    heads: Heads
    query_rank: QueryRank = None
    kv_rank: KvRank
    rope_dim: RopeDim
    nope_dim: NopeDim
    value_dim: ValueDim
    accounting: Accounting = "paper"
    gate: Gate = "none"

    def token_bytes(self) -> Numeric:
        """c + e elements [byte]."""
        return (self.kv_rank + self.rope_dim) * self.kv_bits / BITS_PER_BYTE

    def core_flops_per_cached_token(self) -> Numeric:
        """Scores 2 h (c + e); values 2 h (c + e) in the paper's accounting, 2 h c exactly [FLOP]."""
        scores = 2 * self.heads * (self.kv_rank + self.rope_dim)
        return scores + (scores if self.accounting == "paper" else 2 * self.heads * self.kv_rank)

    def prefill_flops_per_pair(self) -> Numeric:
        """Scores 2 h (n + e), values 2 h v: keys and values are expanded in prefill, not absorbed [FLOP]."""
        return 2 * self.heads * (self.nope_dim + self.rope_dim + self.value_dim)

    def prefill_reread_flops(self, cached: Numeric) -> Numeric:
        """2 c h (n + v) per cached token: its latent vector is expanded again [FLOP]."""
        return FLOPS_PER_MAC * self.kv_rank * self.heads * (self.nope_dim + self.value_dim) * cached

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """Query (compressed or not), latent H (c + e), absorbed key h n c and value h v c, output h v H, gate."""
        head_width = self.nope_dim + self.rope_dim
        if self.query_rank is None:
            query = hidden * self.heads * head_width
        else:
            query = hidden * self.query_rank + self.query_rank * self.heads * head_width
        latent = hidden * (self.kv_rank + self.rope_dim)
        absorbed = self.heads * (self.nope_dim + self.value_dim) * self.kv_rank
        gates = {"none": 0, "full": self.heads * self.value_dim, "per_head": self.heads}
        return query + latent + absorbed + self.heads * self.value_dim * hidden + hidden * gates[self.gate]

    def executed_core_flops(self, context: Numeric) -> Numeric:
        """2 h (2 c + e) per cached token, in either accounting [FLOP]."""
        return 2 * self.heads * (2 * self.kv_rank + self.rope_dim) * self.read_tokens(context)

    def products(self, hidden: Numeric) -> tuple[Product, ...]:
        """Query down, latent and gate as one, query up, the absorbed key and value of each head, and the output."""
        head_width = self.nope_dim + self.rope_dim
        gates = {"none": 0, "full": self.heads * self.value_dim, "per_head": self.heads}
        latent = self.kv_rank + self.rope_dim + gates[self.gate]
        query: tuple[Product, ...]
        if self.query_rank is None:
            query = (Product(hidden, self.heads * head_width + latent),)
        else:
            query = (Product(hidden, self.query_rank + latent), Product(self.query_rank, self.heads * head_width))
        absorbed = (
            Product(self.nope_dim, self.kv_rank, self.heads),
            Product(self.kv_rank, self.value_dim, self.heads),
        )
        return (*query, *absorbed, Product(self.heads * self.value_dim, hidden))

    def output_parameters(self, hidden: Numeric) -> Numeric:
        """h v H."""
        return hidden * self.heads * self.value_dim

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """A norm of the latent vector, c, and one of the compressed query, q."""
        query = 0 if self.query_rank is None else self.query_rank
        return SmallParameters(norms=self.norms * hidden + self.kv_rank + query)

    def query_rows(self) -> Numeric:
        """All h: they read the same latent vector."""
        return self.heads

    def effective_rank(self) -> Numeric:
        """Heads x nope_dim."""
        return self.heads * self.nope_dim
