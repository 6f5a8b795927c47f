"""The parts of a layer and of a decode step on one rank, and what of the communication stays exposed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple, Protocol

import numpy as np

from costmodel.attention import Attention
from costmodel.ffn import Ffn
from costmodel.units import Numeric


class LayerSeconds(NamedTuple):
    """Parts of one layer (or of one round trip with more of them) for one micro-batch on one rank [s].

    `experts` holds routed experts and router, `shared` the weights that every token uses (shared experts or a dense
    layer); `overhead` is the fixed time of stages at rates without kernels.
    """

    core: Numeric
    projections: Numeric
    experts: Numeric
    shared: Numeric
    element_wise: Numeric
    overhead: Numeric
    reduce: Numeric
    dispatch: Numeric
    combine: Numeric

    @property
    def compute(self) -> Numeric:
        """All but communication [s]."""
        return self.core + self.projections + self.experts + self.shared + self.element_wise + self.overhead

    @property
    def exchange(self) -> Numeric:
        """All communication, hidden or not [s]."""
        return self.reduce + self.dispatch + self.combine

    def exposed(self, overlap: str) -> Numeric:
        """Communication that computation waits for [s]."""
        if overlap == "two-batch":
            return np.maximum(self.exchange - self.compute, 0)
        if overlap == "shared":
            return self.reduce + self.dispatch + np.maximum(self.combine - self.shared, 0)
        return self.exchange


class Rank(Protocol):
    """Times of the parts of a model on one rank of a placement, for a batch per attention rank."""

    def trip(self, attention: Sequence[Attention], ffn: Sequence[Ffn], batch: Numeric) -> LayerSeconds:
        """One round trip: mostly one layer of each stack, more of one that is deeper."""
        ...

    def head(self, batch: Numeric) -> Numeric:
        """LM head and sampling, after the last layer [s]."""
        ...

    def overhead(self) -> Numeric:
        """Time of a step outside its kernels [s]."""
        ...

    def draft_layers(self) -> int:
        """Layers that draft tokens, each with a head of its own."""
        ...

    def draft_layer(self, batch: Numeric) -> LayerSeconds:
        """One of them."""
        ...

    def prefill(self, batch: Numeric, share: Numeric) -> Numeric:
        """Prefill of `share` prompt tokens per output token of the batch [s]."""
        ...

    def notes(self) -> tuple[str, ...]:
        """Borrowed and assumed figures."""
        ...


@dataclass(frozen=True)
class StepSeconds:
    """One decode step of the whole batch by part [s]; parts sum to `total`. Communication is what stays exposed."""

    core: Numeric
    projections: Numeric
    experts: Numeric
    shared: Numeric
    element_wise: Numeric
    communication: Numeric
    head: Numeric
    overhead: Numeric
    prefill: Numeric

    @property
    def total(self) -> Numeric:
        """The whole step [s]."""
        return sum(seconds for _, seconds in self.items())

    def items(self) -> Iterator[tuple[str, Numeric]]:
        """Name and time of every part, in the order of a step."""
        return ((field.name, getattr(self, field.name)) for field in fields(self))
