"""Achieved rates of a kind of accelerator, kept apart from its peak rates so that they are never
hidden.
"""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from costmodel.errors import DomainError, Problem
from costmodel.kernels import OPERATION_NAMES, Kernel, Operation
from costmodel.links import Links
from costmodel.source import AcceleratorSlug, Name, Slug, Source
from costmodel.spec import Field, Rule, Spec
from costmodel.units import Numeric, percent

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


ElementWise = Annotated[
    float,
    Field(
        label="Element-wise kernel",
        unit="s",
        low=0,
        high=1e-3,
        whole=False,
        help="Fixed time of one element-wise kernel (norm, activation, quantisation), beside its memory traffic.",
    ),
]
Step = Annotated[
    float,
    Field(
        label="Step overhead",
        unit="s",
        low=0,
        high=1,
        whole=False,
        help="Time of a decode step outside its kernels: scheduling, sampling on the host.",
    ),
]
DataParallel = Annotated[
    float,
    Field(
        label="Data-parallel overhead",
        unit="s",
        low=0,
        high=1,
        whole=False,
        help="Further time of a step where several attention ranks must stay in step.",
    ),
]


LowestFactor = Annotated[
    float,
    Field(
        label="Lowest factor",
        low=1e-3,
        high=1,
        whole=False,
        help="Measured over predicted output that nine in ten measured deployments exceed.",
    ),
]
HighestFactor = Annotated[
    float,
    Field(
        label="Highest factor",
        low=1,
        high=1e3,
        whole=False,
        help="Measured over predicted output that nine in ten measured deployments stay below.",
    ),
]

WIDEST = 16
"""Bits of the widest operands that kernels are measured for; wider ones are timed as these, with their own bytes."""

BORROWED_WIDENING = 1.15
"""Widening of the band on either side where kernels of another accelerator stand in: an assumption."""

Choices = tuple[Kernel, ...]


VariantSlug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9\-]{0,16}$")]


class Shares(NamedTuple):
    """Shares of peak bandwidth and of peak rate, of attention cores and of matrix products."""

    core_memory: float
    core_compute: float
    product_memory: float
    product_compute: float


class Rates(Spec):
    """Achieved rates of an accelerator: a share of peak per kind of work, or a model of every kernel.

    Without `kernels`: shares of peak in (0, 1], a fixed overhead per stage [s], and the query tile of the attention
    kernel. Both sides of the roofline (FLOP/s and byte/s) are multiplied by the same share. `IDEAL` changes nothing.
    With `kernels` every matrix product and every attention core has its own time, communication follows `links`, and
    the three constants below are added: time of one element-wise kernel, of a step outside its kernels, and of keeping
    data-parallel ranks in step [s]. Shares other than `network` are then not used.
    Measured rates name the accelerators and the attention mechanisms (by their `kind`) that they were measured on;
    `variant` distinguishes several measurements of one accelerator and mechanism.
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
    element_wise_seconds: ElementWise = 0.0
    step_seconds: Step = 0.0
    data_parallel_seconds: DataParallel = 0.0
    lowest_factor: LowestFactor = 1.0
    highest_factor: HighestFactor = 1.0
    kernels: tuple[Kernel, ...] = ()
    links: Links | None = None
    sources: tuple[Source, ...] = ()

    def rules(self) -> Iterable[Rule]:
        """Kernels come with links."""
        holds = bool(self.kernels) == (self.links is not None)
        yield Rule(holds, "kernels and links must be given together", {"kernels": len(self.kernels)})

    @property
    def smooth(self) -> bool:
        """True where kernels are modelled one by one, with fixed times; otherwise the exact roofline is used."""
        return bool(self.kernels)

    @property
    def is_ideal(self) -> Numeric:
        """True where every peak rate counts in full and no stage carries an overhead."""
        full = (self.core == 1) & (self.gemm == 1) & (self.network == 1)
        return full & (self.overhead_seconds == 0) & (self.query_tile == 1) & (not self.kernels)

    def words(self) -> str:
        """The rates in one phrase, shown beside results."""
        if self.is_ideal:
            return "ideal rates"
        if self.kernels:
            return (
                f"{len(self.kernels)} measured kernels with fixed times ({self.name}), network {percent(self.network)}"
            )
        parts = [
            f"attention core {percent(self.core)}",
            f"GEMM {percent(self.gemm)}",
            f"network {percent(self.network)}",
        ]
        if self.overhead_seconds:
            parts.append(f"{self.overhead_seconds * 1e6:.0f} µs per stage")
        if self.query_tile > 1:
            parts.append(f"{self.query_tile} query rows per tile")
        return ", ".join(parts)

    def kernels_for(self, operations: Operation | tuple[Operation, ...], *, bits: int, compute_bits: int) -> Choices:
        """The kernels for work on operands of `bits` that computes in `compute_bits`; an engine takes the fastest.

        Own measurements come before borrowed ones, and among either the exact precision, then the same operands in
        another precision, then operands of the precision computed in, then any wider ones. Only an exact borrowed
        kernel comes before an own one of other operands. DomainError where no kernel does the operation.
        """
        bits = min(bits, WIDEST)
        wanted = (operations,) if isinstance(operations, str) else operations
        does = [kernel for kernel in self.kernels if kernel.operation in wanted]
        own, lent = [each for each in does if not each.borrowed], [each for each in does if each.borrowed]
        pools = (
            [each for each in own if (each.bits, each.compute_bits) == (bits, compute_bits)],
            [each for each in own if each.bits == bits],
            [each for each in lent if (each.bits, each.compute_bits) == (bits, compute_bits)],
            [each for each in own if each.bits == compute_bits],
            [each for each in lent if each.bits == compute_bits],
            [each for each in own if each.bits >= bits],
            [each for each in lent if each.bits >= bits],
        )
        for pool in pools:
            if pool:
                return tuple(pool)
        name = OPERATION_NAMES[wanted[0]]
        raise DomainError(Problem("rates.kernels", f"{self.name} has no kernel for {bits}-bit {name}"))

    def band(self, *, borrowed: bool) -> tuple[float, float] | None:
        """Factors between which measured output lies of predicted output for four in five measured deployments.

        Wider where a kernel or link is borrowed (an assumption). None without kernels: shares of peak have no band.
        """
        if not self.kernels:
            return None
        wider = BORROWED_WIDENING if borrowed else 1.0
        return self.lowest_factor / wider, self.highest_factor * wider

    def shares(self, bits: int) -> "Shares":
        """The shares of peak that large work in a precision of `bits` reaches, fixed times left out."""
        if not self.kernels:
            return Shares(self.core, self.core, self.gemm, self.gemm)
        core = max(self.kernels_for("gqa_core", bits=bits, compute_bits=bits), key=lambda kernel: kernel.memory_share)
        product = max(self.kernels_for("dense", bits=bits, compute_bits=bits), key=lambda kernel: kernel.compute_share)
        return Shares(core.memory_share, core.compute_share, product.memory_share, product.compute_share)

    def measured_only(self) -> "Rates":
        """These rates without borrowed kernels; DomainError where none is left."""
        own = tuple(kernel for kernel in self.kernels if not kernel.borrowed)
        if not own:
            raise DomainError(Problem("rates.kernels", f"{self.name} has no kernel that is not borrowed"))
        return self.replace(kernels=own)

    def filled(self, others: "Rates") -> "Rates":
        """These rates with the kernels of others where an operation or precision has none, each marked as borrowed."""
        known = {(kernel.operation, kernel.bits, kernel.compute_bits) for kernel in self.kernels}
        lent = [
            kernel.replace(borrowed=kernel.borrowed or others.name)
            for kernel in others.kernels
            if (kernel.operation, kernel.bits, kernel.compute_bits) not in known
        ]
        return self.replace(kernels=(*self.kernels, *lent))


IDEAL = Rates(id="ideal", name="Ideal rates")
