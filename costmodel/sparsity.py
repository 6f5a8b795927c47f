"""How sparse a mixture of experts may be before the network or the batch size no longer keeps the FFN compute-bound."""

from dataclasses import dataclass

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError, Problem, quote
from costmodel.units import BITS_PER_BYTE, FLOPS_PER_MAC, Numeric

WIRE_BYTES_PER_ELEMENT = 3
"""One byte per hidden element on dispatch (FP8), two on combine (BF16). Paper sec. 5.4."""


@dataclass(frozen=True)
class SparsityFloor:
    """The two sides of sec. 5.4 for one design: its S, the least S the network can hide, and what would satisfy it."""

    sparsity: Numeric
    minimum: Numeric

    @property
    def met(self) -> Numeric:
        """True where the network stays hidden behind the pipeline."""
        return self.sparsity >= self.minimum


def batch_for_high_mfu(accelerator: Accelerator, sparsity: Numeric = 1.0, weight_bits: Numeric = 8) -> Numeric:
    """Tokens per FFN batch from which the FFN is compute-bound: ridge x weight bytes / 2 / S. Paper sec. 5.3.

    >>> from costmodel import load_accelerator
    >>> round(batch_for_high_mfu(load_accelerator("h800")))
    296
    """
    _positive(sparsity=sparsity, weight_bits=weight_bits)
    return accelerator.ridge() * (weight_bits / BITS_PER_BYTE) / FLOPS_PER_MAC / sparsity


def minimum_sparsity(
    accelerator: Accelerator,
    *,
    hidden: Numeric,
    layers: Numeric,
    tpot: Numeric,
    stages: Numeric = 3,
    nic_efficiency: Numeric = 1.0,
) -> Numeric:
    """Least S = (top_k + shared) / experts whose network time hides behind the pipeline. Paper sec. 5.4, Table 7.

    `tpot` is the time per output token [s], `stages` the pipeline depth (3 or 4), `nic_efficiency` the share of the
    line rate that is achieved, in (0, 1]. 8-bit weights.

    >>> from costmodel import load_accelerator
    >>> round(minimum_sparsity(load_accelerator("h800"), hidden=7168, layers=61, tpot=0.05), 3)
    0.058
    """
    _positive(hidden=hidden, layers=layers, tpot=tpot, nic_efficiency=nic_efficiency)
    if not np.all(np.isin(stages, (3, 4))):
        raise DomainError(Problem("stages", f"{quote(stages)} is not allowed; must be 3 or 4"))
    if not np.all(nic_efficiency <= 1):
        raise DomainError(Problem("nic_efficiency", f"{quote(nic_efficiency)} is not allowed; must be at most 1"))
    network = accelerator.server_bytes_per_second() * nic_efficiency
    wire = WIRE_BYTES_PER_ELEMENT * hidden * layers * stages
    return wire * accelerator.ridge() / (FLOPS_PER_MAC * network * tpot)


def _positive(**values: Numeric) -> None:
    """Refuse what is not a number, or an array of numbers, above zero and finite."""
    for name, value in values.items():
        kind = np.asarray(value).dtype.kind
        if isinstance(value, list | tuple) or kind not in "iuf" or not np.all(np.isfinite(value) & (value > 0)):
            raise DomainError(Problem(name, f"{quote(value)} is not allowed; must be a positive number"))
