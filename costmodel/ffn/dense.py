"""The dense feed-forward layer, gated or not."""

from typing import Annotated, ClassVar, Literal

from costmodel.ffn.base import Ffn, check_division
from costmodel.mechanism import SmallParameters
from costmodel.spec import Field
from costmodel.units import Numeric

Intermediate = Annotated[
    int,
    Field(
        label="Intermediate width",
        unit="elements",
        low=1,
        high=1_000_000,
        stops=tuple(range(1024, 32769, 512)),
        help="Inner width I of the layer.",
    ),
]


class Dense(Ffn):
    """Every token uses every weight: 3 H I parameters, 2 H I without a gate. Paper sec. 4."""

    label: ClassVar[str] = "Dense"
    short: ClassVar[str] = "dense"
    width_fields: ClassVar[tuple[str, ...]] = ()
    starts: ClassVar[dict[str, int]] = {"intermediate": 18432}

    kind: Literal["dense"] = "dense"
    intermediate: Intermediate

    def active_parameters(self, hidden: Numeric) -> Numeric:
        """m H I, m matrices, and the projections of a table."""
        return self.matrices * hidden * self.intermediate + self.table_projection_parameters(hidden)

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """Norms; biases I for each input matrix and H for the output."""
        biases = ((self.matrices - 1) * self.intermediate + hidden) * (self.biases == "all")
        return SmallParameters(norms=self.norms * hidden, biases=biases)

    def stored_parameters(self, hidden: Numeric) -> Numeric:
        """All of them are active."""
        return self.active_parameters(hidden)

    def common_parameters(self, hidden: Numeric) -> Numeric:
        """All of them."""
        return self.active_parameters(hidden)

    def touched_parameters(self, hidden: Numeric, tokens: Numeric) -> Numeric:
        """All of them, for any batch."""
        return self.active_parameters(hidden)

    def servers_visited(self, servers: Numeric) -> Numeric:
        """None: nothing is routed."""
        return 0

    def check_ranks(self, *, ranks: int, width_ranks: int, common_ranks: int) -> None:
        """The width over the ranks that share dense layers."""
        check_division("tensor_parallel", common_ranks, "intermediate", self.intermediate)

    def router_parameters(self, hidden: Numeric) -> Numeric:
        """There is nothing to choose."""
        return 0

    def sparsity(self) -> Numeric:
        """1."""
        return 1.0

    def experts_at_sparsity(self, sparsity: Numeric) -> Numeric:
        """There is nothing to activate."""
        return 0
