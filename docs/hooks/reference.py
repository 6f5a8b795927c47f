"""The reference pages: public names by task, every field and metric, the presets, and the formulas behind them."""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import costmodel as cm

FORMULA = re.compile(r"\[`?([\w.]+)`?\]\((?:\.\./)+(costmodel(?:/\w+)+)\.py\)")
Pages = dict[str, Callable[[], str]]


@dataclass(frozen=True)
class Stub:
    """The public names as `costmodel/__init__.pyi` groups them: title of a group, then full names."""

    groups: dict[str, list[str]]
    formulas: list[str]

    @staticmethod
    @cache
    def read(root: Path) -> "Stub":
        """The groups of the stub, and the objects that docs/formulas.md names beside them."""
        groups: dict[str, list[str]] = {}
        for line in (root / "costmodel" / "__init__.pyi").read_text(encoding="utf-8").splitlines()[1:]:
            if line.startswith("# "):
                groups[line.removeprefix("# ")] = []
            elif line.startswith("from "):
                (statement,) = ast.parse(line).body
                if isinstance(statement, ast.ImportFrom):
                    full = [f"costmodel.{statement.module}.{alias.name}" for alias in statement.names]
                    groups[list(groups)[-1]] += full
        public = {name for names in groups.values() for name in names}
        text = (root / "docs" / "formulas.md").read_text(encoding="utf-8")
        named = {f"{module.replace('/', '.')}.{name.split('.')[0]}": None for name, module in FORMULA.findall(text)}
        return Stub(groups, [name for name in named if name not in public])

    def has(self, identifier: str) -> bool:
        """True when a reference page shows that object or the class that it belongs to."""
        shown = {name for names in self.groups.values() for name in names} | set(self.formulas)
        return identifier in shown or identifier.rpartition(".")[0] in shown


def pages(root: Path) -> Pages:
    """Name and text of every reference page, in the order of the navigation."""
    stub = Stub.read(root)
    found: Pages = {f"reference/{_slug(title)}.md": partial(_group, title) for title in stub.groups}
    found["reference/formulas-behind.md"] = _formulas
    found["reference/table-of-fields.md"] = _fields
    found["reference/table-of-mechanisms.md"] = _mechanisms
    found["reference/table-of-metrics.md"] = _metrics
    found["reference/table-of-presets.md"] = _presets
    return found


def _slug(title: str) -> str:
    return re.sub(r"\W+", "-", re.split("[,:]", title)[0].lower()).strip("-")


def _group(title: str) -> str:
    names = Stub.read(Path(__file__).parents[2]).groups[title]
    return f"# {title}\n\n" + "\n".join(map(_entry, names))


def _entry(full: str) -> str:
    """One public name; a description has a table of its fields instead of the signature that all share."""
    shown = getattr(cm, full.rpartition(".")[2])
    if not (isinstance(shown, type) and issubclass(shown, cm.Spec) and shown.quantities()):
        return f"::: {full}\n"
    table = f"\nFields: [table](table-of-fields.md#{shown.__name__.lower()}).\n" if not shown.__subclasses__() else ""
    return f"::: {full}\n    options:\n      merge_init_into_class: false\n{table}"


def _formulas() -> str:
    names = Stub.read(Path(__file__).parents[2]).formulas
    intro = "Functions and classes behind the public names that the [list of formulas](../formulas.md) refers to."
    return f"# Formulas behind the public names\n\n{intro}\n\n" + "\n".join(f"::: {name}\n" for name in names)


def _fields() -> str:
    """A table for each description: the metadata of its fields."""
    lines = [
        "# Table of fields",
        "",
        "Every number and word that a preset, a link, a sweep axis or a control can set, from the metadata that all of "
        "them read. An empty default means that the field must be given.",
    ]
    for spec in sorted(_with_fields(cm.Spec), key=lambda spec: (spec.__module__, spec.__name__)):
        lines += ["", f"## {spec.__name__}", "", _summary(spec.__doc__), ""]
        lines += [_row("field", "label", "unit", "allowed", "default", "meaning"), _row(*["---"] * 6)]
        for name, field in spec.quantities().items():
            given = spec.model_fields[name]
            default = "" if given.is_required() else ("nothing" if given.default is None else str(given.default))
            unit = getattr(field, "unit", "")
            lines.append(_row(f"`{name}`", field.label, unit, field.allowed(), default, field.help))
    return "\n".join(lines) + "\n"


def _with_fields(spec: type[cm.Spec]) -> set[type[cm.Spec]]:
    """Every description with fields that is not a base of others."""
    for name in cm.__all__:
        getattr(cm, name)
    below = {found for child in spec.__subclasses__() for found in _with_fields(child)}
    own = {spec} if spec.quantities() and not spec.__subclasses__() and not spec.__name__.startswith("_") else set()
    return below | own


def _metrics() -> str:
    lines = [
        "# Table of metrics",
        "",
        "What `sweep` returns, `search` ranks by, and `report` and the API hold, by name.",
        "",
        _row("metric", "meaning", "unit", "better", "for each accelerator"),
        _row(*["---"] * 5),
    ]
    for name, metric in cm.METRICS.items():
        each = "yes" if metric.per_accelerator else ""
        lines.append(_row(f"`{name}`", metric.label, metric.unit, metric.better or "", each))
    return "\n".join(lines) + "\n"


def _mechanisms() -> str:
    lines = [
        "# Table of mechanisms",
        "",
        "The kinds of layer groups, with their formulas per layer where the mechanism states them. Letters are those "
        "of the [nomenclature](../nomenclature.md); the class of each gives sources and deviations.",
    ]
    for stack, kinds in cm.STACKS.items():
        stated = next((kind.formulas._fields for kind in kinds if hasattr(kind, "formulas")), ())
        lines += ["", f"## {stack.capitalize() if stack != 'ffn' else 'FFN'}", ""]
        lines += [_row("kind", "mechanism", "what it is", *stated), _row(*["---"] * (3 + len(stated)))]
        for kind in kinds:
            formulas = [getattr(kind.formulas, name) for name in stated]
            lines.append(_row(f"`{kind.tag()}`", kind.label, _summary(kind.__doc__), *formulas))
    return "\n".join(lines) + "\n"


def _presets() -> str:
    lines = ["# Table of presets", "", "## Models", ""]
    lines += [_row("preset", "name", "layers", "stored", "active", "collections", "source"), _row(*["---"] * 7)]
    for name in cm.models():
        model = cm.load_model(name)
        counts = [f"{float(count) / 1e9:,.1f} B" for count in (model.parameters.total, model.parameters.active)]
        collections, source = ", ".join(model.collections), model.sources[0].title
        lines.append(_row(f"`{name}`", model.name, str(model.layers), *counts, collections, source))
    lines += ["", "## Accelerators", ""]
    lines += [_row("preset", "name", "basis", "USD/h", "BF16 TFLOP/s", "TB/s", "source"), _row(*["---"] * 7)]
    for name in cm.accelerators():
        on = cm.load_accelerator(name)
        price = "unknown" if on.usd_per_hour is None else f"{on.usd_per_hour:g}"
        rate = "unknown" if on.bf16_flops_per_second is None else f"{on.bf16_flops_per_second / 1e12:,.0f}"
        bandwidth = "unknown" if on.bytes_per_second is None else f"{on.bytes_per_second / 1e12:g}"
        lines.append(_row(f"`{name}`", on.name, on.basis, price, rate, bandwidth, on.sources[0].title))
    return "\n".join(lines) + "\n"


def _summary(text: str | None) -> str:
    """The first paragraph of a docstring."""
    return " ".join((text or "").strip().partition("\n\n")[0].split())


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
