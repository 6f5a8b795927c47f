"""Kernel model: the time of one kernel from its memory traffic, its arithmetic and a fixed part."""

from collections.abc import Iterable
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import StrictBool

from costmodel.source import Name, Text
from costmodel.spec import Choice, Field, Rule, Spec
from costmodel.units import BITS_PER_BYTE, FLOPS_PER_MAC, Numeric

Operation = Literal["gqa_core", "mla_core", "dense", "grouped", "fused"]
OPERATIONS: tuple[Operation, ...] = ("gqa_core", "mla_core", "dense", "grouped", "fused")
OPERATION_NAMES = {
    "gqa_core": "GQA core",
    "mla_core": "MLA core",
    "dense": "dense GEMM",
    "grouped": "grouped GEMM",
    "fused": "fused MoE",
}

OperationField = Annotated[
    Operation,
    Choice(
        label="Operation",
        choices=OPERATIONS,
        help="gqa_core, mla_core: attention over a cache. dense: one matrix product. grouped: the experts of one rank, "
        "as one product per matrix. fused: the same in one kernel.",
    ),
]
StoredBits = Annotated[
    int,
    Field(
        label="Stored bits", unit="bit", low=4, high=16, choices=(4, 8, 16), help="Bits of a cached element or weight."
    ),
]
RateBits = Annotated[
    int,
    Field(
        label="Compute bits", unit="bit", low=4, high=16, choices=(4, 8, 16), help="Precision whose peak rate is meant."
    ),
]
FixedSeconds = Annotated[
    float,
    Field(
        label="Fixed time",
        unit="s",
        low=0,
        high=1,
        whole=False,
        help="Launch and other time that does not depend on the batch.",
    ),
]
MemoryShare = Annotated[
    float,
    Field(
        label="Memory share",
        low=1e-3,
        high=1.1,
        whole=False,
        help="Share of the peak memory bandwidth that is reached.",
    ),
]
ComputeShare = Annotated[
    float, Field(label="Compute share", low=1e-3, high=1.1, whole=False, help="Share of the peak rate that is reached.")
]
SerialSeconds = Annotated[
    float,
    Field(
        label="Serial time",
        unit="s",
        low=0,
        high=1e-6,
        whole=False,
        help="Time per element of the inner dimension K of a matrix product, whatever its other sizes.",
    ),
]
KernelTile = Annotated[
    int, Field(label="Tile", unit="rows", low=1, high=1024, help="Rows are computed in whole tiles of this many.")
]
Count = Annotated[int, Field(label="Measurements", low=0, high=1_000_000, help="Measured shapes behind the fit.")]
FitError = Annotated[
    float,
    Field(label="Fit error", low=0, high=10, whole=False, help="Absolute error of the fit over the measured time."),
]


class Work(NamedTuple):
    """Work of one kernel call: bytes moved, FLOPs without padding, rows that fill a tile, and inner dimension K.

    `depth` is 0 where nothing is summed serially. Numbers or arrays of one shape.
    """

    moved: Numeric
    flops: Numeric
    rows: Numeric
    depth: Numeric = 0


class Product(NamedTuple):
    """A matrix product as a layer needs it: inner dimension, outputs per row, and how many heads it is done for."""

    depth: Numeric
    width: Numeric
    heads: Numeric = 1

    def work(self, rows: Numeric, *, weight_bits: Numeric, input_bits: Numeric) -> Work:
        """Work of the product for that many rows, all heads in one call."""
        one = dense_work(rows=rows, depth=self.depth, width=self.width, weight_bits=weight_bits, input_bits=input_bits)
        return Work(one.moved * self.heads, one.flops * self.heads, one.rows, one.depth)

    @property
    def heads_together(self) -> bool:
        """True for one product of whole rows, False for one of each head."""
        return isinstance(self.heads, int) and self.heads == 1

    def flops(self) -> Numeric:
        """Work of the product for one row [FLOP]."""
        return FLOPS_PER_MAC * self.depth * self.width * self.heads


class KernelTerms(NamedTuple):
    """The three times that a kernel takes the smooth maximum of [s]: memory traffic, arithmetic, the inner loop."""

    memory: Numeric
    compute: Numeric
    serial: Numeric


class Kernel(Spec):
    """t0 + ((bytes / (e_m W))^4 + (padded FLOPs / (e_c R))^4 + (K c)^4)^(1/4): a smooth maximum of three times.

    W is the peak bandwidth and R the peak rate of `compute_bits`. With `smooth` off the maximum is exact, which with
    t0 = c = 0 and equal shares is the roofline. `borrowed` says whose measurements stand in; empty: the accelerator's
    own. Kernel source, number of measured shapes and errors of the fit belong to the values.
    """

    operation: OperationField
    bits: StoredBits
    compute_bits: RateBits
    name: Name = "roofline"
    fixed_seconds: FixedSeconds = 0.0
    memory_share: MemoryShare = 1.0
    compute_share: ComputeShare = 1.0
    serial_seconds: SerialSeconds = 0.0
    tile: KernelTile = 1
    smooth: StrictBool = True
    measurements: Count = 0
    median_error: FitError = 0.0
    p90_error: FitError = 0.0
    borrowed: Text | Literal[""] = ""
    source: Text | Literal[""] = ""

    def rules(self) -> Iterable[Rule]:
        """Only a matrix product has an inner dimension to sum over."""
        yield Rule(
            (self.serial_seconds == 0) | (self.operation == "dense"),
            "serial_seconds belongs to dense kernels only",
            {"serial_seconds": self.serial_seconds},
        )

    def seconds(
        self, work: Work, *, bytes_per_second: Numeric, flops_per_second: Numeric, padded: bool = True
    ) -> Numeric:
        """Time of one call [s]; peak bandwidth in byte/s and peak rate of `compute_bits` in FLOP/s.

        Without `padded`, rows are not rounded up to tiles: a lower bound that falls per row as rows grow.
        """
        memory, compute, serial = self.terms(
            work, bytes_per_second=bytes_per_second, flops_per_second=flops_per_second, padded=padded
        )
        if not self.smooth:
            return self.fixed_seconds + np.maximum(np.maximum(memory, compute), serial)
        return self.fixed_seconds + np.sqrt(np.sqrt(memory**4 + compute**4 + serial**4))

    def terms(
        self, work: Work, *, bytes_per_second: Numeric, flops_per_second: Numeric, padded: bool = True
    ) -> KernelTerms:
        """What one call takes for each reason alone [s]."""
        filled = self.padding(work.rows) if padded else 1
        return KernelTerms(
            work.moved / (self.memory_share * bytes_per_second),
            work.flops * filled / (self.compute_share * flops_per_second),
            work.depth * self.serial_seconds,
        )

    def padding(self, rows: Numeric) -> Numeric:
        """Rows of whole tiles over rows that are needed, at least 1."""
        return 1 if self.tile == 1 else np.ceil(rows / self.tile) * self.tile / rows

    @property
    def label(self) -> str:
        """Operation and stored precision, for notes."""
        return f"{self.bits}-bit {OPERATION_NAMES[self.operation]}"


def core_work(
    *, requests: Numeric, kv_bytes: Numeric, core_flops: Numeric, query_rows: Numeric, positions: Numeric = 1
) -> Work:
    """Attention over the cache of `requests` sequences: bytes and FLOPs of one position are per sequence.

    `positions` tokens of a sequence share one read of its cache and fill the same tile of `query_rows` rows each.
    """
    return Work(requests * kv_bytes, requests * positions * core_flops, query_rows * positions)


def dense_work(*, rows: Numeric, depth: Numeric, width: Numeric, weight_bits: Numeric, input_bits: Numeric) -> Work:
    """Matrix product rows x depth x width: weights and inputs are read, outputs written in 16 bits."""
    moved = depth * width * weight_bits / BITS_PER_BYTE + rows * depth * input_bits / BITS_PER_BYTE + 2 * rows * width
    return Work(moved, FLOPS_PER_MAC * rows * depth * width, rows, depth)


def expert_work(
    *,
    tokens: Numeric,
    experts: Numeric,
    top_k: Numeric,
    ranks: Numeric,
    hidden: Numeric,
    width: Numeric,
    weight_bits: Numeric,
    imbalance: Numeric = 1,
    matrices: Numeric = 3,
) -> Work:
    """Experts of one of `ranks` ranks for `tokens` tokens of the whole group.

    touched = E / ranks (1 - (1 - k/E)^T) experts are read; pairs of token and expert = T k / ranks, and `imbalance`
    times as many on the fullest rank.
    """
    touched = experts / ranks * (1 - (1 - top_k / experts) ** tokens)
    pairs = imbalance * tokens * top_k / ranks
    weights = matrices * hidden * width
    moved = touched * weights * weight_bits / BITS_PER_BYTE + pairs * (4 * hidden + matrices * width)
    return Work(moved, FLOPS_PER_MAC * pairs * weights, pairs / touched)
