"""One visitor against all, in figures: health and another visitor's move while fifty callers ask the API.

python -m benchmarks.load [path of the API]

Starts the server of the Procfile; every loop is bounded and stays on the loopback address.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event

from tests.hostile.callers import CALLERS, asked, crowd
from tests.served import served
from tests.visitor import visiting

REQUESTS_EACH, PROBES, PAUSE_SECONDS = 10_000, 40, 0.05


def milliseconds(act: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1e3


def probe(address: str) -> tuple[list[float], list[float]]:
    """Milliseconds of health checks, and of runs of a page with another design each."""
    health, moves = [], []
    with visiting(address) as visitor:
        visitor.open()
        for number in range(PROBES):
            health.append(milliseconds(lambda: asked(address, "/healthz")))
            heads = 64 + 8 * (number % 8)
            moves.append(milliseconds(lambda heads=heads: visitor.open(f"attention.0.heads={heads}")))  # type: ignore[misc]
            time.sleep(0.02)
    return health, moves


def show(name: str, times: list[float]) -> None:
    """Median and worst."""
    print(f"{name}: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms")


def main() -> None:
    """Print the figures."""
    path = sys.argv[1] if len(sys.argv) > 1 else "/api/plan"
    with served(Path(os.devnull)) as address:
        for name, callers in (("quiet", 0), (f"{CALLERS} callers of {path[:60]}", CALLERS)):
            with ThreadPoolExecutor(1) as beside:
                stop = Event()
                ask = partial(crowd, address, path, REQUESTS_EACH, pause=PAUSE_SECONDS, stop=stop)
                work = beside.submit(ask) if callers else None
                health, moves = probe(address)
                stop.set()
                show(f"{name}: /healthz", health)
                show(f"{name}: another visitor's move", moves)
                if work is not None:
                    print(f"answers: {dict(work.result())}")


if __name__ == "__main__":
    main()
