"""The same search on a dask cluster, also when a worker dies in the middle of it."""

import contextlib
import logging
import os
import signal
import sys
import types
from concurrent.futures import ThreadPoolExecutor

import pytest

import costmodel as cm
from costmodel.designspace import executor, query, search, table

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

ACCELERATORS = ["h800", "h20", "a800", "910b"]
ASKED = {
    "minimise": ["cost"],
    "maximise": ["effective_rank", "parameters.active"],
    "where": ["parameters.total <= 330e9", "sparsity >= minimum_sparsity"],
}


@pytest.fixture(scope="module")
def apart():
    """Makes a call in a thread of its own: tests in a browser leave an event loop running in the main one."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield lambda function, *args, **named: thread.submit(function, *args, **named).result()


@pytest.fixture(scope="module")
def client(apart):
    config = {"distributed.logging.distributed": "critical", "distributed.comm.timeouts.connect": "60s"}
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as opened:
        # A spawned worker runs the main module again, which tests of the app leave set to a Streamlit page.
        patch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
        opened.enter_context(dask.config.set(config))
        yield apart(_connected, opened)
        apart(opened.close)


def _connected(opened):
    local = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=logging.CRITICAL
    )
    return opened.enter_context(distributed.Client(opened.enter_context(local)))


@pytest.fixture(scope="module")
def space():
    return cm.Space(
        "step-3",
        {
            "attention.0.heads": range(4, 257, 4),
            "attention.0.head_dim": [64, 128, 256],
            "ffn.1.experts": [2, 32, 48, 96],
            "ffn.1.top_k": range(1, 9),
            "ffn.1.intermediate": range(1024, 5121, 1024),
            "hidden": range(4096, 7169, 256),
            "workload.context": [8192, 32768],
        },
    )


@pytest.fixture(params=["light", "large"])
def steps(request, monkeypatch):
    """Large axis steps are cut into blocks and parts, and their tables sent in pieces."""
    if request.param == "large":
        monkeypatch.setattr(search, "PAIRS_PER_TASK", 1)
        monkeypatch.setattr(query, "ROWS_PER_BLOCK", 100)
        monkeypatch.setattr(executor, "ROWS_PER_PIECE", 10)
        monkeypatch.setattr(table, "ALIKE", 8)


def test_a_cluster_finds_the_same_designs(apart, client, steps):
    axes = {"attention.0.heads": range(4, 257, 4), "ffn.1.experts": [2, 32, 48, 96], "ffn.1.top_k": range(1, 9)}
    space = cm.Space("step-3", axes | {"ffn.1.intermediate": range(1024, 5121, 1024), "hidden": [4096, 7168]})
    shares = []
    here = cm.search(space, ACCELERATORS, **ASKED)
    there = apart(cm.search, space, ACCELERATORS, **ASKED, client=client, progress=shares.append)
    assert there == here
    assert shares[-1] == pytest.approx(1.0)


def test_a_search_on_a_cluster_can_be_cancelled(apart, client, space):
    seen = []
    with pytest.raises(cm.SearchCancelledError):
        apart(
            cm.search, space, ACCELERATORS, **ASKED, client=client, progress=seen.append, cancel=lambda: len(seen) > 3
        )


def test_an_error_on_a_worker_arrives_unchanged(apart, client, space):
    asked = {"minimise": ["cost / (sparsity - sparsity)"]}
    with pytest.raises(cm.DomainError, match="not a finite number") as here:
        cm.search(space, ACCELERATORS, **asked)
    with pytest.raises(cm.DomainError, match="not a finite number") as there:
        apart(cm.search, space, ACCELERATORS, **asked, client=client)
    assert there.value == here.value
    with pytest.raises(cm.UnknownNameError, match="did you mean step-3"):
        apart(lambda: client.submit(cm.load_model, "step-4").result())


def test_reasons_are_found_on_a_cluster_too(apart, client, space):
    where = ["parameters.total <= 330e9", "cost < 0"]
    there = apart(cm.search, space, ACCELERATORS, minimise=["cost"], where=where, client=client)
    assert there == cm.search(space, ACCELERATORS, minimise=["cost"], where=where)
    assert there.emptied_by == ("cost < 0", "cost < 0")


def test_killed_worker_does_not_change_the_result(apart, client, space):
    here = cm.search(space, ACCELERATORS, **ASKED)
    killed = []

    def kill_one_worker(share):
        if not killed:
            pids = client.run(os.getpid)
            killed.append(sorted(pids.values())[0])
            with contextlib.suppress(ProcessLookupError):
                os.kill(killed[0], signal.SIGKILL)

    there = apart(cm.search, space, ACCELERATORS, **ASKED, client=client, progress=kill_one_worker)
    assert killed
    assert there.designs == here.designs
