"""Exact results for the pipeline, which the simulation must reproduce.

Attention takes t_A, a transfer t_C in each direction, FFN t_F; m micro-batches are in flight. The cycle time is the
mean time between two layer steps leaving the pipeline: together the micro-batches advance by one layer step per cycle.
"""

from dataclasses import dataclass
from math import erf, sqrt

import numpy as np

from costmodel.units import Numeric


def deterministic_cycle(attention: Numeric, ffn: Numeric, transfer: Numeric, micro_batches: Numeric) -> Numeric:
    """Cycle time [s] when nothing varies and transfers only delay: max(t_A, t_F, (t_A + t_F + 2 t_C) / m)."""
    return np.maximum(np.maximum(attention, ffn), (attention + ffn + 2 * transfer) / micro_batches)


def duplex_cycle(attention: Numeric, dispatch: Numeric, ffn: Numeric, combine: Numeric, micro_batches: int) -> Numeric:
    """Cycle time [s] when nothing varies and each direction has its own link: the longest stage, or the sum over m."""
    longest = np.maximum(np.maximum(attention, ffn), np.maximum(dispatch, combine))
    return np.maximum(longest, (attention + dispatch + ffn + combine) / micro_batches)


def micro_batches_to_hide(attention: Numeric, ffn: Numeric, transfer: Numeric) -> Numeric:
    """Micro-batches from which the network is hidden: m >= 2 (1 + t_C / t_f), t_f = max(t_A, t_F). MegaScale-Infer."""
    return np.ceil(2 * (1 + transfer / np.maximum(attention, ffn)))


def exponential_cycle(attention: float, ffn: float, transfer: float, micro_batches: int) -> float:
    """Cycle time [s] when attention and FFN times are exponential, by exact mean-value analysis.

    The closed network has a product form: R_i = s_i (1 + Q_i(m - 1)), X(m) = m / (Z + sum R), Q_i(m) = X R_i with
    Z = 2 t_C.

    >>> exponential_cycle(1.0, 1.0, 0.0, 3)
    1.3333333333333333
    """
    service = np.array([attention, ffn])
    queue = np.zeros(2)
    throughput = 0.0
    for jobs in range(1, micro_batches + 1):
        residence = service * (1 + queue)
        throughput = jobs / (2 * transfer + residence.sum())
        queue = throughput * residence
    return float(1 / throughput)


def expected_maximum(mean: float, deviation: float, workers: int) -> float:
    """Mean of the longest of `workers` independent normal times: how long a barrier takes.

    >>> round(expected_maximum(0.0, 1.0, 2), 4)
    0.5642
    """
    z = np.linspace(-10, 10, 4001)
    density = np.exp(-(z**2) / 2) / sqrt(2 * np.pi)
    below = np.array([(1 + erf(each / sqrt(2))) / 2 for each in z])
    return mean + deviation * float(np.trapezoid(workers * z * density * below ** (workers - 1), z))


@dataclass(frozen=True)
class Coefficients:
    """Stage times of r attention workers on one FFN server, linear in load. arXiv 2601.21351.

    t_A = attention x cached tokens + attention_fixed, t_F = ffn x requests of all workers + ffn_fixed, and
    t_C = transfer x requests of a worker + transfer_fixed; all in one unit of time.
    """

    attention: float
    attention_fixed: float
    ffn: float
    ffn_fixed: float
    transfer: float
    transfer_fixed: float


def best_ratio(coefficients: Coefficients, batch: float, context: float) -> float:
    """Attention workers per FFN server with the most output per server: r* = max(r_A, r_C, r_peak). arXiv 2601.21351.

    `batch` requests per worker of that mean context each.

    >>> ascend = Coefficients(0.00165, 50, 0.083, 100, 0.022, 20)
    >>> round(best_ratio(ascend, 256, 200), 2), round(best_ratio(ascend, 256, 1000), 1)
    (2.17, 17.5)
    """
    each = coefficients.ffn * batch
    attention = coefficients.attention * batch * context + coefficients.attention_fixed
    transfer = coefficients.transfer * batch + coefficients.transfer_fixed
    peak = sqrt(coefficients.ffn_fixed / each)
    return max((attention - coefficients.ffn_fixed) / each, (transfer - coefficients.ffn_fixed) / each, peak)
