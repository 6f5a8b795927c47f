"""Mamba: a selective state-space layer, every channel with a state and a decay of its own (Jamba, Falcon-Mamba)."""

from typing import Annotated, ClassVar, Literal

from costmodel.attention.base import Formulas
from costmodel.attention.fields import StateDim
from costmodel.attention.recurrent import ConvolvedRecurrence
from costmodel.mechanism import SmallParameters
from costmodel.spec import Choice, Field
from costmodel.units import Numeric

Width = Annotated[
    int,
    Field(
        label="Inner width",
        unit="elements",
        low=1,
        high=1_000_000,
        stops=tuple(range(1024, 32_769, 1024)),
        help="Channels D of the recurrence.",
    ),
]
StepRank = Annotated[
    int,
    Field(
        label="Step rank",
        unit="elements",
        low=1,
        high=65_536,
        help="Width R through which the step size of every channel is made.",
    ),
]
InnerNorms = Annotated[
    Literal["none", "all"],
    Choice(
        label="Inner norms",
        choices=("none", "all"),
        help="all: step size, input and output vector of the state are normalised (Jamba).",
        rare=True,
    ),
]


class Mamba1(ConvolvedRecurrence):
    """D channels with N state elements each. arXiv 2312.00752."""

    label: ClassVar[str] = "Mamba"
    formulas: ClassVar[Formulas] = Formulas(
        kv="0 per token; per step 2 D N b and the convolution",
        core="7 D N per step",
        linear="2 H D + D (R + 2 N) + R D + D H",
        rank="D",
    )
    split_fields: ClassVar[tuple[str, ...]] = ("width",)
    width_fields: ClassVar[tuple[str, ...]] = ()
    starts: ClassVar[dict[str, int]] = {"width": 8192, "state_dim": 16, "step_rank": 256}
    # exp(dt A) 2, decay 1, dt B x 1, accumulation 1, read-out 2.
    flops_per_state_element: ClassVar[int] = 7

    kind: Literal["mamba1"] = "mamba1"
    width: Width
    state_dim: StateDim
    step_rank: StepRank
    inner_norms: InnerNorms = "none"

    def state_elements(self) -> Numeric:
        """D N."""
        return self.width * self.state_dim

    def conv_channels(self) -> Numeric:
        """All D."""
        return self.width

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """Input and gate 2 H D, step size and state vectors D (R + 2 N), step size R D, output D H."""
        selection = self.width * (2 * self.step_rank + 2 * self.state_dim)
        return 2 * hidden * self.width + selection + self.output_parameters(hidden)

    def output_parameters(self, hidden: Numeric) -> Numeric:
        """D H."""
        return hidden * self.width

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """Convolution with bias (K + 1) D, decay D N, skip and step size 2 D, norms R + 2 N."""
        inner = (self.step_rank + 2 * self.state_dim) * (self.inner_norms == "all")
        return SmallParameters(
            norms=self.norms * hidden + inner,
            biases=2 * self.width,
            state=self.width * (self.kernel + self.state_dim + 1),
        )

    def effective_rank(self) -> Numeric:
        """Channels."""
        return self.width
