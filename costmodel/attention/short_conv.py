"""Gated short convolution: a mixer that sees the last few tokens only (LFM2)."""

from typing import Annotated, ClassVar, Literal

from costmodel.attention.base import Formulas
from costmodel.attention.recurrent import ConvolvedRecurrence, Kernel
from costmodel.mechanism import SmallParameters
from costmodel.spec import Field
from costmodel.units import Numeric

Width = Annotated[
    int,
    Field(
        label="Convolution width",
        unit="elements",
        low=1,
        high=1_000_000,
        stops=tuple(range(512, 16_385, 512)),
        help="Channels of the convolution, as many as the hidden size in LFM2.",
    ),
]


class ShortConv(ConvolvedRecurrence):
    """A causal convolution over K tokens between two gates. LFM2, arXiv 2511.23404."""

    label: ClassVar[str] = "Gated short convolution"
    short: ClassVar[str] = "short convolution"
    formulas: ClassVar[Formulas] = Formulas(
        kv="0 per token; per step W K b", core="2 K W per step", linear="3 H W + W H", rank="W"
    )
    split_fields: ClassVar[tuple[str, ...]] = ("width",)
    width_fields: ClassVar[tuple[str, ...]] = ()
    starts: ClassVar[dict[str, int]] = {"width": 2048}
    flops_per_state_element: ClassVar[int] = 0

    kind: Literal["short_conv"] = "short_conv"
    kernel: Kernel = 3
    width: Width

    def state_elements(self) -> Numeric:
        """None: the inputs of the convolution are all that is kept."""
        return 0

    def conv_channels(self) -> Numeric:
        """All W."""
        return self.width

    def core_flops(self, context: Numeric) -> Numeric:
        """2 K for each channel [FLOP]."""
        return 2 * self.kernel * self.width

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """Input and two gates H W each, output W H."""
        return 3 * hidden * self.width + self.output_parameters(hidden)

    def output_parameters(self, hidden: Numeric) -> Numeric:
        """W H."""
        return hidden * self.width

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """The convolution, K W."""
        return SmallParameters(norms=self.norms * hidden, state=self.kernel * self.width)

    def effective_rank(self) -> Numeric:
        """Channels."""
        return self.width
