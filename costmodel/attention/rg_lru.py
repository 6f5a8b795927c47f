"""Real-gated linear recurrent unit: one state element per channel (RecurrentGemma, Griffin)."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from costmodel.attention.base import Formulas
from costmodel.attention.recurrent import ConvolvedRecurrence
from costmodel.mechanism import SmallParameters
from costmodel.spec import Field, Rule
from costmodel.units import Numeric

Width = Annotated[
    int,
    Field(
        label="Recurrent width",
        unit="elements",
        low=1,
        high=1_000_000,
        stops=tuple(range(512, 16_385, 512)),
        help="Channels W of the recurrence.",
    ),
]
Blocks = Annotated[
    int,
    Field(
        label="Gate blocks",
        unit="blocks",
        low=1,
        high=1024,
        help="Blocks of the block-diagonal gates; divides the recurrent width.",
    ),
]


class RgLru(ConvolvedRecurrence):
    """W channels that decay by a gate of their input. arXiv 2402.19427, sec. 2.4."""

    label: ClassVar[str] = "RG-LRU"
    formulas: ClassVar[Formulas] = Formulas(
        kv="0 per token; per step 2 W b and the convolution",
        core="4 W per step",
        linear="3 H W + 2 W W / blocks",
        rank="W",
    )
    split_fields: ClassVar[tuple[str, ...]] = ("width", "blocks")
    width_fields: ClassVar[tuple[str, ...]] = ()
    starts: ClassVar[dict[str, int]] = {"width": 2560, "blocks": 1}
    # Element-wise: decay, gate and scale of the input, accumulation.
    flops_per_state_element: ClassVar[int] = 4

    kind: Literal["rg_lru"] = "rg_lru"
    width: Width
    blocks: Blocks

    def rules(self) -> Iterable[Rule]:
        """Blocks are equal."""
        values = {"width": self.width, "blocks": self.blocks}
        yield Rule(self.width % self.blocks == 0, "blocks must divide width", values)

    def state_elements(self) -> Numeric:
        """One for each channel, W."""
        return self.width

    def conv_channels(self) -> Numeric:
        """All W."""
        return self.width

    def conv_columns(self) -> Numeric:
        """K - 1, as the reference keeps them."""
        return self.kernel - 1

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """Two inputs and the output H W each, two block-diagonal gates W W / blocks each."""
        return 3 * hidden * self.width + 2 * self.width * (self.width // self.blocks)

    def output_parameters(self, hidden: Numeric) -> Numeric:
        """W H."""
        return hidden * self.width

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """Biases of inputs, output, convolution and gates; convolution K W and decay W."""
        return SmallParameters(
            norms=self.norms * hidden,
            biases=5 * self.width + hidden,
            state=(self.kernel + 1) * self.width,
        )

    def effective_rank(self) -> Numeric:
        """Channels."""
        return self.width
