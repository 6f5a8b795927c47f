"""What a layer group of either stack is: a mechanism with a kind, and how one mechanism is turned into another."""

from typing import Any, ClassVar, Self

from costmodel.spec import Spec


class Mechanism(Spec):
    """A group of equal layers. `starts` are the values a field takes when nothing can be carried over to it."""

    label: ClassVar[str]
    width_fields: ClassVar[tuple[str, ...]]
    starts: ClassVar[dict[str, int]]

    @classmethod
    def tag(cls) -> str:
        """The `kind` by which files and links name this mechanism."""
        return str(cls.model_fields["kind"].default)

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
