"""A model without a preset in a link: every field that is not at its default, as of a custom accelerator.

model=my-model&name=My+model&hidden=4096&vocabulary=128256&attention.0.kind=gqa&attention.0.layers=32&...

Its source is the user who entered it.
"""

from collections.abc import Mapping
from typing import Any

from costmodel.errors import DomainError, Problem, near_matches, quote
from costmodel.io.numbers import read, write
from costmodel.model import MOST_GROUPS, STACKS, Model
from costmodel.source import Source
from costmodel.spec import Spec

NAME, TIED, KIND = "name", "tied_embeddings", "kind"
WORDS = {"true": True, "false": False}
LONGEST_NAME = 80
MOST_HINTS = 10
ENTERED = Source(
    title="Entered by a user", locator="this scenario", covers=("attention", "ffn", "hidden", "vocabulary")
)

Pairs = list[tuple[str, str]]


def inline_pairs(model: Model) -> Pairs:
    """Name and text of every parameter that `inline_model` builds the model from again, in the order of its fields."""
    pairs = [(NAME, model.name), *_filled(model, "")]
    if model.tied_embeddings:
        pairs.append((TIED, "true"))
    for stack in STACKS:
        for index, group in enumerate(getattr(model, stack)):
            pairs += [(f"{stack}.{index}.{KIND}", group.tag()), *_filled(group, f"{stack}.{index}.")]
    return pairs


def is_inline(given: Mapping[str, str]) -> bool:
    """True where parameters name a mechanism for both stacks: they describe a whole model."""
    return all(f"{stack}.0.{KIND}" in given for stack in STACKS)


def inline_model(model_id: str, given: dict[str, str], problems: list[Problem]) -> Model | None:
    """The model of some parameters, which are taken out of `given`.

    Every parameter that could not be read is a problem, and has its default where there is one; None where it has none.
    """
    values: dict[str, Any] = {"id": model_id, "name": model_id, "sources": (ENTERED,)}
    values |= words(given, problems) | _read(Model, given, "", problems)
    for stack in STACKS:
        groups = []
        for index in range(MOST_GROUPS):
            prefix = f"{stack}.{index}."
            own = {path.removeprefix(prefix): given.pop(path) for path in list(given) if path.startswith(prefix)}
            if not own:
                break
            groups.append(_group(stack, own, prefix, problems))
        values[stack] = tuple(groups)
    try:
        return Model(**values)
    except DomainError as error:
        known = {problem.field for problem in problems}
        problems += (problem for problem in error.problems if problem.field not in known)
        return None


def words(given: dict[str, str], problems: list[Problem]) -> dict[str, Any]:
    """Name and tied embeddings of a design, taken out of `given`: what a link holds of a model beside numbers."""
    found: dict[str, Any] = {}
    name, tied = given.pop(NAME, None), given.pop(TIED, None)
    if name is not None:
        if name.strip() and name.isprintable() and len(name) <= LONGEST_NAME:
            found[NAME] = name.strip()
        else:
            problems.append(Problem(NAME, f"must be one line of 1 to {LONGEST_NAME} characters"))
    if tied is not None:
        if tied in WORDS:
            found[TIED] = WORDS[tied]
        else:
            problems.append(Problem(TIED, f"{quote(tied)} is not allowed; must be one of {', '.join(WORDS)}"))
    return found


def _filled(spec: Spec, prefix: str) -> Pairs:
    """The fields that are not at their default."""
    known = type(spec).model_fields
    return [
        (f"{prefix}{name}", write(getattr(spec, name)))
        for name in spec.quantities()
        if getattr(spec, name) != known[name].default
    ]


def _group(stack: str, own: dict[str, str], prefix: str, problems: list[Problem]) -> dict[str, Any]:
    """The fields of one layer group; what is wrong with its mechanism is left to the model to refuse."""
    kind = own.pop(KIND, "")
    mechanism = next((each for each in STACKS[stack] if each.tag() == kind), None)
    if mechanism is None:
        return {KIND: kind}
    values = _read(mechanism, own, prefix, problems)
    for name in own:
        hint = near_matches(name, mechanism.quantities()) if len(problems) < MOST_HINTS else ""
        problems.append(Problem(f"{prefix}{name}", f"unknown parameter{hint}"))
    return {KIND: kind, **values}


def _read(kind: type[Spec], given: dict[str, str], prefix: str, problems: list[Problem]) -> dict[str, Any]:
    """The values of the fields of a spec, taken out of `given`."""
    values: dict[str, Any] = {}
    for name, field in kind.quantities().items():
        if name not in given:
            continue
        try:
            values[name] = read(field, given.pop(name))
        except DomainError as error:
            problems.append(Problem(f"{prefix}{name}", error.problems[0].reason))
    return values
