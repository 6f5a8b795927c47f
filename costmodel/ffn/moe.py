"""Mixture of experts with optional shared experts."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

import numpy as np

from costmodel.ffn.base import MATRICES, Ffn
from costmodel.spec import Quantity, Rule
from costmodel.units import Numeric

Experts = Annotated[
    int,
    Quantity(
        "Experts", "Number of routed experts E.", 1, 65_536, "experts", stops=(*range(8, 128, 8), *range(128, 513, 32))
    ),
]
TopK = Annotated[
    int, Quantity("Top-k", "Routed experts k that one token uses.", 1, 65_536, "experts", stops=tuple(range(1, 33)))
]
Shared = Annotated[int, Quantity("Shared experts", "Experts that every token uses.", 0, 1024, "experts")]
Width = Annotated[
    int,
    Quantity(
        "Expert width", "Inner width of one expert.", 1, 1_000_000, "elements", stops=tuple(range(512, 16385, 256))
    ),
]


class Moe(Ffn):
    """k of E routed experts and all shared experts work on a token; all are equally wide. Paper sec. 4, 5.3."""

    label: ClassVar[str] = "Mixture of experts"
    width_fields: ClassVar[tuple[str, ...]] = ()
    starts: ClassVar[dict[str, int]] = {"experts": 48, "top_k": 3, "intermediate": 5120}

    kind: Literal["moe"] = "moe"
    experts: Experts
    top_k: TopK
    shared: Shared = 0
    intermediate: Width

    def rules(self) -> Iterable[Rule]:
        """No token uses more experts than there are."""
        values = {"top_k": self.top_k, "experts": self.experts}
        yield Rule(self.top_k <= self.experts, "top_k must not exceed experts", values)

    def active_parameters(self, hidden: Numeric) -> Numeric:
        """3 H I (k + shared)."""
        return MATRICES * hidden * self.intermediate * (self.top_k + self.shared)

    def stored_parameters(self, hidden: Numeric) -> Numeric:
        """3 H I (E + shared)."""
        return MATRICES * hidden * self.intermediate * (self.experts + self.shared)

    def router_parameters(self, hidden: Numeric) -> Numeric:
        """One score per routed expert: H E."""
        return hidden * self.experts

    def sparsity(self) -> Numeric:
        """(k + shared) / E."""
        return (self.top_k + self.shared) / self.experts

    def experts_at_sparsity(self, sparsity: Numeric) -> Numeric:
        """(E + shared) S - shared, rounded; the paper prints it for one shared expert, (E + 1) S - 1."""
        return np.rint((self.experts + self.shared) * sparsity - self.shared)
