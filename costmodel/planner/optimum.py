"""Exact search for the best deployment over attention servers, FFN servers and every whole batch per accelerator.

For fixed servers every load grows with the batch, so the feasible batches are 1 to some largest one. Every stage time
per request falls with the batch (work is proportional to it or, for weights and overheads, grows slower: touched
experts are concave), so output per second never falls with the batch and the largest feasible batch is the best one.
That leaves one candidate for each pair of server counts; all of them are evaluated at once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from costmodel.errors import DomainError, Problem, quote
from costmodel.planner.pipeline import CONSTRAINTS, Pipeline, capacity
from costmodel.units import SECONDS_PER_HOUR, TOKENS_PER_MILLION, Numeric

Objective = Literal["usd", "throughput", "accelerators"]
OBJECTIVES: tuple[Objective, ...] = ("usd", "throughput", "accelerators")
Whole = NDArray[np.int64]

SAME = 1e-12
"""Objectives closer than this ratio are a tie: they differ by rounding only."""


@dataclass(frozen=True)
class Found:
    """A deployment: servers of both pools and requests per attention accelerator and micro-batch.

    `limits` holds the largest batch that each constraint alone would allow.
    """

    attention_servers: int
    ffn_servers: int
    batch: int
    limits: Mapping[str, int]


def check_objective(objective: str) -> None:
    """Refuse an unknown objective."""
    if objective not in OBJECTIVES:
        known = ", ".join(OBJECTIVES)
        raise DomainError(Problem("objective", f"{quote(objective)} is not allowed; must be one of {known}"))


def largest(fits: Callable[[Whole], Numeric], guess: Numeric, most: Whole) -> Whole:
    """The largest whole number from 0 to `most` that fits, element by element; 0 is taken to fit.

    What fits must be an unbroken run from 0. A good `guess` only saves time: the answer is exact for any.
    """
    low, high = np.zeros_like(most), most
    near = np.clip(guess, 0, most).astype(np.int64)
    tries = [np.maximum(near - 1, 0), np.minimum(near + 1, most)]
    while tries or np.any(low < high):
        middle = np.clip(tries.pop(0), low, high) if tries else (low + high + 1) // 2
        ok = fits(middle) | (middle == 0)
        low, high = np.where(ok, middle, low), np.where(ok, high, middle - 1)
    return low


def largest_batches(pipeline: Pipeline, attention_servers: Whole, ffn_servers: Whole) -> dict[str, Whole]:
    """The largest batch per attention accelerator that each constraint allows alone, 0 where not even one request fits.

    `attention_servers` is a column and `ffn_servers` a row of counts; values span the grid or a part of it.
    """
    budget = pipeline.budget_seconds
    memory, ffn_memory = capacity(pipeline.attention_on), capacity(pipeline.ffn_on)
    requests = pipeline.attention_accelerators_per_server * attention_servers
    # No batch can exceed this one: more cache than memory. It bounds every other constraint too.
    most = np.full((1, 1), int(memory / (pipeline.sla.stages * pipeline.sequence_bytes)) + 1)
    most_cells = np.broadcast_to(most, (attention_servers.size, ffn_servers.size))
    most_requests = np.broadcast_to(most * requests.max(), ffn_servers.shape)

    room, per_sequence = memory - pipeline.attention_weight_bytes, pipeline.sequence_bytes
    ffn_room = ffn_memory - pipeline.ffn_weight_bytes(ffn_servers)
    network_room = budget - pipeline.network_overhead
    per_request = pipeline.network_seconds_per_request(attention_servers, ffn_servers)
    ffn_limit = largest(
        lambda count: pipeline.ffn_seconds(count, ffn_servers) <= budget,
        pipeline.ffn_requests_within(budget, ffn_servers),
        most_requests,
    )
    ffn_memory_limit = largest(
        lambda count: pipeline.ffn_memory(count, ffn_servers) <= ffn_memory,
        ffn_room / pipeline.ffn_activation_bytes,
        most_requests,
    )
    limits = (
        largest(lambda b: pipeline.attention_seconds(b) <= budget, pipeline.attention_batch_within(budget), most),
        largest(
            lambda b: b * per_request + pipeline.network_overhead <= budget, network_room / per_request, most_cells
        ),
        ffn_limit // requests,
        largest(lambda b: pipeline.attention_memory(b) <= memory, room / (pipeline.sla.stages * per_sequence), most),
        ffn_memory_limit // requests,
    )
    return dict(zip(CONSTRAINTS, limits, strict=True))


def search(pipeline: Pipeline, most_attention: int, most_ffn: int, objective: Objective) -> Found | None:
    """The best feasible deployment, None when there is none. Ties go to fewer accelerators, then to the better
    output.
    """
    attention_servers = np.arange(1, most_attention + 1, dtype=np.int64)[:, None]
    ffn_servers = np.arange(1, most_ffn + 1, dtype=np.int64)[None, :]
    limits = largest_batches(pipeline, attention_servers, ffn_servers)
    by_limit = np.stack(np.broadcast_arrays(*limits.values()))
    batch = by_limit.min(axis=0)
    rows, columns = np.nonzero(batch)
    if not rows.size:
        return None
    n_attention, n_ffn, batch = attention_servers[rows, 0], ffn_servers[0, columns], batch[rows, columns]
    place = best(_scores(pipeline, n_attention, n_ffn, batch, objective))
    own = by_limit[:, rows[place], columns[place]].tolist()
    return Found(int(n_attention[place]), int(n_ffn[place]), int(batch[place]), dict(zip(limits, own, strict=True)))


def given(pipeline: Pipeline, attention_servers: int, ffn_servers: int, batch: int) -> Found:
    """A deployment that is not searched for, with the largest batch that each constraint would allow it."""
    limits = largest_batches(pipeline, np.array([[attention_servers]]), np.array([[ffn_servers]]))
    return Found(attention_servers, ffn_servers, batch, {name: limit.item() for name, limit in limits.items()})


def usd_per_hour(pipeline: Pipeline, attention_servers: Numeric, ffn_servers: Numeric) -> Numeric:
    """Price of all accelerators [USD/h]; DomainError when a price is not known."""
    attention = attention_servers * pipeline.attention_accelerators_per_server * pipeline.attention_on.price()
    return attention + ffn_servers * pipeline.ffn_accelerators_per_server * pipeline.ffn_on.price()


def usd_per_million(usd_hour: Numeric, tokens_per_second: Numeric) -> Numeric:
    """USD per 1M tokens at that output [token/s]."""
    return usd_hour / SECONDS_PER_HOUR / tokens_per_second * TOKENS_PER_MILLION


def _scores(
    pipeline: Pipeline, n_attention: Whole, n_ffn: Whole, batch: Whole, objective: Objective
) -> tuple[Numeric, ...]:
    """Criteria to minimise, most important first."""
    cycle = pipeline.cycle(batch, n_attention, n_ffn)
    output = pipeline.tokens_per_second(batch * n_attention * pipeline.attention_accelerators_per_server, cycle)
    accelerators = (
        n_attention * pipeline.attention_accelerators_per_server + n_ffn * pipeline.ffn_accelerators_per_server
    ).astype(float)
    if objective == "usd":
        return usd_per_million(usd_per_hour(pipeline, n_attention, n_ffn), output), accelerators
    if objective == "throughput":
        return accelerators / output, accelerators
    return accelerators, 1 / output


def best(scores: Sequence[Numeric]) -> int:
    """Index of the lexicographic minimum, equal up to rounding; the first one where all are equal."""
    left = np.arange(np.size(scores[0]))
    for score in scores:
        values = np.asarray(score)[left]
        left = left[values <= values.min() * (1 + SAME)]
    return int(left[0])
