"""Mixture of experts with optional shared experts."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

import numpy as np

from costmodel.ffn.base import Ffn, check_division
from costmodel.kernels import Product, Work, expert_work
from costmodel.spec import Field, Rule
from costmodel.units import Numeric

Experts = Annotated[
    int,
    Field(
        label="Experts",
        unit="experts",
        low=1,
        high=65_536,
        stops=(*range(8, 128, 8), *range(128, 513, 32)),
        help="Number of routed experts E.",
    ),
]
TopK = Annotated[
    int,
    Field(
        label="Top-k",
        unit="experts",
        low=1,
        high=65_536,
        stops=tuple(range(1, 33)),
        help="Routed experts k that one token uses.",
    ),
]
Shared = Annotated[
    int,
    Field(
        label="Shared experts",
        unit="experts",
        low=0,
        high=1024,
        stops=tuple(range(9)),
        help="Experts that every token uses.",
    ),
]
RoutingLimit = Annotated[
    int | None,
    Field(
        label="Routing limit",
        unit="servers",
        low=1,
        high=1024,
        optional=True,
        help="Servers that the experts of one token may lie on at most (DeepSeek-V3: 4). Empty: no limit.",
    ),
]
Width = Annotated[
    int,
    Field(
        label="Expert width",
        unit="elements",
        low=1,
        high=1_000_000,
        stops=tuple(range(512, 16385, 256)),
        help="Inner width of one expert.",
    ),
]


class Moe(Ffn):
    """k of E routed experts and all shared experts work on a token; all are equally wide. Paper sec. 4, 5.3."""

    label: ClassVar[str] = "Mixture of experts"
    width_fields: ClassVar[tuple[str, ...]] = ()
    element_wise_passes: ClassVar[int] = 2
    quantised_inputs: ClassVar[int] = 3
    starts: ClassVar[dict[str, int]] = {"experts": 48, "top_k": 3, "intermediate": 5120}

    kind: Literal["moe"] = "moe"
    experts: Experts
    top_k: TopK
    shared: Shared = 0
    intermediate: Width
    routing_limit: RoutingLimit = None

    def rules(self) -> Iterable[Rule]:
        """No token uses more experts than there are."""
        values = {"top_k": self.top_k, "experts": self.experts}
        yield Rule(self.top_k <= self.experts, "top_k must not exceed experts", values)

    def active_parameters(self, hidden: Numeric) -> Numeric:
        """m H I (k + shared), m matrices."""
        return self.matrices * hidden * self.intermediate * (self.top_k + self.shared)

    def stored_parameters(self, hidden: Numeric) -> Numeric:
        """m H I (E + shared)."""
        return self.matrices * hidden * self.intermediate * (self.experts + self.shared)

    def common_parameters(self, hidden: Numeric) -> Numeric:
        """The shared experts, m H I shared."""
        return self.matrices * hidden * self.intermediate * self.shared

    def touched_parameters(self, hidden: Numeric, tokens: Numeric) -> Numeric:
        """Shared experts and E (1 - (1 - k/E)^tokens) routed ones, the expected number that some token chose."""
        touched = self.experts * (1 - (1 - self.top_k / self.experts) ** tokens)
        return self.matrices * hidden * self.intermediate * (touched + self.shared)

    def servers_visited(self, servers: int) -> float:
        """R (1 - P): R servers within reach, P the chance that one of them holds none of the k experts.

        The k experts are drawn without replacement from those on the R servers, E / servers on each, so
        P = prod over i < k of 1 - (E / servers) / (R E / servers - i). A routing limit makes R smaller.
        """
        reach = servers if self.routing_limit is None else min(servers, self.routing_limit)
        per_server = self.experts / servers
        left = np.maximum(reach * per_server - np.arange(self.top_k), per_server)
        return float(reach * (1 - np.prod(1 - per_server / left)))

    def experts_per_token(self) -> Numeric:
        """The top_k."""
        return self.top_k

    def common_products(self, hidden: Numeric, ranks: int) -> tuple[Product, ...]:
        """Those of the shared experts, as one wide layer."""
        return super().common_products(hidden, ranks) if np.any(self.shared) else ()

    def router_products(self, hidden: Numeric) -> tuple[Product, ...]:
        """H x E."""
        return (Product(hidden, self.experts),)

    def expert_work(
        self, hidden: Numeric, *, tokens: Numeric, ranks: Numeric, width_ranks: Numeric, imbalance: Numeric
    ) -> Work:
        """The touched ones of E / ranks experts, each I / width_ranks wide."""
        return expert_work(
            tokens=tokens,
            experts=self.experts,
            top_k=self.top_k,
            ranks=ranks,
            hidden=hidden,
            width=self.intermediate / width_ranks,
            weight_bits=self.weight_bits,
            imbalance=imbalance,
            matrices=self.matrices,
        )

    def check_ranks(self, *, ranks: int, width_ranks: int, common_ranks: int) -> None:
        """Experts over the expert-parallel ranks, their width over the others, shared width over its own."""
        check_division("expert_parallel", ranks, "experts", self.experts)
        check_division("moe_tensor_parallel", width_ranks, "intermediate", self.intermediate)
        check_division("tensor_parallel", common_ranks, "shared x intermediate", self.shared * self.intermediate)

    def router_parameters(self, hidden: Numeric) -> Numeric:
        """One score per routed expert: H E."""
        return hidden * self.experts

    def sparsity(self) -> Numeric:
        """(k + shared) / E."""
        return (self.top_k + self.shared) / self.experts

    def experts_at_sparsity(self, sparsity: Numeric) -> Numeric:
        """(E + shared) S - shared, rounded; the paper prints it for one shared expert, (E + 1) S - 1."""
        return np.rint((self.experts + self.shared) * sparsity - self.shared)
