"""Gated DeltaNet: linear attention that overwrites its state with the delta rule (Qwen3-Next, Qwen3.5)."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from costmodel.attention.base import Formulas
from costmodel.attention.fields import Heads, KeyDim, ValueDim
from costmodel.attention.recurrent import ConvolvedRecurrence
from costmodel.mechanism import SmallParameters
from costmodel.spec import Field, Rule
from costmodel.units import Numeric

KeyHeads = Annotated[
    int,
    Field(
        label="Key heads",
        unit="heads",
        low=1,
        high=1024,
        stops=tuple(2**power for power in range(8)),
        help="Query and key heads hk, each shared by equally many value heads; divides the heads.",
    ),
]


class GatedDelta(ConvolvedRecurrence):
    """hv value heads, each with a dk x dv state that decays and is corrected by every token. arXiv 2412.06464."""

    label: ClassVar[str] = "Gated DeltaNet"
    formulas: ClassVar[Formulas] = Formulas(
        kv="0 per token; per step 2 hv dk dv b and the convolution",
        core="7 hv dk dv per step",
        linear="H (2 hk dk + 2 hv dv + 2 hv) + hv dv H",
        rank="hv dk",
    )
    repeated_fields: ClassVar[tuple[str, ...]] = ("key_heads",)
    width_fields: ClassVar[tuple[str, ...]] = ("key_dim", "value_dim")
    starts: ClassVar[dict[str, int]] = {"heads": 32, "key_heads": 1, "key_dim": 128, "value_dim": 128}
    # Decay 1, k S 2, outer product and accumulation 2, q S 2.
    flops_per_state_element: ClassVar[int] = 7

    kind: Literal["gated_delta"] = "gated_delta"
    heads: Heads
    key_heads: KeyHeads
    key_dim: KeyDim
    value_dim: ValueDim

    def rules(self) -> Iterable[Rule]:
        """Every key head serves equally many value heads."""
        values = {"heads": self.heads, "key_heads": self.key_heads}
        yield Rule(self.heads % self.key_heads == 0, "key_heads must divide heads", values)

    def state_elements(self) -> Numeric:
        """A matrix of dk x dv for each value head."""
        return self.heads * self.key_dim * self.value_dim

    def conv_channels(self) -> Numeric:
        """Queries, keys and values: 2 hk dk + hv dv."""
        return 2 * self.key_heads * self.key_dim + self.heads * self.value_dim

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """Query and key H hk dk each, value, output gate and output H hv dv each, decay and strength H hv each."""
        width = 2 * self.key_heads * self.key_dim + 2 * self.heads * self.value_dim + 2 * self.heads
        return hidden * width + self.output_parameters(hidden)

    def output_parameters(self, hidden: Numeric) -> Numeric:
        """hv dv H."""
        return hidden * self.heads * self.value_dim

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """Convolution K (2 hk dk + hv dv), decay and step size 2 hv, a norm of dv."""
        state = self.kernel * self.conv_channels() + 2 * self.heads
        return SmallParameters(norms=self.norms * hidden + self.value_dim, state=state)

    def effective_rank(self) -> Numeric:
        """Heads x key_dim."""
        return self.heads * self.key_dim
