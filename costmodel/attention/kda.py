"""Kimi delta attention: the delta rule with a decay of its own for every channel (Kimi Linear)."""

from typing import Annotated, ClassVar, Literal

from costmodel.attention.base import Formulas
from costmodel.attention.fields import Dim, Heads
from costmodel.attention.recurrent import ConvolvedRecurrence
from costmodel.mechanism import SmallParameters
from costmodel.spec import Choice
from costmodel.units import Numeric

GateRank = Annotated[
    Literal["low", "full"],
    Choice(
        label="Gate rank",
        choices=("low", "full"),
        help="low: the output gate is projected through one head's width (Kimi Linear). full: H h d (Kimi K3).",
        rare=True,
    ),
]


class Kda(ConvolvedRecurrence):
    """h heads, each with a d x d state whose rows decay one by one. arXiv 2510.26692."""

    label: ClassVar[str] = "KDA (Kimi Linear)"
    formulas: ClassVar[Formulas] = Formulas(
        kv="0 per token; per step 2 h d d b and the convolution",
        core="7 h d d per step",
        linear="4 H h d + 2 (H d + d h d) + H h; full-rank gate: 5 H h d + (H d + d h d) + H h",
        rank="h d",
    )
    width_fields: ClassVar[tuple[str, ...]] = ("head_dim",)
    starts: ClassVar[dict[str, int]] = {"heads": 32, "head_dim": 128}
    # Decay 1, k S 2, outer product and accumulation 2, q S 2.
    flops_per_state_element: ClassVar[int] = 7

    kind: Literal["kda"] = "kda"
    heads: Heads
    head_dim: Dim
    gate_rank: GateRank = "low"

    def state_elements(self) -> Numeric:
        """A matrix of d x d for each of h heads."""
        return self.heads * self.head_dim * self.head_dim

    def conv_channels(self) -> Numeric:
        """Queries, keys and values: 3 h d."""
        return 3 * self.heads * self.head_dim

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """Query, key, value and output H h d each; decay and gate through width d, or the gate H h d; strength H h."""
        width = self.heads * self.head_dim
        through_one_head = hidden * self.head_dim + self.head_dim * width
        gate = hidden * width if self.gate_rank == "full" else through_one_head
        return 4 * hidden * width + through_one_head + gate + hidden * self.heads

    def output_parameters(self, hidden: Numeric) -> Numeric:
        """h d H."""
        return hidden * self.heads * self.head_dim

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """Convolution 3 K h d, step size h d, decay h, a norm of d."""
        state = (3 * self.kernel + 1) * self.heads * self.head_dim + self.heads
        return SmallParameters(norms=self.norms * hidden + self.head_dim, state=state)

    def effective_rank(self) -> Numeric:
        """Heads x head_dim."""
        return self.heads * self.head_dim
