"""Lightning attention: linear attention with a recurrent state instead of a cache, as in MiniMax M1."""

from typing import ClassVar, Literal

from costmodel.attention.base import Formulas
from costmodel.attention.fields import Heads, KeyDim, ValueDim
from costmodel.attention.recurrent import RecurrentAttention
from costmodel.mechanism import SmallParameters
from costmodel.units import Numeric


class Lightning(RecurrentAttention):
    """h heads, each with a dk x dv state that is read and written in every step, at any context. Paper Table 2."""

    label: ClassVar[str] = "Lightning (linear)"
    formulas: ClassVar[Formulas] = Formulas(
        kv="0 per token; per step 2 h dk dv b", core="10 h dk dv per step", linear="2 H h dk + 3 H h dv", rank="h dk"
    )
    width_fields: ClassVar[tuple[str, ...]] = ("key_dim", "value_dim")
    starts: ClassVar[dict[str, int]] = {"heads": 64, "key_dim": 128, "value_dim": 128}
    # Decay, outer product, accumulation and read-out of one state element. Fitted to the paper's Table 2 (MiniMax M1,
    # 3.42e9 FLOP per token); the paper does not state the factor.
    flops_per_state_element: ClassVar[int] = 10

    kind: Literal["lightning"] = "lightning"
    heads: Heads
    key_dim: KeyDim
    value_dim: ValueDim

    def state_elements(self) -> Numeric:
        """A matrix of dk x dv for each of h heads."""
        return self.heads * self.key_dim * self.value_dim

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """Query and key H h dk each; value, output gate and output H h dv each."""
        return hidden * self.heads * (2 * self.key_dim + 3 * self.value_dim)

    def output_parameters(self, hidden: Numeric) -> Numeric:
        """H h dv."""
        return hidden * self.heads * self.value_dim

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """A norm of the heads' output, h dv."""
        return SmallParameters(norms=self.norms * hidden + self.heads * self.value_dim)

    def effective_rank(self) -> Numeric:
        """Heads x key_dim."""
        return self.heads * self.key_dim
