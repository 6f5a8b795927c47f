"""`costmodel search`: the designs of a space that no other design dominates."""

from collections.abc import Iterator, Mapping
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

import costmodel as cm
from costmodel.cli.asked import Asked, Csv, Json, of_scenario
from costmodel.cli.shown import Answer, Rows, show

EXAMPLES = (
    "costmodel search step-3 --axis attention.0.heads=32..128..16 --axis ffn.1.top_k=1..8",
    "costmodel search step-3 --axis attention.0.heads=64,96,128 --minimise cost --maximise effective_rank --rows 5",
    "costmodel search --from 'v=2&model=step-3&search.axis.ffn.1.top_k=2..6' --where 'parameters.active >= 30e9' --csv",
)
AXIS_HELP = "A field and its values, FIELD=FROM..TO..STEP or FIELD=64,96,128; may be repeated."
WORDS_HELP = "expression over metrics, such as cost or 2 * kv_bytes; may be repeated."
SEPARATOR = "; "

Texts = list[str] | None
Axis = Annotated[Texts, typer.Option("--axis", metavar="FIELD=VALUES", help=AXIS_HELP)]
Minimise = Annotated[Texts, typer.Option("--minimise", metavar="EXPRESSION", help=f"Least {WORDS_HELP}")]
Maximise = Annotated[Texts, typer.Option("--maximise", metavar="EXPRESSION", help=f"Greatest {WORDS_HELP}")]
Where = Annotated[
    Texts, typer.Option("--where", metavar="COMPARISON", help="What a design must meet; may be repeated.")
]
Most = Annotated[int, typer.Option("--rows", min=1, max=1000, help="Rows of the table; --csv has all of them.")]


@of_scenario
def search(
    asked: Asked, *, axis: Axis = None, minimise: Minimise = None, maximise: Maximise = None, where: Where = None,
    rows: Most = 20, as_json: Json = False, as_csv: Csv = False,
) -> None:  # fmt: skip
    """Search a space of designs exactly: those that no other one dominates, the best first."""
    terms = {"axis": axis, "minimise": minimise, "maximise": maximise, "where": where}
    question = asked.having(_parameters({name: texts or [] for name, texts in terms.items()})).search()
    front = _front(question)
    answer = Answer(
        tables=lambda: _tables(question, front, rows),
        data=lambda: cm.front_report(question, front),
        csv=lambda: cm.front_csv(front),
        found=len(front) > 0,
    )
    show(answer, as_json=as_json, as_csv=as_csv)


def _parameters(terms: Mapping[str, list[str]]) -> dict[str, str]:
    """What is given, as parameters of a link. Where an objective is given, those of the link are not kept beside it."""
    found = {}
    for text in terms["axis"]:
        path, equals, values = text.partition("=")
        if not equals:
            raise cm.DomainError(cm.Problem("--axis", f"{text!r} is not allowed; must be FIELD=VALUES"))
        found[f"{cm.SEARCH_PREFIX}axis.{path.strip()}"] = values.strip()
    if terms["minimise"] or terms["maximise"]:
        found |= {f"{cm.SEARCH_PREFIX}{name}": SEPARATOR.join(terms[name]) for name in ("minimise", "maximise")}
    if terms["where"]:
        found[f"{cm.SEARCH_PREFIX}where"] = SEPARATOR.join(terms["where"])
    return found


def _front(question: cm.DesignSearch) -> cm.Front:
    """The answer; meanwhile a bar on the terminal, and nothing where standard error is none."""
    errors = Console(stderr=True)
    with Progress(console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task(f"{question.size:,} designs", total=1.0)
        return cm.search(
            question.space,
            minimise=question.minimise,
            maximise=question.maximise,
            where=question.where,
            progress=lambda share: bar.update(task, completed=share),
        )


def _tables(question: cm.DesignSearch, front: cm.Front, most: int) -> Iterator[Rows | str]:
    report = cm.front_report(question, front)
    yield f"{len(front):,} designs on the frontier, out of {front.searched:,}."
    yield f"Constraints: {', '.join(report['constraints']) or 'none'}."
    for each in report["empty"]:
        condition = ", ".join(f"{path} {value:,g}" for path, value in each["condition"].items())
        yield f"No design is left for {condition or 'this space'}: removed by {each['removed_by']}."
    rows = report["rows"][:most]
    if rows:
        shown = dict.fromkeys(["design", *question.axes, "attention_on", "ffn_on", *report["objectives"], "cost"])
        yield Rows("", {_heading(name, report["units"]): [row[name] for row in rows] for name in shown})
    if len(front) > len(rows):
        yield f"{len(front) - len(rows):,} further rows; --csv prints all."


def _heading(name: str, units: Mapping[str, str]) -> str:
    """A name above its unit: paths of fields are long."""
    unit = units.get(name, "")
    return f"{name}\n{unit}" if unit and unit != "1" else name
