"""What mypy accepts and refuses of formulas; `make test` type-checks this file, nothing runs it.

A strict run reports a `type: ignore` without an error behind it: were a wrong call accepted, mypy would fail here.
"""

import numpy as np
import xarray as xr

import costmodel as cm
from costmodel.units import Numeric


def numbers_and_arrays_are_accepted(model: cm.Model, accelerator: cm.Accelerator) -> list[Numeric]:
    contexts = np.array([4096, 8192])
    labelled = xr.DataArray(contexts, dims=["context"])
    return [
        model.kv_bytes_per_sequence(8192),
        model.kv_bytes_per_sequence(8192.5),
        model.kv_bytes_per_sequence(contexts),
        model.kv_bytes_per_sequence(labelled),
        cm.batch_for_high_mfu(accelerator, np.float64(0.1)) * 2 + labelled,
        model.attention[0].core_flops(contexts) / model.attention[0].kv_bytes(contexts),
        accelerator.ridge(8) > contexts,
    ]


def other_types_are_refused(model: cm.Model, accelerator: cm.Accelerator) -> None:
    model.kv_bytes_per_sequence("8192")  # type: ignore[arg-type]
    model.kv_bytes_per_sequence(None)  # type: ignore[arg-type]
    model.kv_bytes_per_sequence([4096, 8192])  # type: ignore[arg-type]
    model.kv_bytes_per_sequence(cm.Workload(context=8192))  # type: ignore[arg-type]
    model.attention[0].core_flops(model)  # type: ignore[arg-type]
    model.ffn[0].flops("7168")  # type: ignore[arg-type]
    accelerator.ridge("FP8")  # type: ignore[arg-type]
    cm.batch_for_high_mfu(accelerator, model)  # type: ignore[arg-type]
    cm.minimum_sparsity(accelerator, hidden=model, layers=61, tpot=0.05)  # type: ignore[arg-type]
    cm.usd_per_flop("h800")  # type: ignore[arg-type]


def results_are_numbers_and_nothing_else(model: cm.Model, cost: cm.DecodeCost) -> None:
    model.kv_bytes_per_token.bytes  # type: ignore[union-attr]  # noqa: B018
    cost.total + "USD"  # type: ignore[operator]
    cost.total[0]  # type: ignore[index]
