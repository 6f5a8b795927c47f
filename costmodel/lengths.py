"""The joint distribution of prompt, cached and output lengths that expectations over requests are taken of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.checks import check_range
from costmodel.errors import DomainError, Problem
from costmodel.units import Numeric

Floats = NDArray[np.float64]

NODES = 128
"""Lengths that stand for a spread; where a window puts a kink into a formula, the error is below 0.2 %."""

NORMAL_REACH = 8.0
"""Standard deviations of the normal variable beyond which nothing counts; second moments need 2 sigma more."""

MOST_CV = 5.0
LONGEST = 10_000_000
"""Longest prompt or output of a trace [token]."""

ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Lengths:
    """Requests with prompt, cached and output lengths [token] and the share of each; shares sum to 1.

    Cached tokens are a part of the prompt. The last token of a prompt is always computed, so cached < prompt.
    """

    prompt: Floats
    cached: Floats
    output: Floats
    share: Floats

    @classmethod
    def equal(cls, prompt: float, *, cached: float = 0, output: float = 0) -> "Lengths":
        """Equal requests."""
        return cls.of(prompt, cached=cached, output=output)

    @classmethod
    def of(cls, prompt: Numeric, *, cached: Numeric = 0, output: Numeric = 0) -> "Lengths":
        """Given requests, each as likely as any other; the first bad one is refused with its row, counted from 1."""
        prompts = np.atleast_1d(np.asarray(prompt, dtype=float))
        hits, outputs = (np.broadcast_to(np.asarray(each, dtype=float), prompts.shape) for each in (cached, output))
        if not prompts.size:
            raise DomainError(Problem("prompt", "is empty; must hold at least one length"))
        _refuse("prompt", prompts, (prompts >= 1) & np.isfinite(prompts), "must be from 1")
        _refuse("output", outputs, (outputs >= 0) & np.isfinite(outputs), "must be from 0")
        _refuse("cached", hits, (hits >= 0) & (hits <= prompts - 1), "must be from 0 to below the prompt")
        return cls(prompts, hits, outputs, np.full(prompts.shape, 1 / prompts.size))

    @classmethod
    def spread(
        cls, prompt: float, output: float = 0, *, prompt_cv: float = 0, output_cv: float = 0, hit_rate: float = 0
    ) -> "Lengths":
        """Independent lognormal prompts and outputs of that mean and cv; `hit_rate` is the cached share of each prompt.

        Longer prompts are not cached better: where that matters, give requests or a trace.
        """
        prompts, prompt_shares = spread_nodes("prompt", prompt, prompt_cv)
        outputs, output_shares = spread_nodes("output", output, output_cv) if output else (np.zeros(1), np.ones(1))
        # The last token of the mean prompt is always computed.
        check_range("hit_rate", hit_rate, 0, 1 - 1 / prompt)
        p, d = (grid.ravel() for grid in np.meshgrid(prompts, outputs, indexing="ij"))
        share = np.outer(prompt_shares, output_shares).ravel()
        return cls(p, hit_rate * p, d, share)

    def mean(self, values: Numeric) -> Floats:
        """Expectation over the requests, along the last axis."""
        weighted = np.asarray(values * self.share, dtype=float)
        return np.asarray(weighted.sum(-1))

    @property
    def missed(self) -> Floats:
        """Prompt tokens that are computed, per request."""
        return self.prompt - self.cached

    @property
    def mean_prompt(self) -> float:
        """E[P] [token]."""
        return float(self.mean(self.prompt))

    @property
    def mean_cached(self) -> float:
        """E[h] [token]."""
        return float(self.mean(self.cached))

    @property
    def mean_missed(self) -> float:
        """E[P - h] [token]."""
        return float(self.mean(self.missed))

    @property
    def mean_output(self) -> float:
        """E[D] [token]."""
        return float(self.mean(self.output))

    @property
    def decode_context(self) -> float:
        """Mean context of a decode step [token]: (E[P D] + E[D (D + 1)] / 2) / E[D]; long outputs are seen more often.

        Renewal-reward; arXiv 2601.21351 sizes attention with the same statistic. DomainError where nothing is decoded.
        """
        if not self.mean_output:
            raise DomainError(Problem("output", "all are 0; at least one request must decode a token"))
        seen = self.prompt * self.output + self.output * (self.output + 1) / 2
        return float(self.mean(seen)) / self.mean_output


def whole_context(context: Numeric) -> Numeric:
    """A mean context rounded up to a token; one that is a whole number but for rounding is that number."""
    return np.ceil(context * (1 - ROUNDING))


def spread_nodes(name: str, mean: float, cv: float) -> tuple[Floats, Floats]:
    """Lengths and shares that stand for a lognormal distribution of that mean and cv; one node where cv is 0.

    The trapezoidal rule over the normal variable: exact to rounding for moments, because the integrand is analytic and
    decays like a Gaussian (Trefethen and Weideman, 2014).
    """
    check_range(name, mean, 1)
    check_range(f"{name}_cv", cv, 0, MOST_CV)
    if cv == 0:
        return np.array([float(mean)]), np.ones(1)
    sigma = np.log1p(cv**2) ** 0.5
    reach = NORMAL_REACH + 2 * sigma
    normal = np.linspace(-reach, reach, NODES)
    density = np.exp(-(normal**2) / 2)
    return mean * np.exp(sigma * normal - sigma**2 / 2), density / density.sum()


def _refuse(name: str, values: Floats, kept: NDArray[np.bool_], allowed: str) -> None:
    if not kept.all():
        row = int(np.argmin(kept))
        reason = f"{values[row]:g} is not allowed; {allowed}"
        raise DomainError(Problem(name, reason, f"row {row + 1}" if values.size > 1 else ""))
