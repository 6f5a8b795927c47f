"""Prefix hits of a trace from its block hashes: one pass over a cache of unlimited or of given size."""

from collections import OrderedDict
from dataclasses import replace

import numpy as np

from costmodel.checks import check_whole
from costmodel.errors import DomainError, Problem
from costmodel.trace import Trace

BLOCK_TOKENS = 512
"""Tokens of one block in the Mooncake traces."""


class PrefixCache:
    """A cache of prefix blocks that requests go through in order of arrival.

    `blocks_kept` None keeps every block; otherwise the least recently used are dropped, of one request the last blocks
    first, because a block is of use only after those before it.
    """

    def __init__(self, *, block_tokens: int = BLOCK_TOKENS, blocks_kept: int | None = None) -> None:
        self._block_tokens = check_whole("block_tokens", block_tokens, 1)
        self._kept = None if blocks_kept is None else check_whole("blocks_kept", blocks_kept)
        self._blocks: OrderedDict[int, None] = OrderedDict()

    def filled(self, trace: Trace) -> Trace:
        """The trace with the prompt tokens that each request finds; the last token of a prompt is always computed."""
        if trace.blocks is None:
            raise DomainError(Problem("blocks", "the trace has no block hashes (hash_ids)"))
        hits = np.array([self._found(blocks) for blocks in trace.blocks], dtype=np.int64)
        return replace(trace, cached=np.minimum(hits * self._block_tokens, np.maximum(trace.prompt - 1, 0)))

    def _found(self, blocks: tuple[int, ...]) -> int:
        """Leading blocks of a request that are there; all of them are afterwards."""
        cache = self._blocks
        hits = next((place for place, block in enumerate(blocks) if block not in cache), len(blocks))
        for block in reversed(blocks):
            cache[block] = None
            cache.move_to_end(block)
        while self._kept is not None and len(cache) > self._kept:
            cache.popitem(last=False)
        return hits


def with_prefix_hits(trace: Trace, *, block_tokens: int = BLOCK_TOKENS, blocks_kept: int | None = None) -> Trace:
    """The trace with the prompt tokens that each request finds in a `PrefixCache` that begins empty."""
    return PrefixCache(block_tokens=block_tokens, blocks_kept=blocks_kept).filled(trace)
