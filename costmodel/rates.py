"""How much of its peak rates a kind of accelerator achieves, kept apart from the accelerator itself so that it is never
hidden.
"""

from typing import Annotated

from pydantic import StringConstraints

from costmodel.source import AcceleratorSlug, Name, Slug, Source
from costmodel.spec import Field, Spec
from costmodel.units import Numeric

Core = Annotated[
    float,
    Field(
        label="Attention core efficiency",
        low=1e-3,
        high=1,
        whole=False,
        help="Share of the roofline that attention kernels reach.",
    ),
]
Gemm = Annotated[
    float,
    Field(
        label="GEMM efficiency",
        low=1e-3,
        high=1,
        whole=False,
        help="Share of the roofline that projections and FFN reach.",
    ),
]
Network = Annotated[
    float,
    Field(
        label="Network efficiency",
        low=1e-3,
        high=1,
        whole=False,
        help="Share of the line rate that transfers between servers reach.",
    ),
]
Overhead = Annotated[
    float,
    Field(
        label="Overhead per stage",
        unit="s",
        low=0,
        high=1,
        whole=False,
        help="Fixed time added to every stage: launches, waits.",
    ),
]
Tile = Annotated[
    int,
    Field(
        label="Query tile",
        unit="rows",
        low=1,
        high=1024,
        help="Query rows an attention kernel computes at a time; fewer heads per KV head are padded to it.",
    ),
]


VariantSlug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9\-]{0,16}$")]


class Rates(Spec):
    """Shares of peak in (0, 1], a fixed overhead per stage [s], and the query tile of the attention kernel.

    Both sides of the roofline (FLOP/s and byte/s) are multiplied by the same share. `IDEAL` changes nothing. Measured
    rates name the accelerators and the attention mechanisms (by their `kind`) that they were measured on, and never
    stand for others; `variant` tells several measurements of the same apart.
    """

    id: Slug = "custom"
    name: Name = "Custom"
    accelerators: tuple[AcceleratorSlug, ...] = ()
    mechanisms: tuple[Slug, ...] = ()
    variant: VariantSlug = ""
    core: Core = 1.0
    gemm: Gemm = 1.0
    network: Network = 1.0
    overhead_seconds: Overhead = 0.0
    query_tile: Tile = 1
    sources: tuple[Source, ...] = ()

    @property
    def is_ideal(self) -> Numeric:
        """True where every peak rate counts in full and no stage carries an overhead."""
        full = (self.core == 1) & (self.gemm == 1) & (self.network == 1)
        return full & (self.overhead_seconds == 0) & (self.query_tile == 1)

    def words(self) -> str:
        """The profile in one phrase, for wherever a result is shown."""
        if self.is_ideal:
            return "ideal rates"
        parts = [f"attention core {self.core:.0%}", f"GEMM {self.gemm:.0%}", f"network {self.network:.0%}"]
        if self.overhead_seconds:
            parts.append(f"{self.overhead_seconds * 1e6:.0f} us per stage")
        if self.query_tile > 1:
            parts.append(f"{self.query_tile} query rows per tile")
        return ", ".join(parts)


IDEAL = Rates(id="ideal", name="Ideal rates")
