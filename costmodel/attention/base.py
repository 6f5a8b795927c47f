"""Base of the attention mechanisms: the quantities of one layer and one decode step of one sequence."""

from typing import ClassVar, NamedTuple, Self

import numpy as np

from costmodel.attention.fields import Bits, LinearBits
from costmodel.errors import DomainError, Problem, quote
from costmodel.kernels import Operation, Product
from costmodel.mechanism import Mechanism
from costmodel.spec import Check
from costmodel.units import BITS_PER_BYTE, FLOPS_PER_MAC, Numeric


class Formulas(NamedTuple):
    """Formulas of a mechanism per layer, in the field's usual letters."""

    kv: str
    core: str
    linear: str
    rank: str
    indexer: str = ""


class Attention(Mechanism):
    """A group of equal attention layers; each mechanism is a subclass."""

    formulas: ClassVar[Formulas]
    core_operation: ClassVar[Operation] = "gqa_core"
    measured_core: ClassVar[bool] = False
    """True where kernels of `core_operation` are tables of this mechanism; otherwise they stand in for its own."""

    split_fields: ClassVar[tuple[str, ...]] = ("heads",)
    repeated_fields: ClassVar[tuple[str, ...]] = ()
    element_wise_passes: ClassVar[int] = 4
    """Element-wise kernels of a whole layer: two norms with residual, rotary embedding with cache write, activation."""

    compute_bits: Bits = 8
    linear_bits: LinearBits = 8

    def stored_tokens(self, context: Numeric) -> Numeric:
        """Tokens of a context of that length [token] that one layer keeps in its cache."""
        raise NotImplementedError

    def read_tokens(self, context: Numeric) -> Numeric:
        """Cached tokens [token] that scores and values of one decoded token touch."""
        raise NotImplementedError

    def has_indexer(self) -> bool:
        """True where an indexer chooses the tokens that are read; otherwise all stored tokens are."""
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

    def query_rows(self) -> Numeric:
        """Rows of a kernel tile that one token fills for one read of the cache."""
        return 1

    def cache_bits(self) -> Numeric:
        """Bits of one cached element, which choose the kernel of the core."""
        return 16

    def executed_core_flops(self, context: Numeric) -> Numeric:
        """Scores and values as a kernel computes them [FLOP]; `core_flops` is how the paper counts them."""
        return self.core_flops(context)

    def products(self, hidden: Numeric) -> tuple[Product, ...]:
        """The projections of one layer as matrix products: into the heads, and back."""
        output = self.output_parameters(hidden)
        return (
            Product(hidden, (self.linear_parameters(hidden) - output) / hidden),
            Product(output / hidden, hidden),
        )

    def shard(self, ranks: int) -> Self:
        """The part of the layer that one of `ranks` tensor-parallel ranks computes; DomainError if it cannot be split.

        `split_fields` are divided; `repeated_fields` are too, but at least one is on every rank. Whatever all heads
        share is on every rank.
        """
        if ranks == 1:
            return self
        if not all(hasattr(self, name) for name in (*self.split_fields, *self.repeated_fields)):
            reason = f"{ranks} is not allowed; {type(self).__name__} layers are not divided"
            raise DomainError(Problem("tensor_parallel", reason))
        parts = {name: divided(name, getattr(self, name), ranks) for name in self.split_fields}
        parts |= {name: _at_least_one(name, getattr(self, name), ranks) for name in self.repeated_fields}
        return self.update(parts, Check.RELATIONS)

    def effective_rank(self) -> Numeric:
        """Proxy for expressiveness: total width of the query heads. Paper sec. 4.1."""
        raise NotImplementedError

    def cache_bytes(self, context: Numeric) -> Numeric:
        """Cached tokens of one sequence of that length in one layer [byte], states left out."""
        return self.kv_bytes_per_token() * self.stored_tokens(context)

    def sequence_bytes(self, context: Numeric) -> Numeric:
        """Cached tokens and state of one sequence of that length in one layer [byte]."""
        return self.cache_bytes(context) + self.state_bytes()

    def linear_flops(self, hidden: Numeric) -> Numeric:
        """Projections of one layer for one decoded token [FLOP]."""
        return FLOPS_PER_MAC * self.linear_parameters(hidden)

    def weight_bytes(self, hidden: Numeric) -> Numeric:
        """Stored projection weights of one layer [byte]."""
        return self.linear_parameters(hidden) * self.weight_bits / BITS_PER_BYTE

    def arithmetic_intensity(self, context: Numeric) -> Numeric:
        """Core FLOPs per byte of cache read [FLOP/byte], before any multi-token prediction. Paper sec. 4.3."""
        return self.core_flops(context) / self.kv_bytes(context)


def divided(name: str, count: Numeric, ranks: int) -> Numeric:
    """`count` over `ranks`; DomainError where it does not divide evenly."""
    if np.any(count % ranks != 0):
        raise DomainError(Problem("tensor_parallel", f"{ranks} is not allowed; must divide {name} = {quote(count)}"))
    return count // ranks


def _at_least_one(name: str, count: Numeric, ranks: int) -> Numeric:
    """`count` over `ranks`, or 1 where several ranks share one."""
    if not np.all((count % ranks == 0) | (ranks % count == 0)):
        reason = f"{ranks} is not allowed; must divide {name} = {quote(count)} or be a multiple of it"
        raise DomainError(Problem("tensor_parallel", reason))
    return np.maximum(count // ranks, 1)
