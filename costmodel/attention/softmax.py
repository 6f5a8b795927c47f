"""Softmax attention over a growing cache, with an optional window: base of GQA, MLA and MFA."""

from collections.abc import Iterable
from functools import reduce
from typing import Annotated, Literal

import numpy as np

from costmodel.attention.base import Attention
from costmodel.attention.pairs import causal_pairs, window_pairs
from costmodel.spec import Choice, Field, Rule
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


WindowCount = Annotated[
    Literal["before", "inclusive"],
    Choice(
        label="Window counts",
        choices=("before", "inclusive"),
        help="before: the window holds that many cached tokens. inclusive: the token being decoded is one of them, so "
        "one fewer is cached (Gemma, gpt-oss, Llama 4).",
        rare=True,
    ),
]
SinkTokens = Annotated[
    int,
    Field(
        label="Sink tokens",
        unit="tokens",
        low=0,
        high=1_000_000,
        help="First tokens of the context that stay cached beside the window (StreamingLLM, arXiv 2309.17453).",
    ),
]


class SoftmaxAttention(Attention):
    """Attention whose cache and core work grow with the tokens it keeps."""

    kv_bits: KvBits = 8
    window: Window = None
    window_count: WindowCount = "before"
    sink_tokens: SinkTokens = 0

    def rules(self) -> Iterable[Rule]:
        """A window that counts the decoded token holds another one."""
        if self.window is not None and self.window_count == "inclusive":
            yield Rule(self.window > 1, "an inclusive window must hold 2 tokens or more", {"window": self.window})

    def token_bytes(self) -> Numeric:
        """What the core reads of one cached token in one layer [byte]."""
        raise NotImplementedError

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

    def kv_bytes_per_token(self) -> Numeric:
        """Equal to `token_bytes` [byte]."""
        return self.token_bytes()

    def stored_tokens(self, context: Numeric) -> Numeric:
        """min(context, window + sink tokens), one fewer where the window counts the decoded one. Paper sec. 4.2."""
        if self.window is None:
            return context
        return np.minimum(context, self.window + self.sink_tokens - (self.window_count == "inclusive"))

    def read_tokens(self, context: Numeric) -> Numeric:
        """All that are stored."""
        return self.stored_tokens(context)

    def state_bytes(self) -> Numeric:
        """None: everything cached belongs to a token."""
        return 0

    def kv_bytes(self, context: Numeric, positions: Numeric = 1) -> Numeric:
        """What is read, once per decode step for all its positions [byte]."""
        return self.token_bytes() * self.read_tokens(context)

    def core_flops(self, context: Numeric) -> Numeric:
        """Work against every token that is read [FLOP]."""
        return self.core_flops_per_cached_token() * self.read_tokens(context)

    def prefill_pairs(self, prompt: Numeric, cached: Numeric, most: Numeric | None = None) -> Numeric:
        """Pairs of computed tokens with those before them, within the window, and `most` for each token."""
        reach = None if self.window is None else self.window + self.sink_tokens
        limits = [limit for limit in (reach, most) if limit is not None]
        if not limits:
            return causal_pairs(prompt, cached)
        return window_pairs(prompt, cached, reduce(np.minimum, limits))

    def prefill_core_flops(self, prompt: Numeric, cached: Numeric) -> Numeric:
        """Work on every pair under the causal mask, within the window where there is one [FLOP]."""
        return self.prefill_flops_per_pair() * self.prefill_pairs(prompt, cached)
