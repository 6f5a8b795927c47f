"""Base of the layer groups of both stacks: a mechanism with a kind, and the conversion between mechanisms."""

from typing import Annotated, Any, ClassVar, NamedTuple, Self

from costmodel.spec import Field, Spec
from costmodel.units import Numeric

Layers = Annotated[int, Field(label="Layers", unit="layers", low=1, high=1000, help="Number of layers in this group.")]
Norms = Annotated[
    int,
    Field(
        label="Norm vectors",
        unit="vectors",
        low=0,
        high=16,
        help="Norm weights around one layer, in vectors of hidden width: 1 for an RMSNorm before it, 2 for one "
        "before and one after, or for a LayerNorm with bias.",
    ),
]
WeightBits = Annotated[
    float,
    Field(
        label="Weight bits",
        unit="bit",
        low=1,
        high=32,
        whole=False,
        help="Bits stored per weight, scales included: 8, 4.25 in MXFP4, 4.5 in NVFP4.",
    ),
]


class SmallParameters(NamedTuple):
    """Parameters of one layer beside its matrices: counted and stored, too few to cost anything.

    `norms` scale vectors, `biases` of projections, `sinks` of the softmax, `state` what shapes a recurrence
    (decay, step size, short convolution).
    """

    norms: Numeric = 0
    biases: Numeric = 0
    sinks: Numeric = 0
    state: Numeric = 0


class Mechanism(Spec):
    """A group of equal layers. `starts` are the values a field takes when nothing can be carried over to it."""

    label: ClassVar[str]
    short: ClassVar[str] = ""
    """The label in sentences; empty where it is the label up to its first bracket or comma."""
    width_fields: ClassVar[tuple[str, ...]]
    starts: ClassVar[dict[str, int]]

    layers: Layers
    weight_bits: WeightBits = 8
    norms: Norms = 1

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """Norms, biases and other parameters of one layer that are no matrices."""
        return SmallParameters(norms=self.norms * hidden)

    @classmethod
    def tag(cls) -> str:
        """The `kind` by which files and links name this mechanism."""
        return str(cls.model_fields["kind"].default)

    @classmethod
    def in_words(cls) -> str:
        """A short name for sentences: `12 GQA layers`, `3 dense layers`."""
        return cls.short or cls.label.split(" (")[0].split(",")[0]

    @classmethod
    def like(cls, other: "Mechanism") -> tuple[Self, dict[str, Any]]:
        """A group with everything that carries over from another, and the fields it had to choose by itself.

        Fields of the same name carry over; the width of a head carries over to whatever it is called here; the rest
        starts at `starts`, the values of the model that made the mechanism known, or at the field's own default.
        """
        carried = {name: getattr(other, name) for name in cls.model_fields if name in type(other).model_fields}
        carried.pop("kind", None)
        widths = {getattr(other, name) for name in other.width_fields}
        if len(widths) == 1:
            carried |= dict.fromkeys(cls.width_fields, widths.pop())
        chosen = {
            name: start for name, start in cls.starts.items() if carried.get(name) is None and name in cls.model_fields
        }
        return cls(**carried | chosen), chosen
