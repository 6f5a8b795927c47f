"""A trace as a text that fits a link: a few requests of each hour, weighed so that the sums of the bill are exact.

Prefill and decode follow from the mean and square of prompts and cached tokens, the mean output and the context that
decode steps see; the wait for prefill also from the square of a prompt's pairs. A cubature with few nodes keeps those:
weights of all but as many requests as there are sums can be moved onto the rest (Caratheodory; Tchakaloff 1957), group
by group (Litterer and Lyons, arXiv 1008.4942).
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from costmodel.errors import DomainError, Problem
from costmodel.trace import Trace
from costmodel.trace_text import HOURS, read_trace_text, write_trace_text

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

TOTAL_WEIGHT = 1_000_000
SECONDS_PER_DAY = 86_400.0


def compact_trace(trace: Trace) -> str:
    """The text of a trace for `DailyDemand.trace`: its course, if it has arrivals, and weighed requests of each hour.

    Sums over requests are kept to the rounding of weights, a millionth of the day; what is not a sum of lengths, of
    their squares or of contexts is near. Prefix blocks are left out: count their hits first.
    """
    hours = np.zeros(len(trace), dtype=np.int64)
    timed = trace.arrival is not None and trace.arrival[-1] > 0
    if trace.arrival is not None and timed:
        hours = np.minimum((trace.arrival / trace.arrival[-1] * HOURS).astype(np.int64), HOURS - 1)
    if not (trace.output * trace.counts).any():
        raise DomainError(Problem("output", "all are 0; at least one request must decode a token"))
    lengths = [trace.prompt, trace.output, *(() if trace.cached is None else (trace.cached,))]
    columns = np.stack(lengths, axis=1)
    scale = TOTAL_WEIGHT / trace.requests
    rows = []
    for hour in range(HOURS if timed else 1):
        kept = np.flatnonzero(hours == hour)
        places, weights = _recombined(_features(columns[kept]), trace.counts[kept].astype(float))
        whole = np.maximum(np.rint(weights * scale), 1).astype(np.int64)
        found = np.column_stack([whole, columns[kept][places]])
        rows.append(found[np.lexsort(found.T[::-1][1:])] if len(found) else found)
    return write_trace_text(rows)


@lru_cache(maxsize=32)
def trace_of_text(text: str) -> Trace:
    """The requests of a text by `compact_trace`, with their weights; DomainError where it is none."""
    rows = read_trace_text(text)
    hours = np.repeat(np.arange(len(rows)), [len(each) for each in rows])
    table = np.concatenate(rows)
    arrival = None
    if len(rows) == HOURS:
        arrival = (hours + 0.5) / HOURS * SECONDS_PER_DAY
        # The last arrival ends the day.
        arrival[-1] = SECONDS_PER_DAY
    cached = table[:, 3] if table.shape[1] > 3 else None
    return Trace(table[:, 1], table[:, 2], arrival, cached, None, table[:, 0])


def _features(columns: Whole) -> Floats:
    """The sums to keep, one column each, scaled to their largest."""
    prompt, output, *hits = columns.astype(float).T
    cached = hits[0] if hits else 0.0
    context, pairs = prompt * output + output * (output + 1) / 2, prompt**2 - cached**2
    parts = [np.ones(len(columns)), prompt, output, prompt**2, context, pairs**2]
    parts += [cached, cached**2] if hits else []
    features: Floats = np.column_stack(parts)
    return np.asarray(features / np.maximum(np.abs(features).max(axis=0, initial=0), 1))


def _recombined(features: Floats, weights: Floats) -> tuple[Whole, Floats]:
    """Places and weights of at most as many rows as features, with the same weighted sums."""
    places, most = np.arange(len(weights)), features.shape[1]
    while len(places) > 2 * most:
        groups = np.arange(len(places)) * 2 * most // len(places)
        total = np.bincount(groups, weights=weights[places]).astype(float)
        centers = np.stack([np.bincount(groups, weights=weights[places] * each) for each in features[places].T], axis=1)
        chosen, kept = _eliminated(centers / total[:, None], total)
        factor = np.zeros(2 * most)
        factor[chosen] = kept / total[chosen]
        weights = weights.copy()
        weights[places] *= factor[groups]
        places = places[factor[groups] > 0]
    chosen, kept = _eliminated(features[places], weights[places])
    return places[chosen], kept


def _eliminated(features: Floats, weights: Floats) -> tuple[Whole, Floats]:
    """One row after another given up: its weight moves along a combination that leaves all sums as they are."""
    places, weights, most = np.arange(len(weights)), weights.copy(), features.shape[1]
    while len(places) > most:
        first = places[: most + 1]
        null = np.linalg.svd(features[first].T)[2][-1]
        null = null if null.max() > 0 else -null
        ratio = np.where(null > 1e-12, weights[first] / np.where(null > 1e-12, null, 1.0), np.inf)
        gone = int(np.argmin(ratio))
        weights[first] = np.maximum(weights[first] - ratio[gone] * null, 0.0)
        weights[first[gone]] = 0.0
        places = places[weights[places] > 0]
    return places, weights[places]
