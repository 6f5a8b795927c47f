"""What every attention mechanism must answer, per layer and per decode step of one sequence."""

from typing import Annotated, ClassVar, NamedTuple

from costmodel.mechanism import Mechanism
from costmodel.spec import Field
from costmodel.units import BITS_PER_BYTE, FLOPS_PER_MAC, Numeric

Layers = Annotated[int, Field(label="Layers", unit="layers", low=1, high=1000, help="Number of layers in this group.")]
Heads = Annotated[
    int,
    Field(
        label="Query heads",
        unit="heads",
        low=1,
        high=1024,
        stops=(*range(4, 64, 4), *range(64, 257, 8)),
        help="Number of query heads h.",
    ),
]
Dim = Annotated[
    int,
    Field(
        label="Head dimension",
        unit="elements",
        low=1,
        high=4096,
        stops=tuple(range(32, 513, 32)),
        help="Width d of one query, key and value head.",
    ),
]
Bits = Annotated[
    int,
    Field(
        label="Compute bits",
        unit="bit",
        low=4,
        high=16,
        choices=(4, 8, 16),
        help="Precision of the attention core (scores and values).",
    ),
]
LinearBits = Annotated[
    int,
    Field(
        label="Projection bits",
        unit="bit",
        low=4,
        high=16,
        choices=(4, 8, 16),
        help="Precision of the projection matrix products.",
    ),
]
WeightBits = Annotated[
    int,
    Field(
        label="Weight bits",
        unit="bit",
        low=1,
        high=32,
        choices=(1, 2, 3, 4, 5, 6, 8, 16, 32),
        help="Bits stored per weight.",
    ),
]


class Formulas(NamedTuple):
    """How the answers of a mechanism follow from its fields, in the field's usual letters, per layer."""

    kv: str
    core: str
    linear: str
    rank: str


class Attention(Mechanism):
    """A group of equal attention layers. Subclasses are the mechanisms; nothing else knows which one it holds."""

    formulas: ClassVar[Formulas]

    layers: Layers
    compute_bits: Bits = 8
    linear_bits: LinearBits = 8
    weight_bits: WeightBits = 8

    def stored_tokens(self, context: Numeric) -> Numeric:
        """Tokens of a context of that length [token] that one layer keeps in its cache."""
        raise NotImplementedError

    def read_tokens(self, context: Numeric) -> Numeric:
        """Cached tokens [token] that scores and values of one decoded token touch."""
        raise NotImplementedError

    def has_indexer(self) -> bool:
        """Whether these layers choose the tokens that they read; without an indexer they read all that are stored."""
        return False

    def indexed_tokens(self, context: Numeric) -> Numeric:
        """Index keys [token] that the indexer scores for one decoded token; none without an indexer."""
        return 0 * context

    def kv_bytes_per_token(self) -> Numeric:
        """Cache that one more token adds to one layer [byte]."""
        raise NotImplementedError

    def state_bytes(self) -> Numeric:
        """Cache of one sequence in one layer that does not grow with context [byte]."""
        raise NotImplementedError

    def kv_bytes(self, context: Numeric, positions: Numeric = 1) -> Numeric:
        """Cache and state traffic of one layer in one decode step of one sequence [byte], the indexer's left out.

        `positions` token positions are computed in the step; those that read the same tokens share one read.
        """
        raise NotImplementedError

    def index_bytes(self, context: Numeric) -> Numeric:
        """Index keys that the indexer of one layer reads in one decode step of one sequence [byte]."""
        return 0 * context

    def core_flops(self, context: Numeric) -> Numeric:
        """Scores and values of one layer for one decoded token [FLOP]."""
        raise NotImplementedError

    def index_flops(self, context: Numeric) -> Numeric:
        """Scores of the indexer of one layer for one decoded token [FLOP]."""
        return 0 * context

    def prefill_core_flops(self, prompt: Numeric, cached: Numeric) -> Numeric:
        """Scores and values of one layer for the prompt tokens after the first `cached` [FLOP]."""
        raise NotImplementedError

    def prefill_index_flops(self, prompt: Numeric, cached: Numeric) -> Numeric:
        """Scores of the indexer of one layer for the prompt tokens after the first `cached` [FLOP]."""
        return 0 * prompt

    def prefill_reread_flops(self, cached: Numeric) -> Numeric:
        """Work of one layer to make cached tokens readable again, once per chunk of a prompt [FLOP]; mostly none."""
        return 0 * cached

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """Projection weights of one layer [parameters]; each is one multiply-add per token."""
        raise NotImplementedError

    def output_parameters(self, hidden: Numeric) -> Numeric:
        """The part of them that projects the heads back to hidden [parameters]; AFD shards it over a server."""
        raise NotImplementedError

    def core_padding(self, tile: Numeric, positions: Numeric) -> Numeric:
        """Factor on core FLOPs when a kernel computes `tile` query rows at a time; `positions` tokens share a read."""
        raise NotImplementedError

    def effective_rank(self) -> Numeric:
        """Proxy for expressiveness: total width of the query heads. Paper sec. 4.1."""
        raise NotImplementedError

    def sequence_bytes(self, context: Numeric) -> Numeric:
        """Cache that one sequence of that length holds in one layer [byte]."""
        return self.kv_bytes_per_token() * self.stored_tokens(context) + self.state_bytes()

    def linear_flops(self, hidden: Numeric) -> Numeric:
        """Projections of one layer for one decoded token [FLOP]."""
        return FLOPS_PER_MAC * self.linear_parameters(hidden)

    def weight_bytes(self, hidden: Numeric) -> Numeric:
        """Stored projection weights of one layer [byte]."""
        return self.linear_parameters(hidden) * self.weight_bits / BITS_PER_BYTE

    def arithmetic_intensity(self, context: Numeric) -> Numeric:
        """Core FLOPs per byte of cache read [FLOP/byte], before any multi-token prediction. Paper sec. 4.3."""
        return self.core_flops(context) / self.kv_bytes(context)
