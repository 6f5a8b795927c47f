"""A scenario as the readable query of a link: a named preset plus only what differs from it, and back.

    v=2&model=step-3&attention.0.heads=96&accelerators=h800.h20&accelerators.h20.usd_per_hour=0.9&workload.context=32768

A model without a preset is described in full, as a custom accelerator is; what was edited of it since follows with
`edited.` before each name.

Reading never fails: what is valid is applied, and every rejected parameter is named with its reason. What says nothing
about the scenario is ignored: designs, a search and settings of a front end's pages, which a link holds beside it, and
what others add to a link to count its visitors.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from costmodel.accelerator import Accelerator
from costmodel.defaults import DEFAULT_ACCELERATORS, DEFAULT_MODEL, default_scenario
from costmodel.differences import ACCELERATORS, AUTOMATIC, GIVEN, PLACEMENT, changes, preset_of
from costmodel.errors import CostModelError, DomainError, Problem, UnknownNameError, near_matches, quote
from costmodel.io import old_links
from costmodel.io.inline_model import inline_model, inline_pairs, is_inline, words
from costmodel.io.numbers import read, write
from costmodel.io.old_links import upgraded_pairs
from costmodel.io.presets import accelerators, load_accelerator, load_model, models, price_book_id, price_books
from costmodel.mechanism import Mechanism
from costmodel.model import MOST_GROUPS, STACKS, Model
from costmodel.paths import fields, replace_valid
from costmodel.placement import Placement
from costmodel.scenario import MINE, MOST_ACCELERATORS, PRESET_PRICES, Scenario, priced
from costmodel.trace_text import LONGEST_TEXT

VERSION = "2"

ACCELERATOR_SEPARATOR = "."
"""Between the ids of accelerators, which hold no dot; a browser would show a comma as %2C. Commas are read too."""

# The longest link there can be, of 8 layer groups in each stack, all of them edited, and 24 custom accelerators, has
# fewer. With the settings of pages there are at most 1,000, beyond which Streamlit reads none.
MOST_PARAMETERS = 800
MOST_HINTS = 10
LONGEST_NAME = 100
LONGEST_VALUE = 1500
LONGER_VALUES = {"demand.trace": LONGEST_TEXT}

# A search over every field of the largest model has fewer; the longest value lists eight designs.
MOST_SETTINGS = 200
LONGEST_SETTING = 8 * LONGEST_VALUE

DESIGNS_PARAMETER = "designs"
SEARCH_PREFIX = "search."
PAGE_PREFIX = "page."
FOREIGN = ("fbclid", "gclid", "ref")
FOREIGN_PREFIX = "utm_"

EDITED_PREFIX = "edited."
"""Before the names of what was edited of a model that the link describes in full."""

Pairs = list[tuple[str, str]]

_GROUP = re.compile(r"0|[1-9][0-9]?")
_STRUCTURE = re.compile(rf"({'|'.join(STACKS)})\.(groups|({_GROUP.pattern})\.kind)")


@dataclass(frozen=True)
class Link:
    """A link as read: the scenario, and each parameter that could not be applied."""

    scenario: Scenario
    problems: tuple[Problem, ...]


def to_query(scenario: Scenario) -> str:
    """The query of a link to this scenario, in a stable order, without the question field."""
    return urlencode(to_pairs(scenario), safe=",.:")


def from_query(query: str) -> Link:
    """The scenario of a query; invalid parameters are skipped and listed as problems."""
    pairs = query_pairs(query)
    if pairs is None:
        return Link(default_scenario(), (Problem("link", f"has more than {3 * MOST_PARAMETERS} parameters"),))
    return from_pairs(scenario_pairs(pairs))


def query_pairs(query: str) -> Pairs | None:
    """The parameters of a query under the names of today; None where they are far too many."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=3 * MOST_PARAMETERS)
    except ValueError:
        return None
    return upgraded_pairs(pairs)


def scenario_pairs(pairs: Iterable[tuple[str, str]]) -> Pairs:
    """The parameters of a query that are about the scenario, or mean to be."""
    foreign = (FOREIGN_PREFIX, PAGE_PREFIX, SEARCH_PREFIX)
    unrelated = (*FOREIGN, DESIGNS_PARAMETER)
    return [pair for pair in upgraded_pairs(pairs) if pair[0] not in unrelated and not pair[0].startswith(foreign)]


def admitted_settings(
    pairs: Iterable[tuple[str, str]], prefixes: tuple[str, ...] = (DESIGNS_PARAMETER, SEARCH_PREFIX, PAGE_PREFIX)
) -> tuple[dict[str, str], list[Problem]]:
    """What a query holds beside the scenario under some prefixes, by the names of today, and what is refused of it."""
    beside = [pair for pair in upgraded_pairs(pairs) if _is_under(pair[0], prefixes)]
    return admitted_pairs(beside, most=MOST_SETTINGS, longest=LONGEST_SETTING, what="settings of pages")


def _is_under(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name.startswith(prefix) if prefix.endswith(".") else name == prefix for prefix in prefixes)


def to_pairs(scenario: Scenario) -> Pairs:
    """Name and text of every parameter that a link to this scenario holds."""
    model = scenario.model
    is_own = model.id not in models()
    differing = {
        f"{EDITED_PREFIX}{change.path}" if is_own and change.of_design else change.path: change.value
        for change in changes(scenario)
    }
    if ACCELERATORS in differing:
        differing[ACCELERATORS] = ACCELERATOR_SEPARATOR.join(differing[ACCELERATORS])
    own = inline_pairs(preset_of(model)) if is_own else []
    pairs = [("v", VERSION), ("model", model.id), *own, *((path, write(now)) for path, now in differing.items())]
    known = accelerators()
    return pairs + [pair for each in scenario.accelerators if each.id not in known for pair in _filled(each)]


def from_pairs(pairs: Iterable[tuple[str, str]]) -> Link:
    """The scenario of some parameters; invalid ones are skipped and listed as problems."""
    given, problems = admitted_pairs(upgraded_pairs(pairs))
    if given.pop("v", VERSION) != VERSION:
        problems.append(Problem("v", f"only versions {old_links.VERSION} and {VERSION} are known; read as {VERSION}"))
    start = _model(given, problems)
    given = _with_edits(given, start, problems)
    preset = start.model_copy(update=words(given, problems))
    structure = {name: given.pop(name) for name in list(given) if _is_structure(name)}
    model, rejected = _restructured(preset, structure)
    problems += rejected
    prices = _prices(given, problems)
    accelerators, built = _accelerators(given, problems)
    parts = {
        "accelerators": tuple(priced(each, prices) for each in accelerators),
        "prices": prices,
        PLACEMENT: _placement(given, problems),
    }
    given = {name: text for name, text in given.items() if name not in built}
    scenario, rejected = _filled_in(_start(model, parts), given)
    try:
        scenario.model.check_relations()
    except DomainError as error:
        problems += (Problem(name, error.problems[0].reason) for name in structure)
        scenario, rejected = _filled_in(_start(preset, parts), given)
    if start.id not in models():
        scenario = scenario.replace(model=scenario.model.started_from(start))
    return Link(scenario, (*problems, *rejected))


def _with_edits(given: dict[str, str], start: Model, problems: list[Problem]) -> dict[str, str]:
    """The parameters with edits of a model that the link describes in full under the names of what they change."""
    edits = {name for name in given if name.startswith(EDITED_PREFIX)}
    if start.id in models():
        problems += (Problem(name, "is not used: the link describes no model of its own") for name in edits)
        return {name: text for name, text in given.items() if name not in edits}
    return {name.removeprefix(EDITED_PREFIX): text for name, text in given.items()}


def _start(model: Model, parts: Mapping[str, Any]) -> Scenario:
    """Starting scenario of the fields of a link. Depths may agree only with the link's layers in place."""
    return default_scenario().model_copy(update={"model": model, **parts})


def _filled_in(start: Scenario, given: Mapping[str, str]) -> tuple[Scenario, list[Problem]]:
    """The scenario with every field that could be read and applied, and what could not."""
    known = fields(start)
    unknown = [name for name in given if name not in known]
    # Looking for near matches takes milliseconds each, which a link of hundreds of them could abuse.
    hints = [near_matches(name, known) for name in unknown[:MOST_HINTS]] + [""] * len(unknown[MOST_HINTS:])
    problems = [Problem(name, f"unknown parameter{hint}") for name, hint in zip(unknown, hints, strict=True)]
    changes: dict[str, Any] = {}
    for name, text in given.items():
        if name not in known:
            continue
        try:
            changes[name] = read(known[name], text)
        except DomainError as error:
            problems.append(Problem(name, error.problems[0].reason))
    scenario, refused = replace_valid(start, changes)
    return scenario, [*problems, *refused]


def admitted_pairs(
    pairs: Iterable[tuple[str, str]],
    *,
    most: int = MOST_PARAMETERS,
    longest: int = LONGEST_VALUE,
    what: str = "parameters",
) -> tuple[dict[str, str], list[Problem]]:
    """Parameters by name; surplus, overlong and repeated ones are skipped, each with a problem.

    At most `most` are read, each with a value of at most `longest` characters; `what` they are called where they are
    too many.
    """
    given: dict[str, str] = {}
    twice: set[str] = set()
    problems: list[Problem] = []
    for number, (name, text) in enumerate(pairs):
        if number >= most:
            problems.append(Problem("link", f"has more than {most} {what}; the rest is not read"))
            break
        if len(name) > LONGEST_NAME:
            problems.append(Problem(name[:LONGEST_NAME], f"has a name of more than {LONGEST_NAME} characters"))
        elif len(text) > (most_characters := LONGER_VALUES.get(name, longest)):
            problems.append(Problem(name, f"is longer than {most_characters:,} characters"))
        elif name in given or name in twice:
            twice.add(name)
            given.pop(name, None)
        else:
            given[name] = text
    problems += (Problem(name, "is given twice; neither value is used") for name in sorted(twice))
    return given, problems


def _model(given: dict[str, str], problems: list[Problem]) -> Model:
    """The preset that a link starts from, or the model that it describes in full."""
    name = given.pop("model", DEFAULT_MODEL)
    if name not in models() and is_inline(given):
        return inline_model(name, given, problems) or load_model(DEFAULT_MODEL)
    try:
        return load_model(name)
    except CostModelError as error:
        problems.append(Problem("model", str(error)))
        return load_model(DEFAULT_MODEL)


def _prices(given: dict[str, str], problems: list[Problem]) -> str:
    name = price_book_id(given.pop("prices", PRESET_PRICES))
    known = (PRESET_PRICES, MINE, *price_books())
    if name in known:
        return name
    problems.append(Problem("prices", str(UnknownNameError("price book", name, known))))
    return PRESET_PRICES


def _placement(given: dict[str, str], problems: list[Problem]) -> Placement | None:
    """The placement that the fields of a link start from; without `placement=given` its fields are problems."""
    text = given.pop(PLACEMENT, AUTOMATIC)
    if text == GIVEN:
        return Placement()
    if text != AUTOMATIC:
        problems.append(Problem(PLACEMENT, f"{quote(text)} is not allowed; must be {AUTOMATIC} or {GIVEN}"))
    for name in [name for name in given if name.startswith(f"{PLACEMENT}.")]:
        del given[name]
        problems.append(Problem(name, f"is not used: it needs {PLACEMENT}={GIVEN}"))
    return None


def _is_structure(name: str) -> bool:
    return _STRUCTURE.fullmatch(name) is not None


def _restructured(model: Model, structure: Mapping[str, str]) -> tuple[Model, list[Problem]]:
    """The model with the number and kinds of groups that parameters ask for; depths are settled later by the fields."""
    problems: list[Problem] = []
    stacks: dict[str, list[Mechanism]] = {stack: list(getattr(model, stack)) for stack in STACKS}
    for name, text in sorted(structure.items(), key=lambda item: not item[0].endswith(".groups")):
        stack, index, *_ = name.split(".")
        groups = stacks[stack]
        if index == "groups":
            if _GROUP.fullmatch(text) and 1 <= int(text) <= MOST_GROUPS:
                last = groups[-1]
                stacks[stack] = (groups + [last] * MOST_GROUPS)[: int(text)]
            else:
                problems.append(Problem(name, f"{quote(text)} is not allowed; must be 1 to {MOST_GROUPS}"))
            continue
        kinds = {kind.tag(): kind for kind in STACKS[stack]}
        if int(index) >= len(groups):
            problems.append(Problem(name, f"there is no such layer group; this model has {len(groups)}"))
        elif text not in kinds:
            problems.append(Problem(name, f"{quote(text)} is not allowed; must be one of {', '.join(kinds)}"))
        else:
            groups[int(index)] = kinds[text].like(groups[int(index)])[0]
    return model.model_copy(update={stack: tuple(groups) for stack, groups in stacks.items()}), problems


def _filled(accelerator: Accelerator) -> Pairs:
    """The fields of a custom accelerator that are not at their default."""
    defaults = {name: field.default for name, field in Accelerator.model_fields.items()}
    return [
        (f"{ACCELERATORS}.{accelerator.id}.{name}", write(getattr(accelerator, name)))
        for name in accelerator.quantities()
        if getattr(accelerator, name) != defaults[name]
    ]


def _accelerators(given: dict[str, str], problems: list[Problem]) -> tuple[list[Accelerator], set[str]]:
    """The accelerators a link lists, and the parameters used up in building custom ones."""
    found: list[Accelerator] = []
    used: set[str] = set()
    known = accelerators()
    text = given.pop("accelerators", ACCELERATOR_SEPARATOR.join(DEFAULT_ACCELERATORS))
    for accelerator_id in text.split("," if "," in text else ACCELERATOR_SEPARATOR)[: MOST_ACCELERATORS + 1]:
        if len(found) == MOST_ACCELERATORS or accelerator_id in [accelerator.id for accelerator in found]:
            problems.append(
                Problem(
                    "accelerators",
                    f"{quote(accelerator_id)} is listed twice, or beyond {MOST_ACCELERATORS} accelerators",
                )
            )
            continue
        prefix = f"accelerators.{accelerator_id}."
        own = {name: text for name, text in given.items() if name.startswith(prefix)}
        try:
            if accelerator_id in known:
                found.append(load_accelerator(accelerator_id))
            elif own:
                used |= own.keys()
                found.append(
                    _custom_accelerator(accelerator_id, {name.removeprefix(prefix): text for name, text in own.items()})
                )
            else:
                problems.append(Problem("accelerators", str(UnknownNameError("accelerator", accelerator_id, known))))
        except DomainError as error:
            refused = {f"{prefix}{problem.field}".rstrip("."): problem.reason for problem in error.problems}
            problems += (Problem(name, reason) for name, reason in refused.items())
            unused = f"is not used: there is no accelerator {accelerator_id} without the others"
            problems += (Problem(name, unused) for name in own if name not in refused)
    if not found:
        problems.append(Problem("accelerators", "names no usable accelerator; the paper's four are used"))
        found = [load_accelerator(accelerator) for accelerator in DEFAULT_ACCELERATORS]
    return found, used


def _custom_accelerator(accelerator_id: str, texts: Mapping[str, str]) -> Accelerator:
    """The accelerator of some parameters; DomainError lists each one that is refused."""
    known = Accelerator.quantities()
    values: dict[str, Any] = {}
    refused: list[Problem] = []
    for name, text in texts.items():
        if name not in known:
            hint = near_matches(name, known) if len(refused) < MOST_HINTS else ""
            refused.append(Problem(name, f"unknown parameter{hint}"))
            continue
        try:
            values[name] = read(known[name], text)
        except DomainError as error:
            refused.append(Problem(name, error.problems[0].reason))
    if refused:
        raise DomainError(refused)
    return Accelerator.custom(accelerator_id, **values)
