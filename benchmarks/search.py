"""How fast design spaces are searched: seconds, designs per second and peak memory, beside two yardsticks; then how
soon Cancel is answered, and how long a page needs of a front of a million rows.

    python benchmarks/search.py

The yardsticks: a plain Python loop over `decode_cost` on all 16 pairs, and NumPy writing one array of 8 bytes per
design once (the least that any method which builds the space must do; measured on 1e8 elements, scaled).
"""

import itertools
import resource
import sys
import time

import numpy as np

import costmodel as cm

ACCELERATORS = ("h800", "h20", "a800", "910b")
WHERE = ("parameters.total <= 330e9", "effective_rank >= 16384", "sparsity >= minimum_sparsity")
ATTENTION = {
    "attention.0.heads": range(16, 257, 16),
    "attention.0.head_dim": [64, 128, 192, 256],
    "attention.0.query_rank": range(512, 4097, 512),
}
FFN = {
    "ffn.1.experts": [32, 48, 64, 96, 128, 256],
    "ffn.1.top_k": range(1, 17),
    "ffn.1.intermediate": range(1024, 8193, 256),
}
MILLION = ATTENTION | FFN | {"ffn.1.experts": [48, 96, 128, 256], "ffn.1.intermediate": range(1024, 8193, 236)}
MORE = {"attention.0.kv_bits": [4, 8, 16], "ffn.1.shared": [0, 1, 2, 4]}
SWEEP = {
    "attention.0.heads": range(8, 129, 8),
    "attention.0.head_dim": range(32, 513, 32),
    "attention.0.query_rank": range(256, 4097, 256),
    "workload.context": range(4096, 65_537, 4096),
    "ffn.1.top_k": range(1, 17),
    "ffn.1.intermediate": range(512, 8193, 512),
}
FIVE = {"minimise": ["cost", "kv_bytes"], "maximise": ["effective_rank", "parameters.active", "sparsity"]}
CANCELLED_AFTER = (0.1, 0.3, 1.0, 2.0, 3.0, 5.0)
THOUSAND_MILLION = {
    "two sides": ATTENTION | FFN | MORE | {"ffn.0.intermediate": range(1024, 32769, 512)},
    "and a shared axis": ATTENTION | FFN | MORE | {"hidden": range(2048, 10241, 128)},
    "fine grid": {
        "attention.0.heads": range(8, 257, 8),
        "attention.0.head_dim": range(64, 513, 64),
        "attention.0.query_rank": range(128, 4097, 128),
        "ffn.1.experts": range(16, 257, 16),
        "ffn.1.top_k": range(1, 17),
        "ffn.1.shared": [0, 1, 2, 4],
        "ffn.1.intermediate": range(512, 8193, 60),
    },
}


def timed(title, axes, maximise, minimise=("cost",), where=WHERE):
    """Print one search."""
    space = cm.Space("step-3", axes)
    start = time.perf_counter()
    front = cm.search(space, ACCELERATORS, minimise=minimise, maximise=maximise, where=where)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "linux" else 1e9)
    objectives = ", ".join([*minimise, *maximise])
    print(
        f"{title:22} {space.size:.2e} designs x {front.hardware_pairs} pairs  {objectives:67}"
        f" frontier {len(front):>9,}  {seconds:6.3f} s  {space.size / seconds:.1e} designs/s  peak {peak:.2f} GB",
        flush=True,
    )
    return front


def slowest_answer_to_cancel(axes, asked):
    """Seconds between the wish to cancel and the error, at the worst of several moments."""
    slowest = 0.0
    for moment in CANCELLED_AFTER:
        due = time.perf_counter() + moment
        try:
            cm.search(cm.Space("step-3", axes), ACCELERATORS, **asked, cancel=lambda due=due: time.perf_counter() > due)
        except cm.SearchCancelledError:
            slowest = max(slowest, time.perf_counter() - due)
    return slowest


def page_seconds(front):
    """Seconds for the points of a chart with their settings and for a page of the table."""
    start = time.perf_counter()
    across, up = front.objectives[1], front.objectives[0]
    rows = front.thinned(2000, across, up)
    _ = front.settings(rows), front.column(across)[rows], front.column(up)[rows]
    front.to_dataframe(rows=slice(1000))
    return time.perf_counter() - start


def loop_designs_per_second():
    """The first yardstick."""
    model, workload = cm.load_model("step-3"), cm.Workload(context=8192)
    accelerators = [cm.load_accelerator(name) for name in ACCELERATORS]
    start, designs = time.perf_counter(), 300
    for heads in range(1, designs + 1):
        attention = (model.attention[0].replace(heads=heads),)
        design = model.replace(attention=attention)
        pairs = itertools.product(accelerators, accelerators)
        min(cm.decode_cost(design, attention_on=a, ffn_on=f, workload=workload).total for a, f in pairs)
    return designs / (time.perf_counter() - start)


def writing_designs_per_second():
    """The second yardstick."""
    elements = 10**8
    start = time.perf_counter()
    np.zeros(elements).fill(1.0)
    return elements / (time.perf_counter() - start)


def main():
    """Print everything."""
    cm.search(cm.Space("step-3", ATTENTION), ACCELERATORS, minimise=["cost"])  # imports and caches
    print(f"plain loop over decode_cost, 16 pairs: {loop_designs_per_second():.1e} designs/s")
    few, many = ["effective_rank"], ["effective_rank", "parameters.active"]
    for maximise in (few, many):
        timed("1e6", MILLION, maximise)
    timed("16^6", SWEEP, few)
    large = [timed(f"1e9, {title}", axes, each) for title, axes in THOUSAND_MILLION.items() for each in (few, many)]
    timed("five objectives", ATTENTION | FFN, FIVE["maximise"], FIVE["minimise"], ())
    print(f"NumPy writing 8 bytes per design once: {writing_designs_per_second():.1e} designs/s")
    front = max(large, key=len)
    page_seconds(front)  # imports pandas
    print(f"chart and table of a front of {len(front):,} rows: {page_seconds(front):.3f} s")
    for title, axes in (("1e9, fine grid", THOUSAND_MILLION["fine grid"]), ("five objectives", ATTENTION | FFN | MORE)):
        asked = {**FIVE, "where": WHERE if axes is THOUSAND_MILLION["fine grid"] else ()}
        print(f"slowest answer to Cancel, {title}: {slowest_answer_to_cancel(axes, asked):.2f} s", flush=True)


if __name__ == "__main__":
    main()
