"""The error table as Markdown, for the documentation: every row, nothing left out."""

from collections.abc import Iterable

from costmodel.units import percent
from costmodel.validation.measured import ErrorSummary, MeasurementRow, error_summary, measurements

SUMMARY = "| group | rows | median ratio | median error | 90th percentile |\n|---|---|---|---|---|"
_COLUMNS = "system | model | accelerator | engine | context | unit | ideal | predicted | measured | ratio"
PREDICTED = f"| {_COLUMNS} |\n|{'---|' * 10}"
OTHERS = "| system | accelerator | value | unit | state | reason |\n|---|---|---|---|---|---|"

MICROSECONDS = 1e-3
"""Times below this are shown in µs, others in ms."""


def error_table() -> str:
    """The summary, the predicted rows and those that are not, as three Markdown tables."""
    rows = measurements()
    steps = [row for row in rows if row.publication.endswith("aiconfigurator")]
    everything = error_summary(steps, by=lambda _: "all decode steps")
    parts = [
        _table(SUMMARY, map(_summary, (*everything, *error_summary()))),
        _table(PREDICTED, (_predicted(row) for row in rows if row.ratio is not None)),
        _table(OTHERS, (_listed(row) for row in rows if row.ratio is None)),
    ]
    return "\n\n".join(parts)


def _table(head: str, lines: Iterable[str]) -> str:
    return "\n".join((head, *lines))


def _summary(each: ErrorSummary) -> str:
    errors = f"{percent(each.median_error, 1)} | {percent(each.p90_error, 1)}"
    return f"| {each.group} | {each.rows} | {each.median_ratio:.2f} | {errors} |"


def _predicted(row: MeasurementRow) -> str:
    unit, scale = row.unit, 1.0
    if row.unit == "s":
        unit, scale = ("µs", 1e6) if row.measured < MICROSECONDS else ("ms", 1e3)
    digits = 2 if unit == "ms" else 0
    figures = " | ".join(f"{(value or 0.0) * scale:,.{digits}f}" for value in (row.ideal, row.predicted, row.measured))
    marked = f"{row.ratio:.2f}{'*' if row.state != 'predicted' else ''}"
    named = f"{row.system} | {row.model} | {row.accelerator} | {row.engine}"
    return f"| {named} | {row.context:,} | {unit} | {figures} | {marked} |"


def _listed(row: MeasurementRow) -> str:
    return f"| {row.system} | {row.accelerator} | {row.measured:,.10g} | {row.unit} | {row.state} | {row.reason} |"
