"""A request over the length of its prompt, and over the hit rate: cost of each pool, as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.evaluation import Evaluation
from costmodel.metrics import metric
from costmodel.paths import update
from costmodel.request_mix import LENGTHS
from costmodel.scenario import Scenario

Floats = NDArray[np.float64]

HIT_RATES = np.linspace(0, 0.99, 100)
SHORTEST = 256


@dataclass(frozen=True, eq=False)
class RequestCurve:
    """Cost of each pool [USD/request] in the limit over `values` of one field; elementwise sums are the request."""

    path: str
    values: Floats
    prefill: Floats
    attention: Floats
    ffn: Floats


def request_curve(scenario: Scenario, path: str = "request.prompt") -> RequestCurve:
    """The cost of a request over its prompt (`request.prompt`) or hit rate (`request.cached`), all else unchanged."""
    cached = float(scenario.request.hit_rate)
    least = max(SHORTEST, 1 / (1 - cached))
    values = HIT_RATES if path == "request.cached" else np.array([each for each in LENGTHS if each >= least])
    if path == "request.cached":
        values = values[values * scenario.request.prompt <= scenario.request.prompt - 1]
    run = Evaluation(update(scenario, {path: values}))
    prefill, attention, ffn = (
        np.broadcast_to(np.asarray(term, dtype=float), values.shape) for term in metric("request.cost").terms(run)
    )
    return RequestCurve(path, values.astype(float), prefill, attention, ffn)
