"""Published tables and figures, cell by cell, beside the computed values.

A cell is a row of a CSV file with the columns of `COLUMNS`. It names what was printed, and `computed` derives the same
number from presets alone. Paper: arXiv 2507.19427v1, Tables 2 to 7, Figures 1, 2, 4 and 5.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import isfinite
from pathlib import Path

from costmodel.accelerator import Accelerator
from costmodel.cost import attention_cost, cheapest, decode_cost, ffn_cost, training_cost, usd_per_byte, usd_per_flop
from costmodel.errors import DomainError, PresetError, Problem, UnknownNameError, quote
from costmodel.io.presets import LARGEST_FILE, ROOT, load_accelerator, load_model
from costmodel.model import REFERENCE_CONTEXT, Model
from costmodel.scenario import Scenario
from costmodel.sla import Sla
from costmodel.sparsity import sparsity_floor
from costmodel.units import Numeric
from costmodel.workload import Workload

FOLDER = ROOT / "paper"

COLUMNS = ("table", "model", "accelerator", "context_tokens", "quantity", "unit", "printed")
"""`table` is "2" to "7" or "figure 1" and so on; columns that do not apply to a cell are empty."""

ACCELERATORS = ("h800", "h20", "a800", "910b")
"""The accelerators of Table 4, which the paper's best pairs are chosen from."""

PAPER_COLLECTION = "step-3-paper"
"""The collection of the nine models that the paper compares."""

BEST_PAIR = "best pair"
ON_BOTH_SIDES = " both"
"""How Figures 1 and 2 name their hardware: "best pair", or one accelerator as in "h800 both"."""

TABLE_7_MODEL = "deepseek-v3"
"""Table 7 assumes its hidden size and depth, 7168 and 61, which Step-3 shares."""


def load(path: Path) -> list[dict[str, str]]:
    """The cells of one CSV file, in its order; PresetError names the file when it is not one of cells."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise PresetError(f"file is larger than {LARGEST_FILE:,} bytes").at(path.name)
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            header, rows = tuple(reader.fieldnames or ()), list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PresetError(f"cannot be read: {error}").at(path.name) from None
    if header != COLUMNS:
        raise PresetError(f"{quote(','.join(header))} is not the header; must be {','.join(COLUMNS)}").at(path.name)
    for line, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise PresetError(f"line {line} must have {len(COLUMNS)} columns").at(path.name)
    return rows


@dataclass(frozen=True)
class PaperCell:
    """A printed value, the computed one, True where the digits agree, and the reason where they are known not to."""

    row: Mapping[str, str]
    computed: float
    agrees: bool
    reason: str

    @property
    def formula(self) -> str:
        """How the value is computed; letters are those of the nomenclature, docs/formulas.md names the functions."""
        return FORMULAS[self.row["quantity"]]


def paper_cells(folder: Path = FOLDER) -> list[PaperCell]:
    """Every cell of the published tables and figures in a folder of CSV files, in the order of the files' names.

    >>> sum(cell.agrees or bool(cell.reason) for cell in paper_cells()) == len(paper_cells())
    True
    """
    reasons = {_key(row): row["reason"] for row in known_deviations(folder)}
    found = []
    for row in printed_cells(folder):
        value = computed(row)
        found.append(PaperCell(row, value, agrees(value, row["printed"]), reasons.get(_key(row), "")))
    return found


def printed_cells(folder: Path = FOLDER) -> list[dict[str, str]]:
    """The cells of every table and figure as printed, in the order of the files' names."""
    paths = sorted((*folder.glob("table_*.csv"), *folder.glob("figure_*.csv")), key=lambda path: path.name)
    return [row for path in paths for row in load(path)]


def known_deviations(folder: Path = FOLDER) -> list[dict[str, str]]:
    """The cells that are known to deviate, each with its `reason`."""
    return _rows(folder / "known_deviations.csv")


def published_parameters(folder: Path = FOLDER) -> list[dict[str, str]]:
    """`total` and `active` parameters of each model as its publisher states them, and the embeddings counted as active
    (`none`, `head` or `both`).
    """
    return _rows(folder / "parameters.csv")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def _key(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(row[name] for name in COLUMNS[:5])


def computed(row: Mapping[str, str]) -> float:
    """The value of one cell, in the unit of that cell, from presets only.

    UnknownNameError when its quantity, model or accelerator is not known; DomainError when its context is not allowed.

    >>> round(computed({"quantity": "ridge", "model": "", "accelerator": "h800", "context_tokens": ""}))
    591
    """
    quantity = row["quantity"]
    if quantity in _OF_MODEL:
        return float(_OF_MODEL[quantity](load_model(row["model"]), _workload(row)))
    if quantity in _OF_ACCELERATOR:
        return float(_OF_ACCELERATOR[quantity](load_accelerator(row["accelerator"])))
    if quantity in _OF_BOTH:
        return float(_OF_BOTH[quantity](load_model(row["model"]), row["accelerator"], _workload(row)))
    raise UnknownNameError("quantity", quantity, (*_OF_MODEL, *_OF_ACCELERATOR, *_OF_BOTH))


def agrees(value: float, printed: str) -> bool:
    """True when a value is at most half a unit of the last printed digit away from what was printed.

    >>> agrees(0.0401, "0.040"), agrees(2.806e-19, "2.80e-19"), agrees(590.6, "591")
    (True, False, True)
    """
    try:
        published = Decimal(printed)
    except InvalidOperation:
        published = Decimal("nan")
    exponent = published.as_tuple().exponent
    if not isinstance(exponent, int):
        raise DomainError(Problem("printed", f"{quote(printed)} is not allowed; must be a number"))
    # The shortest decimal of the float, so that 0.0405 is half a unit from 0.040 as a reader would say.
    return isfinite(value) and abs(Decimal(repr(float(value))) - published) <= Decimal(1).scaleb(exponent) / 2


def _workload(row: Mapping[str, str]) -> Workload:
    """The context of a cell; any will do for what does not depend on it."""
    text = row["context_tokens"]
    if not text:
        return Workload(context=REFERENCE_CONTEXT)
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise DomainError(Problem("context_tokens", f"{quote(text)} is not allowed; must be a whole number or nothing"))
    return Workload(context=int(text))


def _single(text: str) -> Accelerator:
    return load_accelerator(text.removesuffix(ON_BOTH_SIDES))


def _cost(model: Model, hardware: str, workload: Workload) -> Numeric:
    if hardware == BEST_PAIR:
        return cheapest(Scenario(model=model, accelerators=list(ACCELERATORS), workload=workload)).pair.total
    accelerator = _single(hardware)
    return decode_cost(model, attention_on=accelerator, ffn_on=accelerator, workload=workload).total


def _minimum_sparsity(accelerator: Accelerator) -> Numeric:
    model, workload = load_model(TABLE_7_MODEL), Workload(context=REFERENCE_CONTEXT)
    return sparsity_floor(model, accelerator, workload, Sla()).minimum


_OF_MODEL: dict[str, Callable[[Model, Workload], Numeric]] = {
    "kv_bytes": lambda model, workload: model.decode_work(workload).kv_bytes,
    "attention_core_flops": lambda model, workload: model.decode_work(workload).core_flops,
    "attention_linear_flops": lambda model, workload: model.decode_work(workload).linear_flops,
    "ffn_flops": lambda model, workload: model.decode_work(workload).ffn_flops,
    "attention_intensity": lambda model, workload: model.decode_work(workload).arithmetic_intensity,
}

_OF_ACCELERATOR: dict[str, Callable[[Accelerator], Numeric]] = {
    "price": lambda accelerator: accelerator.price(),
    "bf16_rate": lambda accelerator: accelerator.flops_per_second(16),
    "fp8_rate": lambda accelerator: accelerator.flops_per_second(8),
    "bandwidth": lambda accelerator: accelerator.bandwidth(),
    "ridge": lambda accelerator: accelerator.ridge(),
    "usd_per_flop": usd_per_flop,
    "usd_per_byte": usd_per_byte,
    "minimum_sparsity": _minimum_sparsity,
}

_OF_BOTH: dict[str, Callable[[Model, str, Workload], Numeric]] = {
    "attention_cost": lambda model, on, workload: attention_cost(model.decode_work(workload), _single(on)).total,
    "ffn_cost": lambda model, on, workload: ffn_cost(model.decode_work(workload), _single(on)),
    "cost": _cost,
    "training_cost": lambda model, on, workload: training_cost(model, _single(on), workload),
}

FORMULAS = {
    "kv_bytes": "cached bytes per token x C, sum over layers",
    "attention_core_flops": "4 x heads x width x C, sum over layers",
    "attention_linear_flops": "2 x projection parameters, sum over layers",
    "ffn_flops": "2 x activated FFN parameters, sum over layers",
    "attention_intensity": "core FLOPs / KV bytes",
    "price": "P, from its source",
    "bf16_rate": "R, from its source",
    "fp8_rate": "R, from its source",
    "bandwidth": "W, from its source",
    "ridge": "R / W",
    "usd_per_flop": "P / 3600 / R",
    "usd_per_byte": "P / 3600 / W",
    "minimum_sparsity": "3 H x ridge x L x stages / (2 Net x TPOT)",
    "attention_cost": "P / 3600 x (max(core / R, KV bytes / W) + projections / R)",
    "ffn_cost": "P / 3600 x FFN FLOPs / R",
    "cost": "attention cost + FFN cost, each on its accelerator",
    "training_cost": "P / 3600 x 3 x forward FLOPs / R",
}
"""By quantity; the widths of MLA and Lightning attention are those of their own formulas (docs/formulas.md)."""
