"""Which weaker accelerators can serve: what an attention accelerator can hold, and how many FFN servers the weights
need. Sec. 6.
"""

import math
from dataclasses import dataclass

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError, Problem
from costmodel.model import Model
from costmodel.planner.timing import attention_weight_bytes
from costmodel.rates import IDEAL, Rates
from costmodel.sla import Sla
from costmodel.workload import Workload

PAPER_SHARE = 0.5
"""Share of memory bandwidth that the paper grants to reading FFN weights."""


@dataclass(frozen=True)
class AttentionReach:
    """Bytes that one attention layer may touch on an accelerator within its budget, and the cache that leaves room
    for.

    `cached_tokens` is the largest batch x context of the group with the most cache per token: negative room counts as
    none, and it is None for a model whose cache does not grow.
    """

    budget_seconds: float
    touched_bytes: float
    weight_bytes: float
    kv_bytes: float
    kv_bytes_per_token: float
    cached_tokens: int | None

    def batch(self, context: int) -> int | None:
        """The largest batch per accelerator at that context; windows are not taken into account."""
        return None if self.cached_tokens is None else self.cached_tokens // context


@dataclass(frozen=True)
class FfnServers:
    """Servers that the FFN weights of a model need on an accelerator: for their bandwidth, for their memory, for
    both.
    """

    weight_bytes: float
    bytes_per_card: float
    by_bandwidth: int
    by_memory: int | None

    @property
    def servers(self) -> int:
        """The larger of the two; bandwidth alone where the accelerator's memory is not known."""
        return max(self.by_bandwidth, self.by_memory or 0)


def attention_reach(
    model: Model,
    accelerator: Accelerator,
    *,
    sla: Sla | None = None,
    rates: Rates = IDEAL,
    workload: Workload | None = None,
) -> AttentionReach:
    """The largest batch x context that an attention accelerator can read within the stage budget. Paper sec. 6.

    A layer may touch bandwidth x budget bytes; what its projections (output sharded over the server) leave is cache.
    Sparse attention counts as if it read all that it stores. Compute and memory size are not looked at: `plan` does.
    `workload` matters for multi-token prediction only.

    >>> import costmodel as cm
    >>> reach = attention_reach(cm.load_model("step-3"), cm.load_accelerator("l20"))
    >>> f"{reach.touched_bytes / 1e6:.0f} MB, {reach.weight_bytes / 1e6:.0f} MB weights, {reach.cached_tokens:,} tokens"
    '236 MB, 67 MB weights, 331,017 tokens'
    """
    budget = _budget(model, sla, workload)
    group = max(model.attention, key=lambda item: item.kv_bytes_per_token())
    shares = rates.shares(accelerator.executed_bits(group.compute_bits))
    touched = (budget - rates.overhead_seconds) * float(accelerator.bandwidth()) * shares.core_memory
    weights = float(attention_weight_bytes(group, model.hidden, accelerator.accelerators_per_server))
    # Projections run at the efficiency of matrix products: in the bytes of the core's rate they count more or less.
    left = max(touched - weights * shares.core_memory / shares.product_memory, 0.0)
    per_token = float(group.kv_bytes_per_token())
    tokens = int(left / per_token) if per_token else None
    return AttentionReach(budget, touched, weights, left, per_token, tokens)


def ffn_servers_needed(
    model: Model,
    accelerator: Accelerator,
    *,
    sla: Sla | None = None,
    bandwidth_share: float = PAPER_SHARE,
    workload: Workload | None = None,
) -> FfnServers:
    """FFN servers whose accelerators read all weights within the stage budgets of all layers. Paper sec. 6.

    Weights per accelerator <= share x bandwidth x budget x layers. The paper grants half of the bandwidth.

    >>> import costmodel as cm
    >>> ffn_servers_needed(cm.load_model("step-3"), cm.load_accelerator("l20")).servers
    6
    """
    if not isinstance(bandwidth_share, int | float) or not 0 < bandwidth_share <= 1:
        reason = f"{bandwidth_share!r} is not allowed; must be above 0, at most 1"
        raise DomainError(Problem("bandwidth_share", reason))
    per_card = (
        bandwidth_share * float(accelerator.bandwidth()) * _budget(model, sla, workload) * float(model.round_trips)
    )
    stored = float(model.ffn_weight_bytes)
    read = float(sum(group.layers * group.matrix_bytes(model.hidden) for group in model.ffn))
    by_memory = (
        None
        if accelerator.memory_bytes is None
        else math.ceil(stored / accelerator.memory_bytes / accelerator.accelerators_per_server)
    )
    return FfnServers(stored, per_card, math.ceil(read / per_card / accelerator.accelerators_per_server), by_memory)


def _budget(model: Model, sla: Sla | None, workload: Workload | None) -> float:
    sla = Sla() if sla is None else sla
    accepted = 1.0 if workload is None else workload.accepted_length
    return float(sla.tpot * accepted / sla.stages / model.round_trips)
