"""`costmodel paper`: the claims of the paper's abstract, recomputed, and the printed values that deviate."""

from collections.abc import Iterator, Mapping
from typing import Any

import costmodel as cm
from costmodel.cli.asked import Csv, Json
from costmodel.cli.shown import Answer, Rows, show

EXAMPLES = ("costmodel paper", "costmodel paper --csv")


def paper(*, as_json: Json = False, as_csv: Csv = False) -> None:
    """Recompute arXiv 2507.19427: the claims of its abstract, and every printed value."""
    report = cm.paper_report()
    answer = Answer(tables=lambda: _tables(report), data=lambda: report, csv=cm.paper_csv)
    show(answer, as_json=as_json, as_csv=as_csv)


def _tables(report: Mapping[str, Any]) -> Iterator[Rows | str]:
    claims, cells = report["claims"], report["rows"]
    yield Rows(
        "Is the abstract true?",
        {
            "": [claim["state"] for claim in claims],
            "claim": [claim["text"] for claim in claims],
            "what decides": [claim["evidence"] for claim in claims],
        },
    )
    yield f"{sum(cell['agrees'] for cell in cells)} of {len(cells)} printed values agree to the printed digit."
    deviating = [cell for cell in cells if not cell["agrees"]]
    names = ("table", "model", "accelerator", "quantity", "printed", "computed", "reason")
    yield Rows("Deviations", {name: [cell[name] for cell in deviating] for name in names})
