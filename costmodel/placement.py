"""Placement of a model on accelerators that do both attention and FFN: parallelism and overlap."""

from collections.abc import Iterable
from typing import Annotated, Literal

import numpy as np

from costmodel.errors import DomainError, Problem
from costmodel.model import Model
from costmodel.spec import Choice, Field, Rule, Spec
from costmodel.units import Numeric

TensorParallel = Annotated[
    int,
    Field(
        label="Tensor parallelism",
        unit="ranks",
        low=1,
        high=1024,
        stops=(1, 2, 4, 8),
        help="Accelerators that share the heads of one request, dense layers and the vocabulary.",
    ),
]
DataParallel = Annotated[
    int,
    Field(
        label="Data parallelism",
        unit="ranks",
        low=1,
        high=100_000,
        stops=(1, 2, 4, 8, 16, 32, 64, 128, 256),
        help="Groups of accelerators that each decode requests of their own.",
    ),
]
ExpertParallel = Annotated[
    int,
    Field(
        label="Expert parallelism",
        unit="ranks",
        low=1,
        high=100_000,
        stops=(1, 2, 4, 8, 16, 32, 64, 128, 256),
        help="Accelerators, or groups of them, that the routed experts are divided over.",
    ),
]
MoeTensorParallel = Annotated[
    int | None,
    Field(
        label="Width parallelism of experts",
        unit="ranks",
        low=1,
        high=1024,
        optional=True,
        help="Accelerators that share the width of each expert. Empty: what expert parallelism leaves.",
    ),
]
Overlap = Annotated[
    Literal["none", "two-batch", "shared"],
    Choice(
        label="Overlap",
        choices=("none", "two-batch", "shared"),
        help="none: communication follows computation. two-batch: one half of the batch computes while the other is on "
        "the network, and weights are read twice. shared: combine is hidden behind the shared expert.",
    ),
]
Dispatch = Annotated[
    Literal["auto", "all-gather", "all-to-all"],
    Choice(
        label="Dispatch",
        choices=("auto", "all-gather", "all-to-all"),
        help="How tokens of data-parallel ranks reach their experts. auto: all-gather in a server of up to 8, "
        "all-to-all beyond.",
    ),
]
Imbalance = Annotated[
    float | None,
    Field(
        label="Expert imbalance",
        low=1,
        high=100,
        whole=False,
        optional=True,
        help="Tokens of the fullest rank over the mean. Empty: 1.2 for experts over more than one server at measured "
        "rates (an assumption), else 1.",
    ),
]

MICRO_BATCHES = {"none": 1, "two-batch": 2, "shared": 1}


class Placement(Spec):
    """Ranks of each kind of parallelism, and the overlap of communication. One rank is one accelerator.

    tensor_parallel x data_parallel = expert_parallel x moe_tensor_parallel = all accelerators.
    """

    tensor_parallel: TensorParallel = 1
    data_parallel: DataParallel = 1
    expert_parallel: ExpertParallel = 1
    moe_tensor_parallel: MoeTensorParallel = None
    overlap: Overlap = "none"
    dispatch: Dispatch = "auto"
    imbalance: Imbalance = None

    def rules(self) -> Iterable[Rule]:
        """Both stacks lie on the same accelerators."""
        values = {
            "tensor_parallel": self.tensor_parallel,
            "data_parallel": self.data_parallel,
            "expert_parallel": self.expert_parallel,
        }
        yield Rule(
            self.ranks % self.expert_parallel == 0,
            "expert_parallel must divide tensor_parallel x data_parallel",
            values,
        )
        if self.moe_tensor_parallel is not None:
            yield Rule(
                self.ranks == self.expert_parallel * self.moe_tensor_parallel,
                "expert_parallel x moe_tensor_parallel must equal tensor_parallel x data_parallel",
                {**values, "moe_tensor_parallel": self.moe_tensor_parallel},
            )

    @property
    def ranks(self) -> Numeric:
        """All accelerators."""
        return self.tensor_parallel * self.data_parallel

    @property
    def width_ranks(self) -> Numeric:
        """Accelerators that share the width of each expert."""
        return self.ranks // self.expert_parallel

    @property
    def micro_batches(self) -> int:
        """Parts of a batch that are computed one after the other, each reading all weights."""
        return MICRO_BATCHES[self.overlap]

    def check(self, model: Model, batch: int | None = None) -> None:
        """DomainError where heads, experts or widths of the model do not divide, or the batch is too small to halve."""
        for group in model.attention:
            group.shard(self.tensor_parallel)
        for layers in model.ffn:
            layers.check_ranks(
                ranks=self.expert_parallel, width_ranks=int(self.width_ranks), common_ranks=self.tensor_parallel
            )
        if batch is not None and batch < self.micro_batches:
            reason = f"{batch} is not allowed; must be at least {self.micro_batches} with overlap = '{self.overlap}'"
            raise DomainError(Problem("batch", reason))

    @property
    def words(self) -> str:
        """The placement in a phrase."""
        parts = {
            "TP": self.tensor_parallel,
            "DP": self.data_parallel,
            "EP": self.expert_parallel,
            "expert TP": self.width_ranks,
        }
        named = ", ".join(f"{name} {count}" for name, count in parts.items() if count > 1) or "one accelerator"
        return f"{named}, overlap {self.overlap}"


def over_servers(accelerators: Numeric) -> Placement:
    """Attention data-parallel, experts spread over all accelerators, two batches overlapped: the default placement."""
    base = Placement(overlap="two-batch")
    if isinstance(accelerators, np.ndarray):
        return base.update({"data_parallel": accelerators, "expert_parallel": accelerators})
    return base.replace(data_parallel=accelerators, expert_parallel=accelerators)


def in_one_server(model: Model, accelerators: int) -> Placement:
    """Tensor parallelism over up to that many accelerators: the most, halved until heads and widths divide.

    >>> from costmodel.io.presets import load_model
    >>> in_one_server(load_model("qwen3-32b"), 8).words
    'TP 8, expert TP 8, overlap none'
    """
    ranks = 1 << (accelerators.bit_length() - 1)
    while ranks > 1:
        placement = Placement(tensor_parallel=ranks)
        try:
            placement.check(model)
        except DomainError:
            ranks //= 2
            continue
        return placement
    return Placement()
