"""Prefix hits of a trace from its block hashes: one pass over a cache of unlimited or of given size."""

from collections import OrderedDict
from dataclasses import replace

import numpy as np

from costmodel.checks import check_whole
from costmodel.errors import DomainError, Problem
from costmodel.trace import Trace

BLOCK_TOKENS = 512
"""Tokens of one block in the Mooncake traces."""


def with_prefix_hits(trace: Trace, *, block_tokens: int = BLOCK_TOKENS, blocks_kept: int | None = None) -> Trace:
    """The trace with the prompt tokens that each request finds in a prefix cache, in order of arrival.

    `blocks_kept` None keeps every block; otherwise the least recently used are dropped, of one request the last blocks
    first, because a block is of use only after those before it. The last token of a prompt is always computed.
    """
    if trace.blocks is None:
        raise DomainError(Problem("blocks", "the trace has no block hashes (hash_ids)"))
    check_whole("block_tokens", block_tokens, 1)
    if blocks_kept is not None:
        check_whole("blocks_kept", blocks_kept)
    cache: OrderedDict[int, None] = OrderedDict()
    hits = np.zeros(len(trace), dtype=np.int64)
    for index, blocks in enumerate(trace.blocks):
        for block in blocks:
            if block not in cache:
                break
            hits[index] += 1
        for block in reversed(blocks):
            cache[block] = None
            cache.move_to_end(block)
        while blocks_kept is not None and len(cache) > blocks_kept:
            cache.popitem(last=False)
    cached = np.minimum(hits * block_tokens, np.maximum(trace.prompt - 1, 0))
    return replace(trace, cached=cached)
