"""benchmarks/fit_rates.py on one small table: the preset of an accelerator that nothing was known of."""

import csv
import runpy
import sys
from itertools import product
from pathlib import Path

import pytest

import costmodel as cm
from costmodel.io.presets import read
from costmodel.kernels import Kernel, dense_work
from costmodel.rates import Rates

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
TRUE = Kernel(
    operation="dense",
    bits=16,
    compute_bits=16,
    fixed_seconds=4e-6,
    memory_share=0.8,
    compute_share=0.6,
    serial_seconds=7e-10,
)


def fit(monkeypatch: pytest.MonkeyPatch, folder: Path, *options: str) -> None:
    """Run the script as from the command line."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setattr(sys, "argv", ["fit_rates.py", str(folder), "--out", str(folder), *options])
    runpy.run_path(str(BENCHMARKS / "fit_rates.py"), run_name="__main__")


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    """Times of matrix products on an MI300X, as the kernel above takes them."""
    on = cm.load_accelerator("mi300x")
    with (tmp_path / "kernel_dense_gemm.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["system", "dtype", "kernel", "version", "m", "n", "k", "latency_us"])
        for m, n, k in product((1, 16, 128, 1024), (1024, 7168), (512, 2048, 7168)):
            seconds = TRUE.seconds(
                dense_work(rows=m, depth=k, width=n, weight_bits=16, input_bits=16),
                bytes_per_second=on.bandwidth(),
                flops_per_second=on.flops_per_second(16),
            )
            table.writerow(["mi300x", "bfloat16", "torch_linear", "2.9", m, n, k, seconds * 1e6])
    return tmp_path


def test_one_table_makes_the_preset_of_an_accelerator(measured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fit(monkeypatch, measured, "--only", "mi300x", "--source", "own measurement")
    rates = read(Rates, measured / "mi300x.toml")
    (kernel,) = rates.kernels
    assert kernel.name == "2.9 torch_linear"
    assert (kernel.source, kernel.borrowed, kernel.measurements, rates.accelerators) == (
        "own measurement",
        "",
        24,
        ("mi300x",),
    )
    assert kernel.median_error < 0.03
    assert kernel.fixed_seconds == pytest.approx(TRUE.fixed_seconds, rel=0.1)
    run = cm.colocated(
        cm.load_model("qwen3-8b"),
        cm.load_accelerator("mi300x"),
        placement=cm.Placement(),
        batch=8,
        workload=cm.Workload(context=4096),
        rates=rates.filled(cm.load_rates("generic")),
    )
    assert any("GQA core on MI300X" in note for note in run.notes)
    assert not any("16-bit dense GEMM" in note for note in run.notes)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "lacks kernel_aiconfigurator_subset.csv, kernel_wideep_moe_decode.csv, kernel_efficiency.csv"),
        (("--only", "mi300x"), "--only and --source belong together"),
        (("--only", "mi300", "--source", "own"), "there is no accelerator preset mi300"),
        (("--only", "h20", "--source", "own"), "no table has rows of h20"),
    ],
)
def test_a_fit_that_cannot_be_is_refused(
    measured: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    said: str,
) -> None:
    with pytest.raises(SystemExit):
        fit(monkeypatch, measured, *options)
    assert said in capsys.readouterr().err
    assert not list(measured.glob("*.toml"))
