"""Time of `import costmodel` in a fresh interpreter. Budget: 30 ms, on otherwise idle cores."""

import subprocess
import sys

BUDGET_MS = 30
RUNS = 9
CODE = "import time; t = time.perf_counter(); import costmodel; print((time.perf_counter() - t) * 1e3)"


def main() -> None:
    """Print the median of some fresh imports and its share of the budget."""
    times = sorted(
        float(subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stdout)
        for _ in range(RUNS)
    )
    median = times[RUNS // 2]
    print(f"import costmodel: {median:.1f} ms (budget {BUDGET_MS} ms, {median / BUDGET_MS:.2f} of it)")


if __name__ == "__main__":
    main()
