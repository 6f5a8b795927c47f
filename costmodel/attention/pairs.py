"""(Query, key) pairs of a prompt under the causal mask: the work of the attention core in prefill."""

import numpy as np

from costmodel.units import Numeric


def causal_pairs(prompt: Numeric, cached: Numeric = 0) -> Numeric:
    """Pairs of the computed tokens with themselves and all before them: (P (P + 1) - h (h + 1)) / 2."""
    return (prompt * (prompt + 1) - cached * (cached + 1)) / 2


def window_pairs(prompt: Numeric, cached: Numeric, window: Numeric) -> Numeric:
    """Pairs where token i sees min(i, window) tokens: a sliding window, or the k tokens that an indexer picks."""
    return _window_sum(prompt, window) - _window_sum(cached, window)


def _window_sum(tokens: Numeric, window: Numeric) -> Numeric:
    """Sum over i = 1 to `tokens` of min(i, window)."""
    growing: Numeric = np.minimum(tokens, window)
    return growing * (growing + 1) / 2 + (tokens - growing) * window
