"""Mamba-2: a state-space layer whose heads decay as a whole (Nemotron-H, Granite 4, Bamba, Falcon-H1)."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from costmodel.attention.base import Formulas
from costmodel.attention.fields import Dim, Heads, StateDim
from costmodel.attention.recurrent import ConvolvedRecurrence
from costmodel.mechanism import SmallParameters
from costmodel.spec import Choice, Field, Rule
from costmodel.units import Numeric

Groups = Annotated[
    int,
    Field(
        label="State groups",
        unit="groups",
        low=1,
        high=1024,
        stops=(1, 2, 4, 8, 16),
        help="Groups of heads G that share input and output vectors of the state; divides the heads.",
    ),
]
InnerNorm = Annotated[
    Literal["gated", "none"],
    Choice(
        label="Inner norm",
        choices=("gated", "none"),
        help="gated: the heads' output is normalised before it is projected (Mamba-2). none: it is not (Falcon-H1).",
        rare=True,
    ),
]


class Mamba2(ConvolvedRecurrence):
    """Heads of width d, P = h d channels in all, each channel with N state elements. arXiv 2405.21060."""

    label: ClassVar[str] = "Mamba-2"
    formulas: ClassVar[Formulas] = Formulas(
        kv="0 per token; per step 2 P N b and the convolution, P = h d",
        core="5 P N per step",
        linear="H (2 P + 2 G N + h) + P H",
        rank="h N",
    )
    repeated_fields: ClassVar[tuple[str, ...]] = ("groups",)
    width_fields: ClassVar[tuple[str, ...]] = ("head_dim",)
    starts: ClassVar[dict[str, int]] = {"heads": 128, "head_dim": 64, "groups": 1, "state_dim": 128}
    # Decay 1, outer product and accumulation 2, read-out 2.
    flops_per_state_element: ClassVar[int] = 5

    kind: Literal["mamba2"] = "mamba2"
    heads: Heads
    head_dim: Dim
    groups: Groups
    state_dim: StateDim
    inner_norm: InnerNorm = "gated"

    def rules(self) -> Iterable[Rule]:
        """Groups are equal."""
        values = {"heads": self.heads, "groups": self.groups}
        yield Rule(self.heads % self.groups == 0, "groups must divide heads", values)

    def inner_width(self) -> Numeric:
        """P = h d."""
        return self.heads * self.head_dim

    def state_elements(self) -> Numeric:
        """P N."""
        return self.inner_width() * self.state_dim

    def conv_channels(self) -> Numeric:
        """P + 2 G N."""
        return self.inner_width() + 2 * self.groups * self.state_dim

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """Input: gate P, convolution P + 2 G N, step size h. Output P H."""
        return hidden * (self.inner_width() + self.conv_channels() + self.heads) + self.output_parameters(hidden)

    def output_parameters(self, hidden: Numeric) -> Numeric:
        """P H."""
        return hidden * self.inner_width()

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """Convolution with bias (K + 1) (P + 2 G N); decay, skip and step size 3 h; a norm of P."""
        return SmallParameters(
            norms=self.norms * hidden + self.inner_width() * (self.inner_norm == "gated"),
            biases=self.conv_channels(),
            state=self.kernel * self.conv_channels() + 3 * self.heads,
        )

    def effective_rank(self) -> Numeric:
        """Heads x state_dim."""
        return self.heads * self.state_dim
