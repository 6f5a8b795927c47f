"""`costmodel compare`: designs side by side in every metric."""

from collections.abc import Iterator, Mapping
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

import typer

import costmodel as cm
from costmodel.cli.asked import Asked, Csv, From, Json, model_names
from costmodel.cli.shown import Answer, Rows, show

EXAMPLES = (
    "costmodel compare step-3 deepseek-v3 qwen3-235b-a22b",
    "costmodel compare step-3 'model=step-3&attention.0.heads=96' --from 'v=2&model=step-3&workload.context=32768'",
    "costmodel compare step-3 kimi-k2 --csv",
)
DESIGN_HELP = "Model presets or links of the app; without any those that --from lists."

Designs = Annotated[
    list[str] | None, typer.Argument(metavar="[DESIGN]...", help=DESIGN_HELP, autocompletion=model_names)
]


def compare(listed: Designs = None, *, source: From = "", as_json: Json = False, as_csv: Csv = False) -> None:
    """Set designs side by side at one workload on the same accelerators."""
    designs, problems = cm.designs_of_query(_query(listed or [], source))
    if problems:
        raise cm.DomainError(problems)
    answer = Answer(
        tables=lambda: _tables(designs),
        data=lambda: cm.comparison_report(designs),
        csv=lambda: cm.comparison_csv(designs),
    )
    show(answer, as_json=as_json, as_csv=as_csv)


def _query(listed: list[str], source: str) -> str:
    """The query of a link to the comparison: the conditions of --from, and the designs of the command."""
    pairs = dict(parse_qsl(Asked(source=source).query, keep_blank_values=True))
    if listed:
        designs = [Asked(source=each) if "=" in each else Asked(model=each) for each in listed]
        pairs[cm.DESIGNS_PARAMETER] = "|".join(each.query for each in designs)
    return urlencode(pairs)


def _tables(designs: Mapping[str, cm.Scenario]) -> Iterator[Rows | str]:
    found = cm.compared(designs)
    rows = found.rows
    columns: dict[str, list[str | float | None]] = {"metric": [row.label for row in rows]}
    for place, name in enumerate(designs):
        columns[name] = [row.values[place] for row in rows]
    names = [None if row.best is None else list(designs)[row.best] for row in rows]
    yield Rows(_title(found.rates), {**columns, "unit": [row.unit for row in rows], "best": names})
    for name, each in found.deployed.items():
        if each.remarks:
            yield f"{name}: {' '.join(each.remarks)}"


def _title(rates: str) -> str:
    limit = "In the limit of ideal rates"
    return limit if rates == "ideal" else f"{limit}, and on whole servers at {rates} rates"
