"""Prefix hits from block hashes, against a cache written out naively."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm

chains = st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=6), min_size=1, max_size=20)


def trace_of(blocks: list[list[int]]) -> cm.Trace:
    """Requests whose blocks are named by the whole prefix up to them, as hash chains are."""
    named = tuple(tuple(hash(tuple(chain[: end + 1])) for end in range(len(chain))) for chain in blocks)
    prompt = np.array([len(chain) * 10 for chain in blocks])
    return cm.Trace(prompt=prompt, output=np.ones_like(prompt), blocks=named)


@given(chains)
def test_unlimited_cache_hits_the_longest_shared_prefix(blocks: list[list[int]]) -> None:
    hits = cm.with_prefix_hits(trace_of(blocks), block_tokens=10).cached
    for index, chain in enumerate(blocks):
        shared = max(
            (
                next((at for at, (a, b) in enumerate(zip(chain, before, strict=False)) if a != b), None)
                if chain[: len(before)] != before[: len(chain)]
                else min(len(chain), len(before))
            )
            for before in ([], *blocks[:index])
        )
        assert hits[index] == min(shared * 10, len(chain) * 10 - 1)


@given(chains, st.integers(0, 8))
def test_a_smaller_cache_never_hits_more_than_an_unlimited_one(blocks: list[list[int]], kept: int) -> None:
    trace = trace_of(blocks)
    limited = cm.with_prefix_hits(trace, block_tokens=10, blocks_kept=kept)
    assert (limited.cached <= cm.with_prefix_hits(trace, block_tokens=10).cached).all()


def test_least_recently_used_requests_lose_their_last_blocks() -> None:
    trace = trace_of([[1, 1, 1], [2, 2], [1, 1, 1]])
    assert cm.with_prefix_hits(trace, block_tokens=10, blocks_kept=4).cached.tolist() == [0, 0, 20]
    assert cm.with_prefix_hits(trace, block_tokens=10, blocks_kept=2).cached.tolist() == [0, 0, 0]


def test_the_last_token_of_a_prompt_is_always_computed() -> None:
    assert cm.with_prefix_hits(trace_of([[1, 2], [1, 2]]), block_tokens=10).cached.tolist() == [0, 19]


def test_a_trace_without_blocks_is_refused() -> None:
    trace = cm.Trace(prompt=np.array([5]), output=np.array([1]))
    with pytest.raises(cm.DomainError, match="blocks: the trace has no block hashes"):
        cm.with_prefix_hits(trace)
