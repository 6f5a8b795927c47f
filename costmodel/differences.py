"""Differences of a scenario from its presets and the default scenario, and how to undo each."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from costmodel.defaults import DEFAULT_ACCELERATORS, default_scenario
from costmodel.errors import DomainError, Problem, UnknownNameError, quote
from costmodel.io.presets import accelerators, load_accelerator, load_model, models
from costmodel.mechanism import Mechanism
from costmodel.model import STACKS, Model
from costmodel.paths import fields, replace_valid, values
from costmodel.placement import Placement
from costmodel.scenario import Scenario, priced
from costmodel.spec import Choice, Field

ACCELERATORS = "accelerators"
GROUPS = "groups"
KIND = "kind"
PLACEMENT = "placement"
WORDS = {"name": "Name", "tied_embeddings": "Tied embeddings"}
"""What a model holds beside numbers and its layer groups."""

AUTOMATIC = "automatic"
"""A scenario without a placement of its own."""

GIVEN = "given"
"""A scenario with one."""

Result = tuple[Scenario, list[Problem]]


@dataclass(frozen=True)
class Change:
    """One difference: where, the value it starts from, the present value, and the field with unit and range, if any.

    Beside the paths of fields there are `accelerators` (ids), `attention.groups` (how many) and `attention.0.kind`
    (a mechanism), the last two for either stack, `name` and `tied_embeddings` of the model, and `placement` (automatic
    or given).
    """

    path: str
    label: str
    before: Any
    value: Any
    field: Field | Choice | None = None

    @property
    def unit(self) -> str:
        """Unit of both values; empty where they have none."""
        return getattr(self.field, "unit", "")

    @property
    def of_design(self) -> bool:
        """True where it changes the model."""
        return self.path.split(".")[0] in Model.model_fields


class Swap(NamedTuple):
    """The scenario after a swap of mechanisms, the fields at a starting value, and the lost changes."""

    scenario: Scenario
    chosen: dict[str, Any]
    problems: list[Problem]


def changes(scenario: Scenario) -> tuple[Change, ...]:
    """Every difference: layer groups and mechanisms first, then the list of accelerators, then fields in their order.

    Fields of the model are compared to its preset, or to what it was before it was `edited`; those of an accelerator to
    its preset and the scenario's price book, all others to the default scenario. Where a mechanism was swapped, its
    fields are compared to what carries over from the preset's. An accelerator without a preset is a change of the list
    only.

    >>> import costmodel as cm
    >>> [(each.path, each.before, each.value) for each in changes(cm.from_query("attention.0.heads=96").scenario)]
    [('attention.0.heads', 64, 96)]
    """
    known, now, before = fields(scenario), values(scenario), preset_values(scenario)
    labels = _labels(scenario, known)
    moved = (Change(path, labels[path], before[path], now[path], known[path]) for path in now)
    return (
        *_words(scenario.model),
        *_structure(scenario.model),
        *_listed(scenario),
        *_placed(scenario),
        *(each for each in moved if each.before != each.value),
    )


def preset_values(scenario: Scenario) -> dict[str, Any]:
    """Reference value of each field by path, from presets and defaults."""
    return values(_start(scenario))


def reset(scenario: Scenario, path: str) -> Result:
    """Undo one change; report a Problem if the reference value conflicts with other changes."""
    found = {change.path: change for change in changes(scenario)}
    if path not in found:
        raise UnknownNameError("change", path, found)
    try:
        return _undone(scenario, found[path])
    except DomainError as error:
        return scenario, [Problem(path, problem.reason) for problem in error.problems]


def _undone(scenario: Scenario, change: Change) -> Result:
    if change.field is not None:
        return replace_valid(scenario, {change.path: change.before})
    if change.path == ACCELERATORS:
        held = {accelerator.id: accelerator for accelerator in scenario.accelerators}
        return scenario.replace(accelerators=[held.get(name) or load_accelerator(name) for name in change.before]), []
    if change.path in WORDS:
        return scenario.replace(model=scenario.model.replace(**{change.path: change.before})), []
    if change.path == PLACEMENT:
        return scenario.replace(placement=None), []
    stack, index, *_ = change.path.split(".")
    if index == GROUPS:
        now, home = getattr(scenario.model, stack), getattr(preset_of(scenario.model), stack)
        return _with_groups(scenario, stack, (*now[: len(home)], *home[len(now) :])), []
    swap = swap_mechanism(scenario, stack, int(index), change.before)
    return swap.scenario, swap.problems


def swap_mechanism(scenario: Scenario, stack: str, index: int, kind: str) -> Swap:
    """Another mechanism in one layer group.

    Changes of the group carry over where the new mechanism has the field; all other fields start at the preset's group.
    Swapping back to the preset's mechanism restores the group.
    """
    groups: tuple[Mechanism, ...] = getattr(scenario.model, stack)
    kinds = {each.tag(): each for each in STACKS[stack]}
    if kind not in kinds:
        raise UnknownNameError("mechanism", kind, kinds)
    home, lost = _changed_home(_home(scenario.model, stack, index), groups[index])
    problems = [Problem(f"{stack}.{index}.{each.field}", each.reason) for each in lost]
    new, chosen = (home, {}) if kind == home.tag() else kinds[kind].like(home)
    return Swap(_with_groups(scenario, stack, (*groups[:index], new, *groups[index + 1 :])), chosen, problems)


def _changed_home(home: Mechanism, group: Mechanism) -> tuple[Mechanism, list[Problem]]:
    """The preset's group with those changes of a swapped one that it has a field for; and those that break a rule."""
    kind = type(home)
    if type(group) is kind:
        return group, []
    before, now = kind.like(_like(home, type(group)))[0], kind.like(group)[0]
    changed = {name: getattr(now, name) for name in kind.quantities() if getattr(now, name) != getattr(before, name)}
    try:
        return home.replace(**changed), []
    except DomainError:
        lost = []
        for name, value in changed.items():
            try:
                home = home.replace(**{name: value})
            except DomainError as error:
                lost += [Problem(name, f"{quote(value)} does not carry over; {each.reason}") for each in error.problems]
        return home, lost


def _start(scenario: Scenario) -> Scenario:
    """The scenario with the same layer groups, mechanisms and accelerators, and every field where it starts from."""
    model, known = scenario.model, accelerators()
    stacks = {
        stack: tuple(
            _like(_home(model, stack, index), type(group)) for index, group in enumerate(getattr(model, stack))
        )
        for stack in STACKS
    }
    prices = scenario.prices
    listed = [priced(load_accelerator(each.id), prices) if each.id in known else each for each in scenario.accelerators]
    preset = preset_of(model).model_copy(update=stacks)
    placement = None if scenario.placement is None else Placement()
    return default_scenario().model_copy(update={"model": preset, ACCELERATORS: tuple(listed), PLACEMENT: placement})


def preset_of(model: Model) -> Model:
    """The preset that a design started from; where there is none, the design as it was imported or entered."""
    return load_model(model.id) if model.id in models() else model.start


def edited(before: Scenario, after: Scenario) -> Scenario:
    """`after`, an edit of `before`; a design without a preset remembers what it started from.

    >>> import costmodel as cm
    >>> mine = cm.default_scenario().replace(model=cm.load_model("step-3").replace(id="mine"))
    >>> after = edited(mine, cm.update(mine, {"attention.0.heads": 96}))
    >>> [(each.path, each.before, each.value) for each in changes(after)]
    [('attention.0.heads', 64, 96)]
    """
    if after.model is before.model or after.model.id in models() or after.model == before.model:
        return after
    return after.replace(model=after.model.started_from(preset_of(before.model)))


def _home(model: Model, stack: str, index: int) -> Mechanism:
    """The preset's group that a group started from: the last one for those beyond its end."""
    groups: tuple[Mechanism, ...] = getattr(preset_of(model), stack)
    return groups[min(index, len(groups) - 1)]


def _like(home: Mechanism, kind: type[Mechanism]) -> Mechanism:
    return home if type(home) is kind else kind.like(home)[0]


def _with_groups(scenario: Scenario, stack: str, groups: tuple[Mechanism, ...]) -> Scenario:
    return scenario.replace(model=scenario.model.replace(**{stack: groups}))


def _words(model: Model) -> Iterator[Change]:
    preset = preset_of(model)
    for name, label in WORDS.items():
        if getattr(model, name) != getattr(preset, name):
            yield Change(name, label, getattr(preset, name), getattr(model, name))


def _structure(model: Model) -> Iterator[Change]:
    preset = preset_of(model)
    for stack in STACKS:
        title = stack.capitalize() if stack == "attention" else stack.upper()
        now, then = getattr(model, stack), getattr(preset, stack)
        if len(now) != len(then):
            yield Change(f"{stack}.{GROUPS}", f"{title} layer groups", len(then), len(now))
        for index, group in enumerate(now):
            home = _home(model, stack, index)
            if type(group) is not type(home):
                yield Change(f"{stack}.{index}.{KIND}", f"{title} mechanism", home.tag(), group.tag())


def _listed(scenario: Scenario) -> Iterator[Change]:
    ids = tuple(accelerator.id for accelerator in scenario.accelerators)
    if ids != DEFAULT_ACCELERATORS:
        yield Change(ACCELERATORS, "Accelerators", DEFAULT_ACCELERATORS, ids)


def _placed(scenario: Scenario) -> Iterator[Change]:
    if scenario.placement is not None:
        yield Change(PLACEMENT, "Placement", AUTOMATIC, GIVEN)


def _labels(scenario: Scenario, known: dict[str, Field | Choice]) -> dict[str, str]:
    """A label for each path: that of the field, with the name of the accelerator or mechanism where it needs one."""
    names: dict[str, str] = {each.id: each.name for each in scenario.accelerators}
    often = Counter(field.label for field in known.values())
    found = {}
    for path, field in known.items():
        first, middle, *_ = (*path.split("."), "")
        if first == ACCELERATORS:
            found[path] = f"{names[middle]}: {field.label}"
        elif first in STACKS and often[field.label] > 1:
            found[path] = f"{getattr(scenario.model, first)[int(middle)].label}: {field.label}"
        else:
            found[path] = field.label
    return found
