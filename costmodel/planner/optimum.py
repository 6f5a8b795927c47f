"""Exact search for the best deployment over attention servers, FFN servers and every whole batch per accelerator.

For fixed servers every load grows with the batch, so the feasible batches are 1 to some largest one. Every stage time
per request falls with the batch (work is proportional to it or, for weights and overheads, grows slower: touched
experts are concave), so output per second never falls with the batch and the largest feasible batch is the best one.
That leaves one candidate for each pair of server counts, a cell. Closed-form lower bounds of its score (arithmetic,
cache and wire alone, at no overhead) rule out most cells; the others are evaluated. docs/decisions/afd-search.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.planner.pipeline import CONSTRAINTS, Pipeline, usd_per_million
from costmodel.planner.stages import Whole, largest
from costmodel.scenario import Objective

SAME = 1e-12
"""Objectives closer than this ratio are a tie: they differ by rounding only."""

SLACK = 1 + 1e-9
"""Bounds are compared with this much room, so that rounding never rules out the best cell."""

CELLS = 1 << 15
"""Cells that are looked at together."""

FEW_CELLS = 1 << 12
"""Cells that are looked at without a search for a good one before: those of the usual pools."""

SEEDS = 9
"""Numbers of servers of each pool that are tried before anything is ruled out."""

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Found:
    """A deployment: servers of both pools and requests per attention accelerator and micro-batch.

    `limits` holds the largest batch that each constraint alone would allow.
    """

    attention_servers: int
    ffn_servers: int
    batch: int
    limits: Mapping[str, int]


@dataclass(frozen=True)
class Cells:
    """Pairs of server counts with the largest batch of each, as flat arrays of equal length."""

    attention_servers: Whole
    ffn_servers: Whole
    batch: Whole

    def take(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> "Cells":
        """Some of the cells."""
        return Cells(self.attention_servers[keep], self.ffn_servers[keep], self.batch[keep])


def search(pipeline: Pipeline, largest_pool: int, objective: Objective, *, ffn_pool: int | None = None) -> Found | None:
    """The best feasible deployment, None when there is none. Ties go to fewer accelerators, then to more output.

    Both pools have at most `largest_pool` servers, unless `ffn_pool` limits that of the FFN apart.
    """
    columns = largest_pool if ffn_pool is None else ffn_pool
    if not min(pipeline.attention.most_by_time, pipeline.attention.most_by_memory):
        return None
    least, kept = _seed(pipeline, largest_pool, columns, objective), []
    rows = np.arange(1, largest_pool + 1, dtype=np.int64)
    while rows.size:
        first, counts = _window(pipeline, rows, columns, objective, least)
        some = max(1, int(np.searchsorted(np.cumsum(counts), CELLS, side="right")))
        cells = _feasible(pipeline, *_cells(rows[:some], first[:some], counts[:some]), columns)
        cells = cells.take(_bounds(pipeline, cells, objective) <= least * SLACK)
        least = _improved(pipeline, cells, objective, least)
        kept.append(cells.take(_bounds(pipeline, cells, objective) <= least * SLACK))
        rows = rows[some:]
    every = Cells(*(np.concatenate([getattr(part, name) for part in kept]) for name in Cells.__annotations__))
    if not every.batch.size:
        return None
    place = best(_scores(pipeline, every, objective))
    chosen = every.take(np.array([place]))
    return _found(pipeline, chosen, *(most[chosen.ffn_servers - 1] for most in pipeline.ffn.most_requests(columns)))


def _seed(pipeline: Pipeline, largest_pool: int, columns: int, objective: Objective) -> float:
    """A score that some cell reaches, from a few cells spread over many: what is worse need not be looked at."""
    if largest_pool * columns <= FEW_CELLS:
        return np.inf
    rows, ffn = (np.unique(np.geomspace(1, most, SEEDS).astype(np.int64)) for most in (largest_pool, columns))
    cells = _feasible(pipeline, np.repeat(rows, ffn.size), np.tile(ffn, rows.size), columns)
    return float(_measure(pipeline, cells, objective).min()) if cells.batch.size else np.inf


def given(pipeline: Pipeline, attention_servers: int, ffn_servers: int, batch: int) -> Found:
    """A deployment with these servers and batch, and the largest batch that each constraint would allow it."""
    cell = Cells(*(np.array([count]) for count in (attention_servers, ffn_servers, batch)))
    return _found(pipeline, cell, *pipeline.ffn.most_requests_of(cell.ffn_servers))


def _found(pipeline: Pipeline, cell: Cells, by_time: Whole, by_memory: Whole) -> Found:
    """One cell with what each constraint would allow it."""
    limits = _limits(pipeline, cell.attention_servers, cell.ffn_servers, by_time, by_memory)
    own = {name: int(np.ravel(limit)[0]) for name, limit in limits.items()}
    return Found(int(cell.attention_servers[0]), int(cell.ffn_servers[0]), int(cell.batch[0]), own)


def best(scores: tuple[Scores, ...]) -> int:
    """Index of the lexicographic minimum, equal up to rounding; the first one where all are equal."""
    left = np.arange(scores[0].size)
    for score in scores:
        values = score[left]
        left = left[values <= values.min() * (1 + SAME)]
    return int(left[0])


def _limits(
    pipeline: Pipeline, attention_servers: Whole, ffn_servers: Whole, by_time: Whole, by_memory: Whole
) -> dict[str, Whole]:
    """The largest batch per attention accelerator that each constraint allows alone, 0 where no request fits.

    `by_time` and `by_memory` are the most requests that the FFN pool of each cell allows.
    """
    attention = pipeline.attention
    budget, overhead = attention.budget_seconds, pipeline.network_overhead
    per_request = pipeline.network_seconds_per_request(attention_servers, ffn_servers)
    share = attention_servers * attention.per_server
    most = np.full(np.shape(per_request), max(attention.most_by_time, attention.most_by_memory) + 1, dtype=np.int64)
    network = largest(lambda batch: batch * per_request + overhead <= budget, (budget - overhead) / per_request, most)
    found = (
        np.full(np.shape(per_request), attention.most_by_time, dtype=np.int64),
        network,
        by_time // share,
        np.full(np.shape(per_request), attention.most_by_memory, dtype=np.int64),
        by_memory // share,
    )
    return dict(zip(CONSTRAINTS, found, strict=True))


def _feasible(pipeline: Pipeline, attention_servers: Whole, ffn_servers: Whole, largest_pool: int) -> Cells:
    """The cells in which at least one request fits, with their largest batch."""
    by_time, by_memory = pipeline.ffn.most_requests(largest_pool)
    limits = _limits(pipeline, attention_servers, ffn_servers, by_time[ffn_servers - 1], by_memory[ffn_servers - 1])
    batch = np.minimum.reduce(list(limits.values()))
    fits = batch > 0
    return Cells(attention_servers[fits], ffn_servers[fits], batch[fits])


def _window(
    pipeline: Pipeline, rows: Whole, largest_pool: int, objective: Objective, least: float
) -> tuple[Whole, Whole]:
    """The cells of some rows whose score might be at most `least`: for each row the first column and their number.

    The bound of a cell is price x max(seconds per request) / requests; in a row it falls with the FFN servers while
    their arithmetic binds and grows after that, so what is left of a row is a run of columns.
    """
    low, high = np.ones(len(rows)), np.full(len(rows), float(largest_pool))
    if np.isfinite(least):
        price_a, price_f = _server_prices(pipeline, objective)
        if objective == "accelerators":
            high = np.minimum(high, (least - rows * price_a) / price_f)
        else:
            share = rows * pipeline.attention.per_server
            slowest = np.maximum(_attention_bound(pipeline), rows * pipeline.network_terms[0])
            high = np.minimum(high, (least * share / slowest - rows * price_a) / price_f)
            arithmetic = _ffn_bound(pipeline) * share
            room = least * share - arithmetic * price_f
            low = np.where(room > 0, arithmetic * rows * price_a / np.where(room > 0, room, 1), np.inf)
    first = np.maximum(np.floor(np.minimum(low, largest_pool + 1) / SLACK), 1).astype(np.int64)
    last = np.minimum(np.ceil(np.maximum(high, 0) * SLACK), largest_pool).astype(np.int64)
    return first, np.maximum(last - first + 1, 0)


def _cells(rows: Whole, first: Whole, counts: Whole) -> tuple[Whole, Whole]:
    """Attention and FFN servers of the cells of some rows, each a run of columns from `first` on."""
    starts = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    return np.repeat(rows, counts), starts + np.arange(int(counts.sum()))


def _server_prices(pipeline: Pipeline, objective: Objective) -> tuple[float, float]:
    """The weight of an attention and an FFN server in the objective: USD per hour, or accelerators."""
    attention, ffn = float(pipeline.attention.per_server), float(pipeline.ffn.per_server)
    if objective == "usd":
        return attention * float(pipeline.attention_on.price()), ffn * float(pipeline.ffn_on.price())
    return attention, ffn


def _attention_bound(pipeline: Pipeline) -> float:
    """Lower bound of the attention stage per request [s]."""
    stage = pipeline.attention
    return stage.least_seconds_per_request(min(stage.most_by_time, stage.most_by_memory))


def _ffn_bound(pipeline: Pipeline) -> float:
    """Lower bound of the FFN stage per request, times FFN servers [s]."""
    return pipeline.ffn.least_seconds_per_request / pipeline.ffn.per_server


def _bounds(pipeline: Pipeline, cells: Cells, objective: Objective) -> Scores:
    """Lower bound of the first score of each cell, in units of `_measure`."""
    n_attention, n_ffn = cells.attention_servers, cells.ffn_servers
    price_a, price_f = _server_prices(pipeline, objective)
    price = n_attention * price_a + n_ffn * price_f
    if objective == "accelerators":
        return np.asarray(price)
    share = n_attention * pipeline.attention.per_server
    network = pipeline.network_seconds_per_request(n_attention, n_ffn)
    slowest = np.maximum(np.maximum(_attention_bound(pipeline), network), _ffn_bound(pipeline) * share / n_ffn)
    return np.asarray(price * slowest / share)


def _measure(pipeline: Pipeline, cells: Cells, objective: Objective) -> Scores:
    """Primary objective: price x cycle time per request, or accelerators."""
    price_a, price_f = _server_prices(pipeline, objective)
    price = cells.attention_servers * price_a + cells.ffn_servers * price_f
    if objective == "accelerators":
        return np.asarray(price)
    cycle = pipeline.cycle(cells.batch, cells.attention_servers, cells.ffn_servers)
    return np.asarray(price * cycle / pipeline.requests(cells.batch, cells.attention_servers))


def _improved(pipeline: Pipeline, cells: Cells, objective: Objective, least: float) -> float:
    """The least score known after the most promising cells have been evaluated."""
    if not cells.batch.size:
        return least
    count = min(cells.batch.size, 16)
    promising = np.argpartition(_bounds(pipeline, cells, objective), count - 1)[:count]
    return min(least, float(_measure(pipeline, cells.take(promising), objective).min()))


def _scores(pipeline: Pipeline, cells: Cells, objective: Objective) -> tuple[Scores, ...]:
    """Criteria to minimise, most important first."""
    n_attention, n_ffn = cells.attention_servers, cells.ffn_servers
    cycle = pipeline.cycle(cells.batch, n_attention, n_ffn)
    output = np.asarray(pipeline.tokens_per_second(pipeline.requests(cells.batch, n_attention), cycle))
    count = np.asarray(pipeline.accelerator_count(n_attention, n_ffn), dtype=float)
    if objective == "usd":
        return np.asarray(usd_per_million(pipeline.usd_per_hour(n_attention, n_ffn), output)), count
    if objective == "throughput":
        return count / output, count
    return count, 1 / output
