"""Softmax attention over a growing cache: what GQA, MLA and MFA share, with an optional window."""

from typing import Annotated

import numpy as np

from costmodel.attention.base import Attention
from costmodel.attention.pairs import causal_pairs, window_pairs
from costmodel.spec import Field
from costmodel.units import Numeric

KvBits = Annotated[
    int,
    Field(
        label="KV bits",
        unit="bit",
        low=1,
        high=32,
        choices=(1, 2, 3, 4, 5, 6, 8, 16, 32),
        help="Bits stored per cached element.",
    ),
]
Window = Annotated[
    int | None,
    Field(
        label="Window",
        unit="tokens",
        low=1,
        high=10_000_000,
        optional=True,
        help="Sliding window or chunk: the layer keeps at most this many tokens. Empty: full attention.",
    ),
]


class SoftmaxAttention(Attention):
    """Attention whose cache and core work grow with the tokens it keeps."""

    kv_bits: KvBits = 8
    window: Window = None

    def core_flops_per_cached_token(self) -> Numeric:
        """Scores and values against one cached token, all heads of one layer [FLOP]."""
        raise NotImplementedError

    def prefill_flops_per_pair(self) -> Numeric:
        """Scores and values of one query against one key in prefill, all heads of one layer [FLOP]: as in decode."""
        return self.core_flops_per_cached_token()

    def query_rows(self) -> Numeric:
        """Query heads that share one cached key and value: rows of one tile of the attention kernel."""
        raise NotImplementedError

    def cache_bits(self) -> Numeric:
        """Those of the cache."""
        return self.kv_bits

    def core_padding(self, tile: Numeric, positions: Numeric) -> Numeric:
        """Rows rounded up to whole tiles, over the rows that are needed; drafted tokens fill the same tile."""
        rows = self.query_rows() * positions
        return np.ceil(rows / tile) * tile / rows

    def stored_tokens(self, context: Numeric) -> Numeric:
        """min(context, window): a window or chunk replaces the context once that is longer. Paper sec. 4.2."""
        return context if self.window is None else np.minimum(context, self.window)

    def read_tokens(self, context: Numeric) -> Numeric:
        """All that are stored."""
        return self.stored_tokens(context)

    def state_bytes(self) -> Numeric:
        """None: everything cached belongs to a token."""
        return 0

    def kv_bytes(self, context: Numeric, positions: Numeric = 1) -> Numeric:
        """What is read, once per decode step for all its positions [byte]."""
        return self.kv_bytes_per_token() * self.read_tokens(context)

    def core_flops(self, context: Numeric) -> Numeric:
        """Work against every token that is read [FLOP]."""
        return self.core_flops_per_cached_token() * self.read_tokens(context)

    def prefill_core_flops(self, prompt: Numeric, cached: Numeric) -> Numeric:
        """Work on every pair under the causal mask, within the window where there is one [FLOP]."""
        window = self.window
        pairs = causal_pairs(prompt, cached) if window is None else window_pairs(prompt, cached, window)
        return self.prefill_flops_per_pair() * pairs
