"""How long the planner takes: one pair, all 16 pairs of the paper's accelerators for each model, and one step.

python benchmarks/plan.py
"""

import time

import numpy as np

import costmodel as cm
from costmodel.planner.pool import Pool

REPEATS = 5


def best_of(action):
    """Shortest of a few runs [s], so that other work on the machine is left out."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def planner(kind, rates):
    """Print the figures at one kind of rates."""
    scenarios = [cm.default_scenario(name).replace(rates=kind) for name in cm.models(cm.PAPER_COLLECTION)]
    models = [scenario.model for scenario in scenarios]
    h800, h20 = cm.load_accelerator("h800"), cm.load_accelerator("h20")
    workload = cm.Workload(context=8192)
    pair = max(
        best_of(lambda m=model: cm.pair_plan(m, attention_on=h20, ffn_on=h800, workload=workload, rates=rates))
        for model in models
    )
    every = best_of(lambda: [cm.plans(scenario) for scenario in scenarios])
    baseline = best_of(lambda: cm.colocated(models[0], h800, workload=workload, rates=rates))
    far = cm.Workload(context=10_000_000)
    refused = best_of(lambda: cm.pair_plan(models[-1], attention_on=h800, ffn_on=h800, workload=far, rates=rates))
    print(f"{kind}: one pair, slowest model: {pair * 1e3:.1f} ms (target 50)")
    print(f"{kind}: 16 pairs and 4 accelerators alone x {len(models)} models: {every:.2f} s (target 2)")
    print(f"{kind}: an infeasible pair with its remedies: {refused * 1e3:.1f} ms")
    print(f"{kind}: colocated baseline, 1 to 64 servers: {baseline * 1e3:.1f} ms")


def step():
    """Print the time of one decode step with measured kernels, and of many."""
    placement = cm.Placement(tensor_parallel=8)
    model, h200, rates = cm.load_model("deepseek-v3"), cm.load_accelerator("h200"), cm.load_rates("h200")
    pool = Pool(model, h200, placement, cm.Workload(context=8192), cm.Sla(), rates)
    many = np.arange(1, 100_001)
    print(f"a decode step: {best_of(lambda: pool.step(64)) * 1e3:.2f} ms (target 1)")
    print(f"100,000 decode steps as an array: {best_of(lambda: pool.step(many)):.2f} s (target 1)")


if __name__ == "__main__":
    planner("ideal", cm.IDEAL)
    planner("kernels", {name: cm.load_rates(name) for name in ("h800", "h20")})
    step()
