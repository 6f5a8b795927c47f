"""`costmodel search`: the frontiers of a design space."""

from collections.abc import Iterator, Mapping
from typing import Any

import costmodel as cm
from costmodel.cli.asked import Asked, Csv, Json, of_scenario
from costmodel.cli.shown import Answer, Rows, show

EXAMPLES = (
    "costmodel search step-3 --on h800,h20 --set search.axis.attention.0.heads=32..128..16",
    "costmodel search --from 'search.axis.ffn.1.top_k=2..6' --set 'search.where=cost <= 0.06' --csv",
)


@of_scenario
def search(asked: Asked, *, as_json: Json = False, as_csv: Csv = False) -> None:
    """Search a design space: --set search.axis.FIELD=16..256..16, search.minimise, search.maximise, search.where."""
    link = cm.search_of_query(asked.query)
    if link.problems:
        raise cm.DomainError(link.problems)
    report = cm.search_report(link.search)
    answer = Answer(
        tables=lambda: _tables(report),
        data=lambda: report,
        csv=lambda: cm.search_csv(link.search),
        found=report["designs"] > 0,
    )
    show(answer, as_json=as_json, as_csv=as_csv)


def _tables(report: Mapping[str, Any]) -> Iterator[Rows | str]:
    yield f"{report['designs']:,} designs on the frontier, out of {report['searched']:,}."
    for each in report["empty"]:
        condition = ", ".join(f"{path} {value:,g}" for path, value in each["condition"].items())
        yield f"No design is left for {condition or 'this space'}: removed by {each['removed_by']}."
    units, rows = report["units"], report["rows"]
    if rows:
        columns = {f"{name} [{units[name]}]" if units.get(name) else name: name for name in rows[0]}
        yield Rows("", {heading: [row[name] for row in rows] for heading, name in columns.items()})
    if report["rows_left_out"]:
        yield f"{report['rows_left_out']:,} further rows; --csv prints all."
