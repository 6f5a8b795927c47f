"""Predictions beside published measurements: every row, also those that cannot be predicted, and why."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from costmodel.errors import UnknownNameError
from costmodel.io.presets import find, load_accelerator, load_model, names, read
from costmodel.measured_rates import kernel_rates
from costmodel.rates import IDEAL
from costmodel.validation.rows import (
    OTHER,
    MeasuredAfd,
    MeasuredColocated,
    MeasuredLayer,
    MeasuredStep,
    Measurements,
    Published,
)

PREDICTED, FITTED, NOT_EXPRESSIBLE = "predicted", "constant fitted to this row", "not expressible"

Row = MeasuredAfd | MeasuredColocated | MeasuredStep | MeasuredLayer


@dataclass(frozen=True)
class MeasurementRow:
    """One published value beside two predictions, all in `unit`: at ideal rates and with measured kernels.

    `kind` is "deployment" (outputs and decode steps of a whole model), "attention layer" or "other figure". `state` is
    "predicted", "constant fitted to this row", "duplicate", "not expressible", "not decode" or "estimate"; only the
    first two have predictions, and `reason` says why the others have none. `notes` names what is assumed or borrowed.
    """

    publication: str
    kind: str
    system: str
    model: str
    accelerator: str
    engine: str
    context: int | None
    unit: str
    measured: float
    state: str
    reason: str = ""
    ideal: float | None = None
    predicted: float | None = None
    rates: str = ""
    notes: tuple[str, ...] = ()
    afd: bool = False

    @property
    def ratio(self) -> float | None:
        """Predicted over measured speed: of outputs, or of the inverse of times."""
        if self.predicted is None:
            return None
        return self.measured / self.predicted if self.unit == "s" else self.predicted / self.measured

    @property
    def error(self) -> float | None:
        """Absolute error of the predicted speed over the measured one."""
        return None if self.ratio is None else abs(self.ratio - 1)


@dataclass(frozen=True)
class ErrorSummary:
    """Errors of a group of predicted rows: median ratio, median and 90th percentile of the absolute error."""

    group: str
    rows: int
    median_ratio: float
    median_error: float
    p90_error: float


@lru_cache(maxsize=1)
def measurements() -> tuple[MeasurementRow, ...]:
    """Every published measurement that ships with the library, beside its predictions.

    Those of the paper: Tables 8 and 9.

    >>> row = next(row for row in measurements() if row.system == "Step-3, 2A2F, peak minute")
    >>> round(row.ideal), round(row.measured), row.state
    (9529, 4039, 'predicted')
    """
    return tuple(row for name in names("measured") for row in _rows(read(Measurements, find("measured", name))))


def error_summary(
    rows: Sequence[MeasurementRow] | None = None, by: Callable[[MeasurementRow], str] | None = None
) -> tuple[ErrorSummary, ...]:
    """Errors by model, accelerator and engine unless `by` groups otherwise; rows that constants were fitted to apart.

    >>> [each.rows for each in error_summary(by=lambda row: "all")]
    [3, 135]
    """
    group = _group if by is None else by
    found: dict[str, list[MeasurementRow]] = {}
    for row in measurements() if rows is None else rows:
        if row.ratio is not None:
            fitted = f"{group(row)} (constants fitted)" if row.state == FITTED else group(row)
            found.setdefault(fitted, []).append(row)
    return tuple(_summary(name, members) for name, members in found.items())


def _group(row: MeasurementRow) -> str:
    return f"{row.model}, {row.accelerator}, {row.engine.split(' ')[0]}"


def _summary(name: str, rows: list[MeasurementRow]) -> ErrorSummary:
    ratios = np.array([row.ratio for row in rows], dtype=float)
    errors = np.abs(ratios - 1)
    return ErrorSummary(
        name, len(rows), float(np.median(ratios)), float(np.median(errors)), float(np.quantile(errors, 0.9))
    )


def _rows(data: Measurements) -> Iterable[MeasurementRow]:
    rows: tuple[Row, ...] = (*data.colocated, *data.afd, *data.steps, *data.layers)
    for row in rows:
        yield _predicted(data, row)
    for value in data.published:
        yield _listed(data, value)


def _predicted(data: Measurements, row: Row) -> MeasurementRow:
    accelerator = load_accelerator(row.accelerator)
    published = MeasurementRow(
        publication=data.name,
        kind=row.kind,
        afd=row.afd,
        system=row.system,
        model=row.model,
        accelerator=accelerator.name,
        engine=row.engine,
        context=row.context,
        unit=row.unit,
        measured=row.measured,
        state=NOT_EXPRESSIBLE,
    )
    try:
        model = load_model(row.model)
    except UnknownNameError as error:
        return replace(published, reason=str(error))
    rates = kernel_rates(accelerator)
    found = row.predict(rates, model)
    return replace(
        published,
        model=model.name,
        state=FITTED if row.fitted else PREDICTED,
        ideal=row.predict(IDEAL, model).value,
        predicted=found.value,
        rates=rates.id,
        notes=(*data.assumptions, *row.assumptions, *found.notes),
    )


def _listed(data: Measurements, value: Published) -> MeasurementRow:
    return MeasurementRow(
        publication=data.name,
        kind=OTHER,
        system=f"{value.system}: {value.quantity}",
        model=value.model,
        accelerator=value.accelerator,
        engine="",
        context=None,
        unit=value.unit,
        measured=value.value,
        state=value.state,
        reason=value.reason,
    )
