"""How long the planner takes: one pair, all 16 pairs of the paper's accelerators for each model, and one comparison.

python benchmarks/plan.py
"""

import time

import costmodel as cm

PAPER = ("h800", "h20", "a800", "910b")
REPEATS = 5


def best_of(action):
    """Shortest of a few runs [s], so that other work on the machine is left out."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def main():
    """Print the figures."""
    accelerators = [cm.load_accelerator(name) for name in PAPER]
    models = [cm.load_model(name) for name in cm.models(cm.PAPER_COLLECTION)]
    workload = cm.Workload(context=8192)
    h800 = accelerators[0]
    pair = max(
        best_of(lambda m=model: cm.pair_plan(m, attention_on=accelerators[1], ffn_on=h800, workload=workload))
        for model in models
    )
    every = best_of(lambda: [cm.plans(model, accelerators, workload) for model in models])
    baseline = best_of(lambda: cm.colocated(models[0], h800, workload=workload))
    given = {"attention_servers": 2, "ffn_servers": 2, "micro_batch": 2048, "workload": workload}
    one = best_of(lambda: cm.deployment(models[-1], attention_on=h800, ffn_on=h800, **given))
    refused = best_of(
        lambda: cm.pair_plan(models[-1], attention_on=h800, ffn_on=h800, workload=cm.Workload(context=10_000_000))
    )
    print(f"one pair, slowest model: {pair * 1e3:.1f} ms (target 20)")
    print(f"16 pairs x {len(models)} models: {every:.2f} s (target 1)")
    print(f"an infeasible pair with its remedies: {refused * 1e3:.1f} ms")
    print(f"a given deployment: {one * 1e3:.1f} ms")
    print(f"colocated baseline, 1 to 64 servers: {baseline * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
