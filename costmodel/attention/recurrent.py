"""Recurrent layers: a state per sequence that is read and written in every step, and no cache that grows."""

from typing import Annotated, ClassVar

from costmodel.attention.base import Attention
from costmodel.spec import Field
from costmodel.units import BITS_PER_BYTE, Numeric

StateBits = Annotated[
    int,
    Field(label="State bits", unit="bit", low=8, high=32, choices=(8, 16, 32), help="Bits stored per state element."),
]

Kernel = Annotated[
    int,
    Field(
        label="Convolution kernel",
        unit="tokens",
        low=2,
        high=64,
        help="Tokens K that the short convolution before the recurrence spans; as many columns are kept.",
    ),
]
ConvBits = Annotated[
    int,
    Field(
        label="Convolution bits",
        unit="bit",
        low=8,
        high=32,
        choices=(8, 16, 32),
        help="Bits stored per element of the short convolution's columns.",
    ),
]


class RecurrentAttention(Attention):
    """A mixer whose traffic and work do not depend on context. Subclasses say how large the state is.

    Nearly all of its work is element-wise on the state, so it is bound by memory at any batch.
    """

    flops_per_state_element: ClassVar[int]

    state_bits: StateBits = 32

    def state_elements(self) -> Numeric:
        """Elements of the state of one sequence in one layer."""
        raise NotImplementedError

    def stored_tokens(self, context: Numeric) -> Numeric:
        """None, at any context."""
        return 0 * context

    def read_tokens(self, context: Numeric) -> Numeric:
        """None, at any context."""
        return 0 * context

    def kv_bytes_per_token(self) -> Numeric:
        """Nothing: the state does not grow."""
        return 0

    def state_bytes(self) -> Numeric:
        """The state of one sequence in one layer [byte]."""
        return self.state_elements() * self.state_bits / BITS_PER_BYTE

    def kv_bytes(self, context: Numeric, positions: Numeric = 1) -> Numeric:
        """The state is read and written once per step [byte]; independent of context."""
        return 2 * self.state_bytes()

    def core_flops(self, context: Numeric) -> Numeric:
        """Work on every state element once per token [FLOP]; independent of context."""
        return self.flops_per_state_element * self.state_elements()

    def prefill_core_flops(self, prompt: Numeric, cached: Numeric) -> Numeric:
        """The decode step's work for every computed token [FLOP]: the block form runs faster, not with less work."""
        return self.core_flops(prompt) * (prompt - cached)

    def core_padding(self, tile: Numeric, positions: Numeric) -> Numeric:
        """1: a state update has no query tile."""
        return 1


class ConvolvedRecurrence(RecurrentAttention):
    """A recurrence behind a short causal convolution, whose last inputs are kept beside the state."""

    kernel: Kernel = 4
    conv_bits: ConvBits = 16

    def conv_channels(self) -> Numeric:
        """Channels that the convolution runs over."""
        raise NotImplementedError

    def conv_columns(self) -> Numeric:
        """Inputs of each channel that are kept: K, as Hugging Face transformers does; K - 1 of them are needed."""
        return self.kernel

    def conv_bytes(self) -> Numeric:
        """Inputs of the convolution that one sequence keeps in one layer [byte]."""
        return self.conv_channels() * self.conv_columns() * self.conv_bits / BITS_PER_BYTE

    def state_bytes(self) -> Numeric:
        """State and inputs of the convolution of one sequence in one layer [byte]."""
        return super().state_bytes() + self.conv_bytes()

    def kv_bytes(self, context: Numeric, positions: Numeric = 1) -> Numeric:
        """The state is read and written once per step, the inputs of the convolution are read [byte]."""
        return 2 * self.state_bytes() - self.conv_bytes()
