"""The scenario that the arguments of a command describe: a start, and what is changed in it."""

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints
from urllib.parse import parse_qsl, urlencode, urlsplit

import typer

import costmodel as cm

MODEL_HELP = "Model preset; without it that of --from, or Step-3."
FROM_HELP = "Link of the app, its query, a scenario file (.toml), a config.json, or a scenario preset to start from."
ON_HELP = "Accelerators, separated by commas."
CONTEXT_HELP = "Cached tokens that a decoded token attends to."
SET_HELP = "A field and its value, such as attention.0.heads=96 or sla.tpot=0.03; may be repeated."
CSV_HELP = "Print a table in CSV."
JSON_HELP = "Print everything as JSON, in base units."
LIST_SEPARATOR = ","


def starting_with(names: Iterable[str]) -> Callable[[str], list[str]]:
    """Shell completion from a list of names; the last of several that are separated by commas is completed."""

    def completed(typed: str) -> list[str]:
        before, comma, last = typed.rpartition(LIST_SEPARATOR)
        return [f"{before}{comma}{name}" for name in names if name.startswith(last)]

    return completed


def model_names(typed: str) -> list[str]:
    """Shell completion of a model preset."""
    return starting_with(cm.models())(typed)


def accelerator_names(typed: str) -> list[str]:
    """Shell completion of a list of accelerator presets."""
    return starting_with(cm.accelerators())(typed)


def scenario_names(typed: str) -> list[str]:
    """Shell completion of a scenario preset."""
    return starting_with(cm.scenarios())(typed)


Csv = Annotated[bool, typer.Option("--csv", help=CSV_HELP)]
Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
From = Annotated[str, typer.Option("--from", metavar="LINK|FILE", help=FROM_HELP, autocompletion=scenario_names)]


@dataclass(frozen=True)
class Asked:
    """The arguments that every command about a scenario takes."""

    model: Annotated[str, typer.Argument(metavar="MODEL", help=MODEL_HELP, autocompletion=model_names)] = ""
    source: From = ""
    on: Annotated[str, typer.Option("--on", metavar="IDS", help=ON_HELP, autocompletion=accelerator_names)] = ""
    context: Annotated[str, typer.Option("--context", metavar="TOKENS", help=CONTEXT_HELP)] = ""
    changes: Annotated[list[str] | None, typer.Option("--set", "-s", metavar="FIELD=VALUE", help=SET_HELP)] = None

    def having(self, fields: Mapping[str, str]) -> "Asked":
        """The same with some parameters set."""
        return replace(self, changes=[*(self.changes or ()), *(f"{name}={text}" for name, text in fields.items())])

    @property
    def query(self) -> str:
        """The query of a link to what is asked; DomainError where --from or --set cannot be read."""
        pairs = dict(start_pairs(self.source))
        named = {"model": self.model, "accelerators": self.on, "workload.context": self.context}
        pairs |= {name: text for name, text in named.items() if text}
        for change in self.changes or ():
            name, equals, text = change.partition("=")
            if not equals:
                raise cm.DomainError(cm.Problem("--set", f"{change!r} is not allowed; must be FIELD=VALUE"))
            edit = f"{cm.EDITED_PREFIX}{name.strip()}"
            pairs[edit if edit in pairs else name.strip()] = text.strip()
        return urlencode(pairs)

    def search(self) -> cm.DesignSearch:
        """The search; DomainError lists every parameter that cannot be applied."""
        link = cm.search_of_query(self.query)
        if link.problems:
            raise cm.DomainError(link.problems)
        return link.search

    def scenario(self) -> cm.Scenario:
        """The scenario; DomainError lists every parameter that cannot be applied."""
        link = cm.from_query(self.query)
        if link.problems:
            raise cm.DomainError(link.problems)
        return link.scenario


def start_pairs(source: str) -> list[tuple[str, str]]:
    """The parameters of a link, a query, a file or a scenario preset; none where it is empty."""
    if source.endswith(".toml"):
        return _file_pairs(cm.from_toml(_text(Path(source))))
    if source.endswith(".json"):
        model = cm.read_huggingface(Path(source)).model
        return cm.to_pairs(cm.default_scenario().replace(model=model))
    if source in cm.scenarios():
        return _file_pairs(cm.load_scenario(source))
    query = urlsplit(source).query if "?" in source else source
    if query and "=" not in query:
        known = f"must be a link, a file ending in .toml or .json, or one of {', '.join(cm.scenarios())}"
        raise cm.DomainError(cm.Problem("--from", f"{source!r} is not allowed; {known}"))
    pairs = cm.upgraded_pairs(parse_qsl(query, keep_blank_values=True))
    counts = Counter(name for name, _ in pairs)
    if twice := [cm.Problem(name, "is given twice in --from") for name, count in counts.items() if count > 1]:
        raise cm.DomainError(twice)
    return pairs


def _file_pairs(file: cm.ScenarioFile) -> list[tuple[str, str]]:
    if file.link.problems:
        raise cm.DomainError(file.link.problems)
    designs = [] if file.designs is None else [(cm.DESIGNS_PARAMETER, cm.write_designs(file.designs.values()))]
    search = [] if file.search is None else cm.search_pairs(file.search)
    return [*cm.to_pairs(file.link.scenario), *designs, *search]


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(cm.LARGEST_FILE + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise cm.DomainError(cm.Problem("--from", f"cannot be read: {error}")) from None


def of_scenario(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose first parameter is what is asked, with the arguments of `Asked` in its place."""
    hints = get_type_hints(Asked, include_extras=True)
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    parts = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[name])
        for name, field in Asked.__dataclass_fields__.items()
    ]

    @wraps(command)
    def asked(**given: Any) -> None:
        command(Asked(**{part.name: given.pop(part.name) for part in parts}), **given)

    parameters = [*parts, *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own)]
    asked.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    asked.__annotations__ = {each.name: each.annotation for each in parameters} | {"return": None}
    del asked.__wrapped__
    return asked
