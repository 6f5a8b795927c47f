"""Fit of one kernel model to measured calls: least squares of log times, a weak prior, a robust loss."""

from dataclasses import dataclass

import numpy as np
from kernel_tables import Key, Sample
from numpy.typing import NDArray

from costmodel.kernels import Kernel, Work
from costmodel.spec import Check

Vector = NDArray[np.float64]

TILES = (1, 16, 64, 128)
FIELDS = ("fixed_seconds", "memory_share", "compute_share", "serial_seconds")
PRIOR = np.log([5e-6, 0.8, 0.6, 0.7e-9])
SPREAD = np.array([2.0, 0.5, 0.5, 2.0])
"""Of the prior, in the logarithm: it decides only what the measurements leave open."""
LOWEST = np.log([1e-8, 0.02, 0.02, 1e-12])
HIGHEST = np.log([1e-3, 1.1, 1.1, 1e-7])
SCALE = 0.1
"""Residual at which the loss turns from square to linear."""
BETTER = 0.995
"""A larger tile must lower the loss by this factor, because few tables tell tiles apart."""


@dataclass(frozen=True)
class Fit:
    """The kernel, and how many measured calls were too fast to be true."""

    kernel: Kernel
    impossible: int


def fit(key: Key, calls: list[Sample], bytes_per_second: float, flops_per_second: float) -> Fit:
    """The best kernel model over all tiles. Calls that beat 1.1 times the peak rates are left out and counted."""
    work = Work(*(np.array(column, float) for column in zip(*(call for call, _ in calls), strict=True)))
    seconds = np.array([time for _, time in calls])
    bound = np.maximum(work.moved / bytes_per_second, work.flops / flops_per_second)
    kept = bound <= 1.1 * seconds
    work, seconds = Work(*(column[kept] for column in work)), seconds[kept]
    rates = {"bytes_per_second": bytes_per_second, "flops_per_second": flops_per_second}
    best: tuple[float, Kernel] | None = None
    for tile in TILES:
        kernel = Kernel(
            operation=key.operation, bits=key.bits, compute_bits=key.compute_bits, name=key.name[:80], tile=tile
        )
        loss, fitted = _fitted(kernel, work, seconds, rates)
        if best is None or loss < best[0] * BETTER:
            best = loss, fitted
    assert best is not None
    kernel = _rounded(best[1])
    errors = np.abs(kernel.seconds(work, **rates) / seconds - 1)
    return Fit(
        kernel.replace(
            measurements=len(seconds),
            median_error=round(float(np.median(errors)), 3),
            p90_error=round(float(np.quantile(errors, 0.9)), 3),
            source=key.source,
        ),
        int(np.sum(~kept)),
    )


def _fitted(kernel: Kernel, work: Work, seconds: Vector, rates: dict[str, float]) -> tuple[float, Kernel]:
    """Damped Gauss-Newton on the logarithms of the parameters, reweighted for the robust loss."""
    free = 4 if kernel.operation == "dense" else 3

    def at(point: Vector) -> Kernel:
        return kernel.update(dict(zip(FIELDS[:free], np.exp(point).tolist(), strict=True)), Check.RELATIONS)

    def residual(point: Vector) -> Vector:
        ratio: Vector = np.log(at(point).seconds(work, **rates) / seconds)
        return ratio

    def loss(point: Vector) -> float:
        robust = 2 * (np.sqrt(1 + (residual(point) / SCALE) ** 2) - 1)
        return float(np.sum(robust) + np.sum(((point - PRIOR[:free]) / SPREAD[:free]) ** 2))

    point, damping = PRIOR[:free].copy(), 1e-2
    now = loss(point)
    for _ in range(300):
        there = residual(point)
        slopes = np.stack([(residual(point + step) - there) / 1e-5 for step in 1e-5 * np.eye(free)], axis=1)
        weights = 1 / np.sqrt(1 + (there / SCALE) ** 2) / SCALE**2
        pull = (point - PRIOR[:free]) / SPREAD[:free] ** 2
        matrix = (slopes * weights[:, None]).T @ slopes + np.diag(1 / SPREAD[:free] ** 2)
        gradient = (slopes * weights[:, None]).T @ there + pull
        move = np.linalg.solve(matrix + damping * np.diag(np.diag(matrix)), gradient)
        tried = np.clip(point - move, LOWEST[:free], HIGHEST[:free])
        then = loss(tried)
        if then < now:
            settled = now - then < 1e-9 * now
            point, now, damping = tried, then, max(damping / 5, 1e-9)
            if settled:
                break
        elif damping > 1e8:
            break
        else:
            damping *= 5
    return now, at(point)


def _rounded(kernel: Kernel) -> Kernel:
    """Three significant digits, and no more shares than were ever measured."""
    values = {name: float(f"{getattr(kernel, name):.3g}") for name in FIELDS}
    return kernel.replace(**values)
