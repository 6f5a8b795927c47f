"""Lightning attention: linear attention with a recurrent state instead of a cache, as in MiniMax M1."""

from typing import Annotated, ClassVar, Literal

from costmodel.attention.base import Attention, Formulas, Heads
from costmodel.spec import Field
from costmodel.units import BITS_PER_BYTE, Numeric

KeyDim = Annotated[
    int, Field(label="Key dimension", unit="elements", low=1, high=4096, help="Rows dk of one head's state.")
]
ValueDim = Annotated[
    int, Field(label="Value dimension", unit="elements", low=1, high=4096, help="Columns dv of one head's state.")
]
StateBits = Annotated[
    int,
    Field(label="State bits", unit="bit", low=8, high=32, choices=(8, 16, 32), help="Bits stored per state element."),
]

# Decay, outer product, accumulation and read-out of one state element. Fitted to the paper's Table 2 (MiniMax M1,
# 3.42e9 FLOP per token); the paper does not state the factor.
FLOPS_PER_STATE_ELEMENT = 10


class Lightning(Attention):
    """h heads, each with a dk x dv state that is read and written in every step, at any context. Paper Table 2."""

    label: ClassVar[str] = "Lightning (linear)"
    formulas: ClassVar[Formulas] = Formulas(
        kv="0 per token; per step 2 h dk dv b", core="10 h dk dv per step", linear="2 H h dk + 3 H h dv", rank="h dk"
    )
    width_fields: ClassVar[tuple[str, ...]] = ("key_dim", "value_dim")
    starts: ClassVar[dict[str, int]] = {"heads": 64, "key_dim": 128, "value_dim": 128}

    kind: Literal["lightning"] = "lightning"
    heads: Heads
    key_dim: KeyDim
    value_dim: ValueDim
    state_bits: StateBits = 32

    def kv_bytes_per_token(self) -> Numeric:
        """Nothing: the state does not grow."""
        return 0

    def state_bytes(self) -> Numeric:
        """h dk dv elements [byte]."""
        return self.heads * self.key_dim * self.value_dim * self.state_bits / BITS_PER_BYTE

    def cached_tokens(self, context: Numeric) -> Numeric:
        """None, at any context."""
        return 0 * context

    def kv_bytes(self, context: Numeric) -> Numeric:
        """The state is read and written once per step [byte]; independent of context."""
        return 2 * self.state_bytes()

    def core_flops(self, context: Numeric) -> Numeric:
        """10 h dk dv per step [FLOP]; independent of context."""
        return FLOPS_PER_STATE_ELEMENT * self.heads * self.key_dim * self.value_dim

    def prefill_core_flops(self, prompt: Numeric, cached: Numeric) -> Numeric:
        """The decode step's work for every computed token [FLOP]: the block form runs faster, not with less work."""
        return self.core_flops(prompt) * (prompt - cached)

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        """Query and key H h dk each; value, output gate and output H h dv each."""
        return hidden * self.heads * (2 * self.key_dim + 3 * self.value_dim)

    def output_parameters(self, hidden: Numeric) -> Numeric:
        """H h dv."""
        return hidden * self.heads * self.value_dim

    def core_padding(self, tile: Numeric, positions: Numeric) -> Numeric:
        """1: a state update has no query tile."""
        return 1

    def effective_rank(self) -> Numeric:
        """Heads x key_dim."""
        return self.heads * self.key_dim
