"""Base of the feed-forward mechanisms: the quantities of one layer."""

from typing import Annotated, ClassVar, Literal

from costmodel.errors import DomainError, Problem
from costmodel.ffn.lookup import WithTable
from costmodel.kernels import Product, Work
from costmodel.spec import Choice, Field
from costmodel.units import BITS_PER_BYTE, FLOPS_PER_MAC, Numeric

Bits = Annotated[
    int,
    Field(
        label="Compute bits", unit="bit", low=4, high=16, choices=(4, 8, 16), help="Precision of the matrix products."
    ),
]
Matrices = Annotated[
    int,
    Field(
        label="Matrices",
        unit="matrices",
        low=2,
        high=3,
        choices=(2, 3),
        help="3: gate, up and down projection. 2: up and down, no gate (squared ReLU, plain GELU).",
    ),
]
Biases = Annotated[
    Literal["none", "all"],
    Choice(label="FFN biases", choices=("none", "all"), help="all: every matrix has a bias (gpt-oss).", rare=True),
]


class Ffn(WithTable):
    """A group of equal feed-forward layers. Subclasses are the mechanisms."""

    element_wise_passes: ClassVar[int] = 0
    """Element-wise kernels of a layer beyond those of every layer."""
    quantised_inputs: ClassVar[int] = 2
    """Inputs of matrix products that a layer quantises when it computes below 16 bits."""

    compute_bits: Bits = 8
    matrices: Matrices = 3
    biases: Biases = "none"

    def active_parameters(self, hidden: Numeric) -> Numeric:
        """Weights of one layer that a token is multiplied with [parameters], router left out; the mean if they vary."""
        raise NotImplementedError

    def active_range(self, hidden: Numeric) -> tuple[Numeric, Numeric]:
        """Least and most weights of one layer that a token can be multiplied with [parameters], router left out."""
        return self.active_parameters(hidden), self.active_parameters(hidden)

    def stored_parameters(self, hidden: Numeric) -> Numeric:
        """Weights of one layer [parameters], router and table left out."""
        raise NotImplementedError

    def common_parameters(self, hidden: Numeric) -> Numeric:
        """The part of them that every token uses [parameters]."""
        raise NotImplementedError

    def touched_parameters(self, hidden: Numeric, tokens: Numeric) -> Numeric:
        """Weights of one layer that a batch of `tokens` is expected to read [parameters]; tokens route evenly."""
        raise NotImplementedError

    def servers_visited(self, servers: Numeric) -> Numeric:
        """Distinct servers that the routed experts of one token are expected to lie on, out of that many."""
        raise NotImplementedError

    def experts_per_token(self) -> Numeric:
        """Routed experts that work on one token, on average; 0 where nothing is routed."""
        return 0

    def wire_width(self, hidden: Numeric) -> Numeric:
        """Width of the vector that a token sends to its experts over the network, and gets back [elements]."""
        return hidden

    def common_products(self, hidden: Numeric, ranks: int) -> tuple[Product, ...]:
        """Matrix products with the weights that every token uses, on one of `ranks` ranks that share their width."""
        width = self.common_parameters(hidden) / (self.matrices * hidden) / ranks
        return (Product(hidden, (self.matrices - 1) * width), Product(width, hidden))

    def router_products(self, hidden: Numeric) -> tuple[Product, ...]:
        """The matrix product that chooses experts; none where nothing is routed."""
        return ()

    def expert_work(
        self, hidden: Numeric, *, tokens: Numeric, ranks: Numeric, width_ranks: Numeric, imbalance: Numeric
    ) -> Work:
        """Routed experts of one rank for `tokens` tokens of the whole group: experts over `ranks`, widths over others.

        Only for mechanisms with `experts_per_token` above 0.
        """
        raise NotImplementedError

    def check_ranks(self, *, ranks: int, width_ranks: int, common_ranks: int) -> None:
        """DomainError where experts or widths do not divide evenly over the ranks of a placement."""
        raise NotImplementedError

    def router_parameters(self, hidden: Numeric) -> Numeric:
        """Weights that choose the experts in one layer; counted as parameters, left out of costs as in the paper."""
        raise NotImplementedError

    def unused_biases(self, hidden: Numeric) -> Numeric:
        """Biases of one layer that a token does not use: those of experts it is not routed to."""
        return 0 * hidden

    def sparsity(self) -> Numeric:
        """Share of experts that a token activates, S = (top_k + shared) / experts; 1 when dense. Paper sec. 5.3."""
        raise NotImplementedError

    def experts_at_sparsity(self, sparsity: Numeric) -> Numeric:
        """Routed experts per token, rounded, that would lift S to that value; 0 when dense. Paper sec. 5.4."""
        raise NotImplementedError

    def flops(self, hidden: Numeric) -> Numeric:
        """Work of one layer for one decoded token [FLOP]."""
        return FLOPS_PER_MAC * self.active_parameters(hidden)

    def common_bits(self) -> Numeric:
        """Bits stored per weight that every token uses."""
        return self.weight_bits

    def matrix_bytes(self, hidden: Numeric) -> Numeric:
        """Stored weights of one layer [byte], table left out."""
        return self._bytes(self.stored_parameters(hidden), hidden)

    def common_bytes(self, hidden: Numeric) -> Numeric:
        """Stored weights of one layer that every token uses [byte]."""
        return self.common_parameters(hidden) * self.common_bits() / BITS_PER_BYTE

    def read_bytes(self, hidden: Numeric, tokens: Numeric) -> Numeric:
        """Weights and table rows of one layer that a batch of `tokens` is expected to read [byte]."""
        return self._bytes(self.touched_parameters(hidden, tokens), hidden) + tokens * self.table_read_bytes()

    def weight_bytes(self, hidden: Numeric) -> Numeric:
        """Stored weights of one layer [byte], its table included unless that is in host memory."""
        return self.matrix_bytes(hidden) + self.table_bytes()

    def _bytes(self, parameters: Numeric, hidden: Numeric) -> Numeric:
        """Size of some weights, `common` of them used by every token [byte]."""
        more = (self.common_bits() - self.weight_bits) * self.common_parameters(hidden)
        return (parameters * self.weight_bits + more) / BITS_PER_BYTE


def check_division(argument: str, ranks: int, name: str, count: int) -> None:
    """DomainError where `count` does not divide evenly over the ranks of that argument."""
    if count % ranks:
        raise DomainError(Problem(argument, f"{ranks} is not allowed; must divide {name} = {count}"))
