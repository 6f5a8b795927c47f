"""Load of the busiest accelerator of an FFN pool under uneven routing."""

import numpy as np
from numpy.typing import NDArray

from costmodel.checks import check_range
from costmodel.units import Numeric

Floats = NDArray[np.float64]


def popularity(accelerators: int, skew: float) -> Floats:
    """Share of all routed tokens for each accelerator: the busiest gets `skew` times the mean, the others are equal."""
    check_range("skew", skew, 1, accelerators)
    shares = np.full(accelerators, (1 - skew / accelerators) / max(accelerators - 1, 1))
    shares[0] = skew / accelerators
    return shares


def load_factors(tokens: int, shares: Floats, size: tuple[int, ...], rng: np.random.Generator | None) -> Floats:
    """Tokens of the busiest accelerator over the mean, drawn by multinomial routing; the expectation without `rng`.

    Tokens are counted once per expert they go to. The k experts of one token are drawn independently: with replacement,
    which spreads slightly more than a router that picks distinct ones.
    """
    if rng is None:
        return np.full(size, shares.max() * len(shares))
    busiest: Floats = rng.multinomial(tokens, shares, size).max(axis=-1) * len(shares) / tokens
    return busiest


def stretched(factor: Numeric, routed_share: float) -> Numeric:
    """Factor on the time of a layer of which only the routed share of the work waits for the busiest accelerator."""
    return 1 + (factor - 1) * routed_share
