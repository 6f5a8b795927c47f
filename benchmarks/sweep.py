"""A sweep of 16^6 designs on the paper's four accelerators to their cheapest cost, against NumPy filling that array.

Budgets: 1 s, and 5 times the time NumPy needs to fill an array of the result's size.
They hold on otherwise idle cores; a busy machine can make any of these figures ten times larger.
"""

import time
from collections.abc import Callable

import numpy as np

import costmodel as cm
from costmodel.validation.paper import ACCELERATORS

BUDGET_S = 1.0
BUDGET_RATIO = 5
ROUNDS = 5
AXES = {
    "attention.0.heads": range(8, 129, 8),
    "attention.0.head_dim": range(32, 513, 32),
    "attention.0.query_rank": range(256, 4097, 256),
    "workload.context": range(4096, 65_537, 4096),
    "ffn.1.top_k": range(1, 17),
    "ffn.1.intermediate": range(512, 8193, 512),
}


def main() -> None:
    """Print both times, the number of designs per second and the ratio."""
    accelerators = [cm.load_accelerator(name) for name in ACCELERATORS]
    scenario = cm.Scenario(model=cm.load_model("step-3"), accelerators=accelerators, workload=cm.Workload(context=8192))
    size = cm.sweep(scenario, AXES, metrics=["cost"])["cost"].shape
    designs = int(np.prod(size))
    swept = best(lambda: cm.sweep(scenario, AXES, metrics=["cost"]))
    filled = best(lambda: np.full(size, 0.055))
    print(f"sweep: {designs:,} designs x {len(accelerators)} accelerators in {swept:.3f} s (budget {BUDGET_S:.0f} s)")
    print(f"NumPy fills {designs:,} float64 in {filled:.3f} s: ratio {swept / filled:.2f} (budget {BUDGET_RATIO})")


def best(action: Callable[[], object]) -> float:
    """Seconds of the fastest of some rounds, after one that is not counted."""
    action()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    main()
