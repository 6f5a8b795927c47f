"""Time of one scalar decode_cost of Step-3. Budget: 100 us, on otherwise idle cores."""

import timeit

import costmodel as cm

BUDGET_US = 100
CALLS = 2000


def main() -> None:
    """Print the time per call, the best of five rounds, and its share of the budget."""
    model, workload = cm.load_model("step-3"), cm.Workload(context=8192)
    h20, h800 = cm.load_accelerator("h20"), cm.load_accelerator("h800")
    rounds = timeit.repeat(
        lambda: cm.decode_cost(model, attention_on=h20, ffn_on=h800, workload=workload), number=CALLS, repeat=5
    )
    best = min(rounds) / CALLS * 1e6
    print(f"decode_cost: {best:.1f} us (budget {BUDGET_US} us, {best / BUDGET_US:.2f} of it)")


if __name__ == "__main__":
    main()
