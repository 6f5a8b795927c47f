"""Least sparsity of a mixture of experts at which network and batch keep the FFN compute-bound."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError, Problem, quote
from costmodel.ffn import Ffn
from costmodel.model import Model
from costmodel.scenario import Scenario
from costmodel.sla import Sla
from costmodel.units import BITS_PER_BYTE, FLOPS_PER_MAC, Numeric
from costmodel.workload import Workload

DISPATCH_BYTES_PER_ELEMENT = 1
"""A hidden element travels to the FFN in FP8. Paper sec. 5.4."""

COMBINE_BYTES_PER_ELEMENT = 2
"""A hidden element comes back in BF16. Paper sec. 5.4."""

WIRE_BYTES_PER_ELEMENT = DISPATCH_BYTES_PER_ELEMENT + COMBINE_BYTES_PER_ELEMENT
"""Both directions together."""


@dataclass(frozen=True)
class SparsityFloor:
    """S of a design and the least S that the network can hide. Paper sec. 5.4."""

    sparsity: Numeric
    minimum: Numeric

    @property
    def met(self) -> Numeric:
        """True where the network stays hidden behind the pipeline."""
        return self.sparsity >= self.minimum


def batch_for_high_mfu(
    accelerator: Accelerator, sparsity: Numeric = 1.0, weight_bits: Numeric = 8, compute_bits: Numeric = 8
) -> Numeric:
    """Tokens per FFN batch from which the FFN is compute-bound: ridge x weight bytes / 2 / S. Paper sec. 5.3.

    `weight_bits` are those of the stored weights, `compute_bits` those of the matrix products.

    >>> from costmodel import load_accelerator
    >>> round(batch_for_high_mfu(load_accelerator("h800")))
    296
    """
    _positive(sparsity=sparsity, weight_bits=weight_bits)
    return accelerator.ridge(compute_bits) * (weight_bits / BITS_PER_BYTE) / FLOPS_PER_MAC / sparsity


def stage_bytes_per_element(stages: Numeric) -> Numeric:
    """Bytes per hidden element that the busiest network stage carries: 3 with three stages, 2 with four.

    With three stages one network stage takes a micro-batch there and back, one direction after the other. A fourth
    stage gives each direction its own; links are full duplex, so the wider direction, combine, sets the pace. Three
    stages: paper sec. 5.4; four follow from the same rule, that every stage of sec. 3 has TPOT / stages / layers.
    """
    return WIRE_BYTES_PER_ELEMENT - DISPATCH_BYTES_PER_ELEMENT * (stages == 4)


def sparsity_floor(
    model: Model, accelerator: Accelerator, workload: Workload, sla: Sla, nic_share: Numeric = 1.0
) -> SparsityFloor:
    """S of a model against the network floor of an accelerator, see `minimum_sparsity`.

    A step that keeps several drafted tokens has as many times TPOT to finish. How many it drafts does not matter: the
    drafts fill the FFN's batch and the wire alike. Weight and compute bits are those of the sparsest layer group.
    """
    group = _sparsest(model)
    minimum = minimum_sparsity(
        accelerator,
        weight_bits=group.weight_bits,
        compute_bits=group.compute_bits,
        hidden=group.wire_width,
        layers=model.round_trips,
        tpot=sla.tpot * workload.accepted_length,
        stages=sla.stages,
        nic_share=nic_share,
    )
    return SparsityFloor(model.sparsity, minimum)


def sparsity_floors(scenario: Scenario) -> list[tuple[Accelerator, SparsityFloor]]:
    """S of the model against the network floor of each accelerator whose network and ridge are known. Sec. 5.4."""
    bits = _sparsest(scenario.model).compute_bits
    return [
        (accelerator, sparsity_floor(scenario.model, accelerator, scenario.workload, scenario.sla))
        for accelerator in scenario.accelerators
        if accelerator.nics_per_server is not None and accelerator.unknown(bits) is None
    ]


def minimum_sparsity(
    accelerator: Accelerator,
    *,
    hidden: Numeric,
    layers: Numeric,
    tpot: Numeric,
    stages: Numeric = 3,
    nic_share: Numeric = 1.0,
    weight_bits: Numeric = 8,
    compute_bits: Numeric = 8,
) -> Numeric:
    """Least S = (top_k + shared) / experts whose network time hides behind the pipeline. Paper sec. 5.4, Table 7.

    `tpot` is the time [s] that the pipeline has for one decode step, `stages` its depth (3, as in the paper, or 4),
    `nic_share` the share of the line rate that is achieved, in (0, 1]. `weight_bits` are those of the
    stored weights, `compute_bits` those of the matrix products, whose rate sets the ridge. DomainError for a value out
    of range or an accelerator without a known network.

    >>> from costmodel import load_accelerator
    >>> round(minimum_sparsity(load_accelerator("h800"), hidden=7168, layers=61, tpot=0.05), 3)
    0.058
    """
    _positive(hidden=hidden, layers=layers, tpot=tpot, nic_share=nic_share)
    if not np.all(np.isin(stages, (3, 4))):
        raise DomainError(Problem("stages", f"{quote(stages)} is not allowed; must be 3 or 4"))
    if not np.all(nic_share <= 1):
        raise DomainError(Problem("nic_share", f"{quote(nic_share)} is not allowed; must be at most 1"))
    network = accelerator.server_bytes_per_second() * nic_share
    wire = stage_bytes_per_element(stages) * hidden * layers * stages
    weight_bytes = weight_bits / BITS_PER_BYTE
    return wire * accelerator.ridge(compute_bits) * weight_bytes / (FLOPS_PER_MAC * network * tpot)


def sparsest_group(model: Model) -> Ffn:
    """The FFN group with the least S, the first one on a tie; for numbers only."""
    return min(model.ffn, key=lambda group: float(group.sparsity()))


def _sparsest(model: Model) -> "_Group":
    """Bits and wire width of the sparsest FFN group, element by element where fields hold arrays."""
    first, *others = model.ffn
    least, found = first.sparsity(), _Group(first.weight_bits, first.compute_bits, first.wire_width(model.hidden))
    for group in others:
        sparser = group.sparsity() < least
        # np.where would drop the labels of a DataArray; multiplying by truth values keeps them and is exact.
        found = _Group(
            group.weight_bits * sparser + found.weight_bits * (1 - sparser),
            group.compute_bits * sparser + found.compute_bits * (1 - sparser),
            group.wire_width(model.hidden) * sparser + found.wire_width * (1 - sparser),
        )
        least = np.minimum(least, group.sparsity())
    return found


class _Group(NamedTuple):
    weight_bits: Numeric
    compute_bits: Numeric
    wire_width: Numeric


def _positive(**values: Numeric) -> None:
    """DomainError unless every value is a finite number above zero."""
    for name, value in values.items():
        kind = np.asarray(value).dtype.kind
        if isinstance(value, list | tuple) or kind not in "iuf" or not np.all(np.isfinite(value) & (value > 0)):
            raise DomainError(Problem(name, f"{quote(value)} is not allowed; must be a positive number"))
