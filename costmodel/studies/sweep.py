"""Labelled sweeps: any fields of a scenario as axes, every metric as a variable over just the axes it depends on."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xarray as xr
from numpy.typing import NDArray

from costmodel.axis import axis_values
from costmodel.errors import DomainError, UnknownNameError
from costmodel.evaluation import Evaluation
from costmodel.metrics import METRICS, Metric, metric
from costmodel.paths import fields, update
from costmodel.scenario import Scenario
from costmodel.spec import Check

ACCELERATOR = "accelerator"


def sweep(scenario: Scenario, axes: Mapping[str, Iterable[Any]], metrics: Sequence[str] | None = None) -> xr.Dataset:
    """Evaluate a scenario over the product of `axes` (field path -> values) into a labelled dataset.

    Each axis is a dimension named by its path; each metric is a variable with `units` and `long_name`, spanning only
    the axes it depends on, and `accelerator` where it differs by accelerator. `metrics` limits the work to some names
    (all of `costmodel.metrics.METRICS` by default; those that need a price or a network that is not known are
    then left out and named in the attribute `left_out`). DomainError names axis, value and allowed range; combinations
    that break a relation between fields are refused too.

    >>> import costmodel as cm
    >>> accelerators = [cm.load_accelerator(name) for name in ("h800", "h20")]
    >>> step3, workload = cm.load_model("step-3"), cm.Workload(context=8192)
    >>> scenario = cm.Scenario(model=step3, accelerators=accelerators, workload=workload)
    >>> result = sweep(scenario, {"workload.context": [8192, 32768]}, metrics=["cost"])
    >>> result["cost"].round(3).values.tolist()
    [0.055, 0.129]
    """
    known = fields(scenario)
    for path in axes:
        if path not in known:
            raise UnknownNameError("field path", path, known)
    arrays = {path: _axis(path, axis_values(path, values, known[path])) for path, values in axes.items()}
    with xr.set_options(  # type: ignore[no-untyped-call]
        arithmetic_join="exact", keep_attrs=False
    ):
        run = Evaluation(update(scenario, arrays, Check.RELATIONS))
        wanted = [metric(name) for name in metrics] if metrics is not None else list(METRICS.values())
        variables, left_out = {}, {}
        for item in wanted:
            try:
                variables[item.name] = _variable(item, run, list(arrays))
            except DomainError as error:
                if metrics is not None:
                    raise
                left_out[item.name] = str(error)
        return xr.Dataset(
            variables, coords={path: array[path] for path, array in arrays.items()}, attrs={"left_out": left_out}
        )


def _axis(path: str, values: NDArray[Any]) -> xr.DataArray:
    return xr.DataArray(values, dims=[path], coords={path: values}, name=path)


def _variable(item: Metric, run: Evaluation, order: list[str]) -> xr.DataArray:
    if item.per_accelerator:
        parts = xr.broadcast(*(xr.DataArray(part) for part in item.each(run)))
        ids = xr.DataArray([accelerator.id for accelerator in run.scenario.accelerators], dims=[ACCELERATOR])
        array = xr.concat(parts, dim=ids.rename(ACCELERATOR), coords="minimal", compat="override")
        array = array.assign_coords({ACCELERATOR: ids.values})
    else:
        array = xr.DataArray(item.value(run))
    dims = [path for path in (*order, ACCELERATOR) if path in array.dims]
    return array.transpose(*dims).assign_attrs(units=item.unit, long_name=item.label)
