"""`costmodel import`: the model that a config.json of Hugging Face describes."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

import costmodel as cm
from costmodel.cli.asked import Csv, Json
from costmodel.cli.shown import Answer, Rows, show
from costmodel.tabulated import rows_csv

EXAMPLES = (
    "costmodel import config.json",
    "costmodel import config.json --name 'My model' --json",
    "costmodel import config.json --kv-bits 8",
)
STANDARD_INPUT = "-"

Config = Annotated[str, typer.Argument(metavar="FILE", help="A config.json; - reads standard input.")]
Name = Annotated[str, typer.Option("--name", help="Name of the model; without it that of the file.")]
KvBits = Annotated[
    int | None,
    typer.Option("--kv-bits", help="4, 8 or 16 bits of the KV cache; without it those of the file, or 16."),
]


def imported(
    config: Config, *, name: Name = "", kv_bits: KvBits = None, as_json: Json = False, as_csv: Csv = False
) -> None:
    """Read a config.json exactly, or refuse it: the model, its sizes, and the origin of each of its fields."""
    given = sys.stdin.read() if config == STANDARD_INPUT else Path(config)
    found = cm.read_huggingface(given, name=name, kv_bits=kv_bits)
    report = cm.import_report(found)
    answer = Answer(
        tables=lambda: _tables(found, report),
        data=lambda: report,
        csv=lambda: rows_csv([{"field": field, "from": origin} for field, origin in report["provenance"].items()]),
    )
    show(answer, as_json=as_json, as_csv=as_csv)


def _tables(found: cm.Imported, report: dict[str, Any]) -> Iterator[Rows | str]:
    model = found.model
    sizes = {name: report[name] for name in report["units"]}
    yield Rows(model.name, {"": list(sizes), "value": list(sizes.values()), "unit": list(report["units"].values())})
    groups = [*model.attention, *model.ffn]
    yield Rows(
        "", {"layers": [float(group.layers) for group in groups], "mechanism": [group.label for group in groups]}
    )
    yield Rows("", {"field": list(report["provenance"]), "from": list(report["provenance"].values())})
    yield from found.notes
