"""How long requests, fleets and simulations take.

python benchmarks/fleet.py
"""

import time

import numpy as np

import costmodel as cm

REPEATS = 5
REQUESTS = 12_031
ACCELERATORS = 15
PRICED = 1_000_000


def best_of(action):
    """Shortest of a few runs [s], so that other work on the machine is left out."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def trace():
    """A trace of the size of Mooncake's conversation trace."""
    rng = np.random.default_rng(0)
    prompt = np.maximum(rng.lognormal(9, 1, REQUESTS).astype(int), 1)
    cached = (rng.uniform(0, 0.8, REQUESTS) * (prompt - 1)).astype(int)
    output = np.maximum(rng.lognormal(5.5, 0.8, REQUESTS).astype(int), 1)
    return cm.Trace(prompt, output, np.sort(rng.uniform(0, 3600, REQUESTS)), cached)


def main():
    """Print the figures."""
    prompts = np.random.default_rng(0).integers(100, 100_000, PRICED).astype(float)
    priced = best_of(lambda: cm.RequestPrice(prompts, prompts / 2, 500.0, 0.03, 0.001, 0.06).usd)
    axes = {"request.prompt": prompts.astype(int), "request.cached": 0.5 - prompts / 1e6}
    swept = cm.update(cm.default_scenario(), axes)
    metric = cm.metric("request.cost")
    evaluated = best_of(lambda: metric.value(cm.Evaluation(swept)))
    accelerators = tuple(cm.load_accelerator(name) for name in cm.accelerators()[:ACCELERATORS])
    scenario = cm.default_scenario().replace(accelerators=accelerators)
    day = cm.Demand(trace=trace(), requests_per_second=100, headroom=0.2, cold_start_seconds=300, availability=0.999)
    sized = best_of(lambda: cm.fleet(scenario, demand=day))
    waiting = best_of(lambda: cm.fleet(scenario, demand=day.replace(ttft=20.0)))
    h800 = cm.load_accelerator("h800")
    plan = cm.pair_plan(scenario.model, attention_on=h800, ffn_on=h800, workload=cm.Workload(context=8192))
    steps = 100_000 // (plan.sla.stages * int(plan.model.round_trips)) + 1
    lengths = cm.Lengths.spread(7000, 1000, prompt_cv=1, output_cv=1)
    varied = cm.Variability(attention_cv=0.05, ffn_cv=0.05, network_cv=0.1, routing="random")
    calm = best_of(lambda: cm.simulate(plan, steps=steps))
    full = best_of(lambda: cm.simulate(plan, lengths=lengths, variability=varied, steps=steps))
    print(f"requests priced: {PRICED / priced / 1e6:.0f} million per second (target 1)")
    print(
        f"the metric request.cost, three pools on four accelerators: {PRICED / evaluated / 1e6:.1f} million per second"
    )
    print(f"a day of {REQUESTS:,} requests for {ACCELERATORS} accelerators x 3 pools: {sized:.2f} s (target 0.3)")
    print(f"the same with a TTFT: {waiting:.2f} s")
    print(f"100,000 layer steps: {calm:.2f} s, with everything varying {full:.2f} s (target 1)")


if __name__ == "__main__":
    main()
