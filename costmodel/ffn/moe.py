"""Mixture of experts with optional shared experts."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

import numpy as np

from costmodel.ffn.base import Ffn, check_division
from costmodel.kernels import Product, Work, expert_work
from costmodel.mechanism import SmallParameters
from costmodel.spec import Choice, Field, Rule
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
SharedWidth = Annotated[
    int | None,
    Field(
        label="Shared expert width",
        unit="elements",
        low=1,
        high=1_000_000,
        optional=True,
        help="Inner width of one shared expert, or of a dense layer beside the experts (Arctic, Gemma 4). Empty: as a "
        "routed expert.",
    ),
]
SharedGate = Annotated[
    Literal["none", "token"],
    Choice(
        label="Shared expert gate",
        choices=("none", "token"),
        help="token: a learned weight for the shared expert, one per token (Qwen2-MoE, Qwen3-Next).",
        rare=True,
    ),
]
SharedWeightBits = Annotated[
    float | None,
    Field(
        label="Shared weight bits",
        unit="bit",
        low=1,
        high=32,
        whole=False,
        optional=True,
        help="Bits stored per weight that every token uses: shared experts, latent projections. Empty: as the rest.",
    ),
]
Latent = Annotated[
    int | None,
    Field(
        label="Latent width",
        unit="elements",
        low=1,
        high=1_000_000,
        optional=True,
        help="Width Z that hidden is projected to for the routed experts, and that the network carries (Nemotron-3 "
        "Super). Empty: experts work on hidden.",
    ),
]
LatentNorm = Annotated[
    Literal["none", "norm"],
    Choice(
        label="Latent norm",
        choices=("none", "norm"),
        help="norm: the latent vector is normalised, Z weights.",
        rare=True,
    ),
]
IdentityExperts = Annotated[
    int,
    Field(
        label="Identity experts",
        unit="experts",
        low=0,
        high=65_536,
        help="Further experts E0 that the router may choose and that do nothing (LongCat: 256).",
    ),
]
Routing = Annotated[
    Literal["learned", "hash"],
    Choice(
        label="Routing",
        choices=("learned", "hash"),
        help="hash: the token's id decides, so its experts are known beforehand (DeepSeek-V4, first layers); the "
        "router still weighs them.",
        rare=True,
    ),
]
RouterBias = Annotated[
    Literal["none", "per_expert"],
    Choice(
        label="Router bias",
        choices=("none", "per_expert"),
        help="per_expert: a learned bias or scale for every expert (gpt-oss).",
        rare=True,
    ),
]


class Moe(Ffn):
    """k of E routed experts and all shared experts work on a token. Paper sec. 4, 5.3.

    Shared experts may be of another width. With a latent width Z the routed experts work on Z instead of H; shared
    experts and router stay on H. Where some experts are identities, a token uses k E / (E + E0) real ones on average.
    """

    label: ClassVar[str] = "Mixture of experts"
    short: ClassVar[str] = "MoE"
    width_fields: ClassVar[tuple[str, ...]] = ()
    element_wise_passes: ClassVar[int] = 2
    quantised_inputs: ClassVar[int] = 3
    starts: ClassVar[dict[str, int]] = {"experts": 48, "top_k": 3, "intermediate": 5120}

    kind: Literal["moe"] = "moe"
    experts: Experts
    top_k: TopK
    shared: Shared = 0
    intermediate: Width
    shared_intermediate: SharedWidth = None
    shared_gate: SharedGate = "none"
    shared_weight_bits: SharedWeightBits = None
    latent: Latent = None
    latent_norm: LatentNorm = "none"
    identity_experts: IdentityExperts = 0
    routing: Routing = "learned"
    router_bias: RouterBias = "none"
    routing_limit: RoutingLimit = None

    def rules(self) -> Iterable[Rule]:
        """No token uses more experts than there are."""
        values = {"top_k": self.top_k, "experts": self.experts}
        yield Rule(self.top_k <= self.experts, "top_k must not exceed experts", values)

    def experts_per_token(self) -> Numeric:
        """Routed experts that work on a token: k, or the mean k E / (E + E0) where identities are chosen too."""
        return self.top_k * self.experts / (self.experts + self.identity_experts)

    def shared_experts(self) -> Numeric:
        """Shared experts counted in the width of a routed one."""
        return self.shared * self._shared_width() / self.intermediate

    def expert_parameters(self, hidden: Numeric) -> Numeric:
        """m H I, or m Z I with a latent width."""
        return self.matrices * self.wire_width(hidden) * self.intermediate

    def active_parameters(self, hidden: Numeric) -> Numeric:
        """m H I k and what every token uses."""
        return self.expert_parameters(hidden) * self.experts_per_token() + self.common_parameters(hidden)

    def active_range(self, hidden: Numeric) -> tuple[Numeric, Numeric]:
        """From as many identities as there are to none."""
        experts, common = self.expert_parameters(hidden), self.common_parameters(hidden)
        least = np.maximum(self.top_k - self.identity_experts, 0)
        return experts * least + common, experts * self.top_k + common

    def stored_parameters(self, hidden: Numeric) -> Numeric:
        """m H I E and what every token uses."""
        return self.expert_parameters(hidden) * self.experts + self.common_parameters(hidden)

    def common_parameters(self, hidden: Numeric) -> Numeric:
        """The shared experts m H Is, the way to the latent width and back 2 H Z, and the projections of a table."""
        shared = self.matrices * hidden * self._shared_width() * self.shared
        latent = 0 if self.latent is None else 2 * hidden * self.latent
        return shared + latent + self.table_projection_parameters(hidden)

    def touched_parameters(self, hidden: Numeric, tokens: Numeric) -> Numeric:
        """What every token uses, and E (1 - (1 - k/E)^tokens) routed experts, the expected number some token chose."""
        share = self.top_k / (self.experts + self.identity_experts)
        touched = self.experts * (1 - (1 - share) ** tokens)
        return self.expert_parameters(hidden) * touched + self.common_parameters(hidden)

    def servers_visited(self, servers: Numeric) -> Numeric:
        """R (1 - P): R servers within reach, P the chance that one of them holds none of the k experts.

        The k experts are drawn without replacement from those on the R servers, E / servers on each, so
        P = prod over i < k of 1 - (E / servers) / (R E / servers - i). A routing limit makes R smaller; identities lie
        on no server.
        """
        reach = servers if self.routing_limit is None else np.minimum(servers, self.routing_limit)
        per_server = self.experts / servers
        missed: Numeric = 1.0
        for drawn in range(self.top_k):
            left = np.maximum(reach * per_server + self.identity_experts - drawn, per_server)
            missed = missed * (1 - per_server / left)
        return reach * (1 - missed)

    def wire_width(self, hidden: Numeric) -> Numeric:
        """The latent width, where there is one: projections and shared experts are then on the sending side."""
        return hidden if self.latent is None else self.latent

    def common_products(self, hidden: Numeric, ranks: int) -> tuple[Product, ...]:
        """Those of the shared experts, as one wide layer, and the way to the latent width and back."""
        products: tuple[Product, ...] = ()
        if np.any(self.shared):
            width = self.shared * self._shared_width() / ranks
            products = Product(hidden, (self.matrices - 1) * width), Product(width, hidden)
        if self.latent is not None:
            products += (Product(hidden, self.latent / ranks), Product(self.latent / ranks, hidden))
        return products

    def router_products(self, hidden: Numeric) -> tuple[Product, ...]:
        """H x (E + E0)."""
        return (Product(hidden, self.experts + self.identity_experts),)

    def expert_work(
        self, hidden: Numeric, *, tokens: Numeric, ranks: Numeric, width_ranks: Numeric, imbalance: Numeric
    ) -> Work:
        """The touched ones of E / ranks experts, each I / width_ranks wide."""
        return expert_work(
            tokens=tokens,
            experts=self.experts,
            top_k=self.experts_per_token(),
            ranks=ranks,
            hidden=self.wire_width(hidden),
            width=self.intermediate / width_ranks,
            weight_bits=self.weight_bits,
            imbalance=imbalance,
            matrices=self.matrices,
        )

    def check_ranks(self, *, ranks: int, width_ranks: int, common_ranks: int) -> None:
        """Experts over the expert-parallel ranks, their width over the others, shared width over its own."""
        check_division("expert_parallel", ranks, "experts", self.experts)
        check_division("moe_tensor_parallel", width_ranks, "intermediate", self.intermediate)
        check_division("tensor_parallel", common_ranks, "shared width", int(self.shared * self._shared_width()))

    def router_parameters(self, hidden: Numeric) -> Numeric:
        """One score per expert, identities included, H (E + E0), and the gate of the shared expert, H."""
        return hidden * (self.experts + self.identity_experts + (self.shared_gate == "token"))

    def small_parameters(self, hidden: Numeric) -> SmallParameters:
        """Norms; biases of every expert, I for each input matrix and H, and of the router's scores."""
        shared = self.shared * self._biases(self._shared_width(), hidden)
        scores = (self.experts + self.identity_experts) * (self.router_bias == "per_expert")
        latent = 0 if self.latent is None else self.latent * (self.latent_norm == "norm")
        routed = self.experts * self._biases(self.intermediate, self.wire_width(hidden))
        return SmallParameters(norms=self.norms * hidden + latent, biases=routed + shared + scores)

    def unused_biases(self, hidden: Numeric) -> Numeric:
        """Those of the experts that a token is not routed to."""
        return (self.experts - self.experts_per_token()) * self._biases(self.intermediate, self.wire_width(hidden))

    def common_bits(self) -> Numeric:
        """Their own, or those of the routed experts."""
        return self.weight_bits if self.shared_weight_bits is None else self.shared_weight_bits

    def sparsity(self) -> Numeric:
        """(k + shared) / E, shared experts counted in the width of a routed one."""
        return (self.experts_per_token() + self.shared_experts()) / self.experts

    def experts_at_sparsity(self, sparsity: Numeric) -> Numeric:
        """(E + shared) S - shared, rounded; the paper prints it for one shared expert, (E + 1) S - 1."""
        shared = self.shared_experts()
        return np.rint((self.experts + shared) * sparsity - shared)

    def _shared_width(self) -> Numeric:
        return self.intermediate if self.shared_intermediate is None else self.shared_intermediate

    def _biases(self, inner: Numeric, outer: Numeric) -> Numeric:
        """Of one expert between those widths."""
        return ((self.matrices - 1) * inner + outer) * (self.biases == "all")
