"""A mix of contexts: what a decode step sees when requests differ in length."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.errors import DomainError, Problem, quote
from costmodel.lengths import LONGEST
from costmodel.trace import read_trace
from costmodel.workload import Workload

Lengths = Sequence[int] | NDArray[np.int64]


@dataclass(frozen=True)
class ContextMix:
    """Mean and standard deviation of the cached tokens that a decode step sees, and how many requests say so."""

    mean: float
    deviation: float
    requests: int

    def workload(self, *, draft_length: int = 0, accepted_length: float = 1.0) -> Workload:
        """The workload a plan takes: the mean, rounded up to a token, and the spread around it."""
        return Workload(
            context=max(int(np.ceil(self.mean)), 1),
            context_deviation=self.deviation,
            draft_length=draft_length,
            accepted_length=accepted_length,
        )


def mix_of_contexts(contexts: Lengths, weights: Sequence[float] | None = None) -> ContextMix:
    """A mix given as cached contexts [token] and the share of decode steps that see each (equal by default).

    >>> mix_of_contexts([4096, 32768], weights=[3, 1]).mean
    11264.0
    """
    lengths = _lengths("contexts", contexts)
    shares = np.ones(len(lengths)) if weights is None else _weights(weights, len(lengths))
    mean = float(np.average(lengths, weights=shares))
    variance = float(np.average((lengths - mean) ** 2, weights=shares))
    return ContextMix(mean, variance**0.5, len(lengths))


def mix_of_requests(prompts: Lengths, outputs: Lengths) -> ContextMix:
    """The mix that a set of requests causes: a request with prompt P and output D is seen at P + 1 ... P + D tokens.

    Long outputs are seen more often: the mean is (E[P D] + E[D (D + 1)] / 2) / E[D]. Renewal-reward; arXiv 2601.21351
    sizes attention with the same statistic. DomainError names the row of a bad length, counted from 1.
    """
    prompt, output = _lengths("prompt", prompts), _lengths("output", outputs)
    if len(prompt) != len(output):
        raise DomainError(Problem("output", f"{len(output)} lengths for {len(prompt)} prompts; must be as many"))
    steps = output.sum()
    if not steps:
        raise DomainError(Problem("output", "all are 0; at least one request must decode a token"))
    # Sums over k = 1..D of (P + k) and (P + k)^2.
    first = output * (output + 1) / 2
    second = output * (output + 1) * (2 * output + 1) / 6
    mean = float((prompt * output + first).sum() / steps)
    square = float((prompt**2 * output + 2 * prompt * first + second).sum() / steps)
    return ContextMix(mean, max(square - mean**2, 0.0) ** 0.5, len(prompt))


def mix_of_trace(text: str, *, prompt_column: str | None = None, output_column: str | None = None) -> ContextMix:
    r"""The mix of a request trace: the text of a CSV or of JSON lines with a prompt and an output length per request.

    Columns are found by name (`prompt`, `ContextTokens`, `input_length`; `output`, `GeneratedTokens`, `output_length`)
    unless named. DomainError names column and row of a length that is missing, negative or not a whole number.

    >>> round(mix_of_trace("prompt,output\n100,10\n300,30\n").mean, 1)
    263.0
    """
    trace = read_trace(text, prompt_column=prompt_column, output_column=output_column)
    return mix_of_requests(trace.prompt, trace.output)


def _lengths(name: str, values: Lengths) -> NDArray[np.float64]:
    """Lengths as floats (their squares overflow as integers); the first bad one is refused with its row."""
    if not len(values):
        raise DomainError(Problem(name, "is empty; must hold at least one length"))
    if isinstance(values, np.ndarray) and values.dtype.kind == "i" and values.min() >= 0 and values.max() <= LONGEST:
        return values.astype(float)
    for row, value in enumerate(values, start=1):
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not whole or not 0 <= value <= LONGEST:
            reason = f"{quote(value)} is not allowed; must be a whole number from 0 to {LONGEST:,}"
            raise DomainError(Problem(name, reason, f"row {row}"))
    return np.asarray(values, dtype=float)


def _weights(weights: Sequence[float], count: int) -> NDArray[np.float64]:
    if len(weights) != count:
        raise DomainError(Problem("weights", f"{len(weights)} weights for {count} contexts; must be as many"))
    for row, weight in enumerate(weights, start=1):
        if not isinstance(weight, int | float) or not 0 <= weight < np.inf:
            raise DomainError(Problem("weights", f"{quote(weight)} is not allowed; must be from 0", f"row {row}"))
    if not sum(weights):
        raise DomainError(Problem("weights", "are all 0; at least one must be positive"))
    return np.asarray(weights, dtype=float)
