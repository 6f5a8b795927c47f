"""Progress and cancellation of a search, in light and in large steps, and frontiers in blocks."""

import pytest

import costmodel as cm
from costmodel.designspace import merging, query
from costmodel.designspace import search as searching

ACCELERATORS = ("h800", "h20", "a800", "910b")


@pytest.fixture(params=["light", "large"])
def steps(request, monkeypatch):
    """Light axis steps run in the calling thread, large ones in blocks and parts beside each other."""
    if request.param == "large":
        monkeypatch.setattr(searching, "PAIRS_PER_TASK", 1)
        monkeypatch.setattr(query, "ROWS_PER_BLOCK", 7)


FIVE = {"minimise": ["cost", "kv_bytes"], "maximise": ["effective_rank", "parameters.active", "sparsity"]}


@pytest.fixture
def blocks(monkeypatch):
    """Frontiers in blocks from the first row on."""
    monkeypatch.setattr(merging, "ROWS_WORTH_BLOCKS", 0)


def test_five_objectives_are_found_in_blocks(space, steps, monkeypatch):
    expected = cm.search(space, ACCELERATORS, **FIVE)
    assert len(expected) > 100
    monkeypatch.setattr(merging, "ROWS_WORTH_BLOCKS", 0)
    assert cm.search(space, ACCELERATORS, **FIVE) == expected


@pytest.mark.parametrize("where", [[], ["parameters.total <= 330e9"], ["cost < 0"], ["cost.attention < 0"]])
def test_progress_never_falls_and_ends_at_one(space, steps, blocks, where):
    shares = []
    cm.search(space, ACCELERATORS, **FIVE, where=where, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[0] > 0
    assert shares[-1] == 1
    assert len(shares) > 4


def test_cancel_is_looked_at_before_anything_else(space):
    with pytest.raises(cm.SearchCancelledError, match="cancelled at 0 %"):
        cm.search(space, ACCELERATORS, minimise=["no such metric"], cancel=lambda: True)


@pytest.mark.parametrize("looks", [2, 5, 20])
def test_cancel_ends_a_search_at_any_look(space, steps, blocks, looks):
    seen = []

    def cancel():
        seen.append(1)
        return len(seen) >= looks

    with pytest.raises(cm.SearchCancelledError):
        cm.search(space, ACCELERATORS, **FIVE, cancel=cancel)
    assert len(seen) == looks


def test_cancel_is_looked_at_while_a_frontier_is_found(space, blocks):
    shares, looks_after_tables = [], []

    def cancel():
        if shares and shares[-1] > 0.2:
            looks_after_tables.append(1)
        return len(looks_after_tables) > 3

    with pytest.raises(cm.SearchCancelledError):
        cm.search(space, ACCELERATORS, **FIVE, progress=shares.append, cancel=cancel)
    assert shares[-1] < 0.9
