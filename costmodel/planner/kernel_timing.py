"""Times of the parts of a layer on one accelerator, kernel by kernel."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.attention import Attention
from costmodel.errors import DomainError, Problem
from costmodel.ffn import Ffn
from costmodel.kernels import Kernel, KernelTerms, Operation, Product, Work, core_work
from costmodel.links import Links
from costmodel.rates import Choices, Rates
from costmodel.units import FLOPS_PER_MAC, Numeric

EXPERTS: tuple[Operation, ...] = ("grouped", "fused")

HEAD_BITS = 16
ROUTER_BITS = 16
SAMPLING_BYTES = 12
"""Per entry of the vocabulary and token: logits written in 32 bits and read twice."""


@dataclass(frozen=True)
class KernelCall:
    """One kernel call of a part of a step: the kernel that was fastest, its work and its time [s]."""

    part: str
    kernel: Kernel
    work: Work
    terms: KernelTerms
    seconds: float


@dataclass(frozen=True)
class KernelTimer:
    """Kernels of one accelerator: each method is the time [s] of one part for that many rows (tokens) on one rank.

    With a `log`, every call is appended to it; times must then be numbers, not arrays.
    """

    accelerator: Accelerator
    rates: Rates
    hidden: Numeric
    padded: bool = True
    log: list[KernelCall] | None = field(default=None, repr=False, compare=False)
    _chosen: dict[tuple[object, int, int], Choices] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def links(self) -> Links:
        """Communication of the accelerator, over its own scale-up network where that is known."""
        if self.rates.links is None:
            raise DomainError(Problem("rates.links", f"{self.rates.name} has no links"))
        return self.rates.links.over(
            domain=self.accelerator.scale_up_accelerators,
            bytes_per_second=self.accelerator.scale_up_bytes_per_second,
        )

    def kernels(self, operation: Operation | tuple[Operation, ...], bits: float, compute_bits: int) -> Choices:
        """The kernels for operands of `bits`, scales left out, at the precision that the accelerator executes."""
        stored = round(bits)
        key = operation, stored, compute_bits
        if key not in self._chosen:
            executed = self.accelerator.executed_bits(compute_bits)
            known = self.rates.kernels_for(operation, bits=stored, compute_bits=executed)
            int8 = self.accelerator.computes_in_int8
            self._chosen[key] = tuple(
                _stand_in(each, "INT8") if int8 and each.compute_bits == 8 else each for each in known
            )
        return self._chosen[key]

    def core(self, group: Attention, requests: Numeric, context: Numeric, positions: Numeric) -> Numeric:
        """Attention core of `requests` requests, each with `positions` tokens that share a read of the cache."""
        work = core_work(
            requests=requests,
            kv_bytes=group.kv_bytes(context, positions),
            core_flops=group.executed_core_flops(context),
            query_rows=group.query_rows(),
            positions=positions,
        )
        core = self._fastest("core", self.core_kernels(group), work)
        return core + self._indexer(group, requests * positions, requests, context) if group.has_indexer() else core

    def _indexer(self, group: Attention, tokens: Numeric, requests: Numeric, context: Numeric) -> Numeric:
        """The kernel that chooses what the core reads; no table describes it, so it is timed as a core is."""
        work = Work(requests * group.index_bytes(context), tokens * group.index_flops(context), 1)
        return self._fastest("core", self.core_kernels(group), work)

    def mixed_core(self, group: Attention, contexts: Numeric, positions: Numeric) -> Numeric:
        """Attention core of one call for requests with each of the contexts along the last axis."""

        def summed(values: Numeric) -> Numeric:
            total: Numeric = np.broadcast_to(values, np.shape(contexts)).sum(axis=-1)
            return total

        moved, flops = summed(group.kv_bytes(contexts, positions)), summed(group.executed_core_flops(contexts))
        core = self._fastest(
            "core", self.core_kernels(group), Work(moved, flops * positions, group.query_rows() * positions)
        )
        if not group.has_indexer():
            return core
        scores = Work(summed(group.index_bytes(contexts)), positions * summed(group.index_flops(contexts)), 1)
        return core + self._fastest("core", self.core_kernels(group), scores)

    def core_kernels(self, group: Attention) -> Choices:
        """Those that may do the core of the group; those of another mechanism are borrowed ones."""
        own = self.kernels(group.core_operation, int(group.cache_bits()), group.compute_bits)
        if group.measured_core:
            return own
        key = type(group), int(group.cache_bits()), group.compute_bits
        if key not in self._chosen:
            self._chosen[key] = tuple(_stand_in(each, type(group).label) for each in own)
        return self._chosen[key]

    def product(self, part: str, product: Product, rows: Numeric, weight_bits: float, compute_bits: int) -> Numeric:
        """One matrix product of a part of the step; none takes no time."""
        input_bits = self.accelerator.executed_bits(compute_bits)
        work = product.work(rows, weight_bits=weight_bits, input_bits=input_bits)
        if not np.any(product.width):
            return 0.0
        return self._fastest(part, self.kernels("dense", weight_bits, compute_bits), work) * (product.width > 0)

    def projections(self, group: Attention, rows: Numeric, output_shards: int = 1) -> Numeric:
        """All projections; the last one leads back to hidden, and `output_shards` ranks may share its inner dimension.

        Sharing moves weights, not work: a rank multiplies the rows of all shards with its part.
        """
        *into, back = group.products(self.hidden)
        times = [self.product("projections", each, rows, group.weight_bits, group.linear_bits) for each in into]
        shared = Product(back.depth / output_shards, back.width, back.heads)
        together = rows * output_shards
        return sum(times) + self.product("projections", shared, together, group.weight_bits, group.linear_bits)

    def common(self, group: Ffn, rows: Numeric, ranks: int) -> Numeric:
        """Weights that every token uses: a dense layer, or shared experts."""
        products = group.common_products(self.hidden, ranks)
        bits = float(group.common_bits())
        return sum(self.product("shared", each, rows, bits, group.compute_bits) for each in products)

    def router(self, group: Ffn, rows: Numeric) -> Numeric:
        """The choice of experts, in 16 bits."""
        products = group.router_products(self.hidden)
        return sum(self.product("experts", each, rows, ROUTER_BITS, ROUTER_BITS) for each in products)

    def experts(
        self, group: Ffn, *, tokens: Numeric, ranks: Numeric, width_ranks: Numeric, imbalance: Numeric
    ) -> Numeric:
        """Routed experts of one rank, for `tokens` tokens of the whole group."""
        if not np.any(group.experts_per_token()):
            return 0.0
        work = group.expert_work(self.hidden, tokens=tokens, ranks=ranks, width_ranks=width_ranks, imbalance=imbalance)
        return self._fastest("experts", self.kernels(EXPERTS, group.weight_bits, group.compute_bits), work)

    def element_wise(self, count: Numeric, rows: Numeric) -> Numeric:
        """That many element-wise kernels, each reading and writing the rows in 16 bits."""
        traffic = 4 * rows * self.hidden / self.accelerator.bandwidth()
        return count * (self.rates.element_wise_seconds + traffic)

    def ffn_passes(self, group: Ffn) -> int:
        """Element-wise kernels that the FFN adds to a layer, with one before every product below 16 bits."""
        return group.element_wise_passes + (group.quantised_inputs if self._is_quantised(group.compute_bits) else 0)

    def attention_passes(self, group: Attention) -> int:
        """Those of a layer without what its FFN adds."""
        # The products of single heads take what the ones before them wrote.
        inputs = sum(1 for each in group.products(self.hidden) if each.heads_together)
        return group.element_wise_passes + (inputs if self._is_quantised(group.linear_bits) else 0)

    def head(self, rows: Numeric, vocabulary: Numeric, ranks: int) -> Numeric:
        """LM head and sampling; `ranks` ranks share the vocabulary."""
        share = vocabulary / ranks
        product = self.product("head", Product(self.hidden, share), rows, HEAD_BITS, HEAD_BITS)
        return product + SAMPLING_BYTES * rows * share / self.accelerator.bandwidth()

    def compute_bound(self, choices: Choices) -> float:
        """The rate that the fastest of some kernels reaches on large work [FLOP/s]."""
        return max(
            kernel.compute_share * float(self.accelerator.flops_per_second(kernel.compute_bits)) for kernel in choices
        )

    def borrowed(self, attention: Sequence[Attention], ffn: Sequence[Ffn], *, head: bool = False) -> tuple[str, ...]:
        """The kernels of these layers that were not measured on the accelerator, each with whose stands in.

        `head` adds the products in 16 bits beside them: LM head and router.
        """
        used: list[Choices] = [self.kernels("dense", HEAD_BITS, HEAD_BITS)] if head else []
        for group in attention:
            used += [self.core_kernels(group), self.kernels("dense", group.weight_bits, group.linear_bits)]
        for layers in ffn:
            used.append(self.kernels("dense", int(layers.common_bits()), layers.compute_bits))
            if np.any(layers.experts_per_token()):
                used.append(self.kernels(EXPERTS, layers.weight_bits, layers.compute_bits))
        name = self.accelerator.name
        lent = dict.fromkeys(f"{each.label} on {name} ({each.borrowed})" for c in used for each in c if each.borrowed)
        return tuple(f"borrowed kernels: {each}" for each in lent)

    def ffn_arithmetic(self, group: Ffn) -> Numeric:
        """Lower bound of an FFN layer's time per token, over accelerators [s]: its FLOPs at the rates of large work."""
        common = FLOPS_PER_MAC * group.common_parameters(self.hidden)
        dense = self.compute_bound(self.kernels("dense", group.weight_bits, group.compute_bits))
        if not np.any(group.experts_per_token()):
            return common / dense
        routed = self.compute_bound(self.kernels(EXPERTS, group.weight_bits, group.compute_bits))
        return common / dense + (group.flops(self.hidden) - common) / routed

    def _is_quantised(self, compute_bits: int) -> bool:
        return self.accelerator.executed_bits(compute_bits) < 16

    def _fastest(self, part: str, choices: Choices, work: Work) -> Numeric:
        """An engine runs the fastest kernel it has."""
        times = [kernel.seconds(work, **self._peaks(kernel), padded=self.padded) for kernel in choices]
        if self.log is not None:
            seconds, kernel = min(zip(map(float, times), choices, strict=True), key=lambda each: each[0])
            terms = kernel.terms(work, **self._peaks(kernel), padded=self.padded)
            self.log.append(KernelCall(part, kernel, work, terms, seconds))
        return reduce(np.minimum, times)

    def _peaks(self, kernel: Kernel) -> dict[str, Numeric]:
        return {
            "bytes_per_second": self.accelerator.bandwidth(),
            "flops_per_second": self.accelerator.flops_per_second(kernel.compute_bits),
        }


def _stand_in(kernel: Kernel, wanted: str) -> Kernel:
    """The kernel, borrowed for another mechanism or number format."""
    whose = f"in place of {wanted}"
    return kernel.replace(borrowed=f"{kernel.borrowed}, {whose}" if kernel.borrowed else whose)
