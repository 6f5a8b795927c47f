"""A request over the length of its prompt, and over the hit rate: cost of each pool, as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.evaluation import Evaluation
from costmodel.metrics import metric
from costmodel.paths import update
from costmodel.request_mix import LENGTHS
from costmodel.scenario import Scenario
from costmodel.units import TOKENS_PER_MILLION

Floats = NDArray[np.float64]

HIT_RATES = np.linspace(0, 0.99, 100)
SHORTEST, LONGEST = 256, 131_072


@dataclass(frozen=True, eq=False)
class RequestCurve:
    """Cost of each pool [USD/request] in the limit over `values` of one field; elementwise sums are the request.

    `tokens` are the prompt and output tokens of a request.
    """

    path: str
    values: Floats
    prefill: Floats
    attention: Floats
    ffn: Floats
    tokens: Floats

    def usd_per_million_tokens(self, pool: str) -> Floats:
        """Cost of a pool over all tokens of a request, prompt and output [USD per 1M tokens]."""
        spent: Floats = getattr(self, pool)
        return spent / self.tokens * TOKENS_PER_MILLION


def request_curve(scenario: Scenario, path: str = "request.prompt") -> RequestCurve:
    """The cost of a request over its prompt (`request.prompt`) or hit rate (`request.cached`), all else unchanged."""
    cached = float(scenario.request.hit_rate)
    least = max(SHORTEST, 1 / (1 - cached))
    most = max(LONGEST, 2 * scenario.request.prompt)
    values = HIT_RATES if path == "request.cached" else np.array([n for n in LENGTHS if least <= n <= most])
    if path == "request.cached":
        values = values[values * scenario.request.prompt <= scenario.request.prompt - 1]
    run = Evaluation(update(scenario, {path: values}))
    prefill, attention, ffn = (
        np.broadcast_to(np.asarray(term, dtype=float), values.shape) for term in metric("request.cost").terms(run)
    )
    tokens = np.broadcast_to(run.scenario.request.prompt + run.scenario.request.output, values.shape)
    return RequestCurve(path, values.astype(float), prefill, attention, ffn, tokens.astype(float))
