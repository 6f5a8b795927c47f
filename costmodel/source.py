"""Sources of preset values, and the parameter counts that a vendor publishes."""

from typing import Annotated

from pydantic import Field, StringConstraints

from costmodel.spec import Spec

Text = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.\-]{0,47}$")]

# No dots: an accelerator's id is one step of a field path.
AcceleratorSlug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9\-]{0,31}$")]


class Source(Spec):
    """A publication or page, the place in it, and the fields that were read there."""

    title: Text
    locator: Text
    covers: tuple[Name, ...]


Count = Annotated[float, Field(gt=0, le=1e15, allow_inf_nan=False)]


class Published(Spec):
    """Parameter counts as the vendor states them, rounded; None where none was found. Nothing is computed from them."""

    total_parameters: Count | None = None
    active_parameters: Count | None = None
