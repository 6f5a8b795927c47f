"""Dotted field paths: names of single fields of a scenario, for sweeps, links and controls.

`attention.0.heads`, `ffn.1.experts`, `hidden` reach into the model; `workload.context`, `sla.tpot` and
`accelerators.h20.usd_per_hour` (by id) into the rest.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, reduce
from typing import Any, TypeVar

from costmodel.errors import DomainError, Problem, UnknownNameError
from costmodel.scenario import Scenario
from costmodel.spec import Check, Choice, Field, Rule, Spec, is_array

AnySpec = TypeVar("AnySpec", bound=Spec)
Steps = tuple[str, ...]
Builder = Callable[[Any, dict[str, Any]], Any]

_MODEL = "model."
_ROOTS = tuple(name for name in Scenario.model_fields if name != "model")


def fields(scenario: Scenario) -> dict[str, Field | Choice]:
    """Every documented field of a scenario by its path, in the order of declaration."""
    return {path: field for path, _, field, _ in _walk(scenario)}


def values(scenario: Scenario) -> dict[str, Any]:
    """The value of every documented field by its path, in the order of declaration."""
    return {path: current for path, _, _, current in _walk(scenario)}


def value(scenario: Scenario, path: str) -> Any:
    """The value at a path; UnknownNameError when there is no such field."""
    return reduce(_child, _steps(scenario, path), scenario)


def update(scenario: Scenario, changes: Mapping[str, Any], check: Check = Check.ALL) -> Scenario:
    """The scenario with the values at some paths changed to numbers or arrays, all at once; DomainError names the path.

    `Check.RELATIONS` trusts values that were checked on their own, as those of an axis are. `Check.NOTHING` is for
    searches, where combinations that break a relation are not refused but counted: see `relations`.
    """
    steps = {_steps(scenario, path): new for path, new in changes.items()}
    validated = check is Check.ALL and not any(map(is_array, changes.values()))

    def build(node: Spec, values: dict[str, Any]) -> Spec:
        return node.replace(**values) if validated else node.update(values, check)

    return _rebuild(scenario, steps, build, "")


def replace_valid(scenario: Scenario, changes: Mapping[str, Any]) -> tuple[Scenario, list[Problem]]:
    """Apply the changes that are valid together; report a problem for each of the others.

    All at once first, because some are only valid together; then without those under the refusing part; then the rest
    one by one, until none is valid any more.
    """
    pending = dict(changes)
    try:
        return update(scenario, pending), []
    except DomainError as error:
        refusing = tuple(problem.field for problem in error.problems)
    fitting = {path: new for path, new in pending.items() if not path.startswith(refusing)}
    try:
        scenario = update(scenario, fitting)
    except DomainError:
        fitting = {}
    pending = {path: new for path, new in pending.items() if path not in fitting}
    reasons: dict[str, str] = {}
    progress = True
    while pending and progress:
        progress = False
        for path, new in list(pending.items()):
            try:
                scenario = update(scenario, {path: new})
            except DomainError as error:
                reasons[path] = error.problems[0].reason
            else:
                progress = True
                del pending[path]
    return scenario, [Problem(path, reasons[path]) for path in pending]


def relations(spec: Spec) -> Iterator[Rule]:
    """Every relation between fields in a spec and the specs inside it, always in the same order."""
    yield from spec.rules()
    for name in _parts(type(spec)):
        child = getattr(spec, name)
        for member in child if isinstance(child, tuple) else (child,):
            if isinstance(member, Spec):
                yield from relations(member)


@cache
def _numbers_and_parts(kind: type[Spec]) -> tuple[str, ...]:
    """Documented fields and `_parts`, in the order of declaration."""
    return tuple(name for name in kind.model_fields if name in kind.quantities() or name in _parts(kind))


@cache
def _parts(kind: type[Spec]) -> tuple[str, ...]:
    """Fields that may hold further specs with numbers in them: neither numbers themselves nor sources."""
    return tuple(name for name in kind.model_fields if name not in kind.quantities() and name != "sources")


def _rebuild(node: AnySpec, changes: Mapping[Steps, Any], build: Builder, prefix: str) -> AnySpec:
    values = {steps[0]: new for steps, new in changes.items() if len(steps) == 1}
    for name, nested in _by_head({steps: new for steps, new in changes.items() if len(steps) > 1}).items():
        child = getattr(node, name)
        if isinstance(child, Spec):
            values[name] = _rebuild(child, nested, build, f"{prefix}{name}.")
        else:
            members = dict(zip(_keys(child), child, strict=True))
            for key, inner in _by_head(nested).items():
                members[key] = _rebuild(members[key], inner, build, f"{prefix}{name}.{key}.")
            values[name] = tuple(members.values())
    try:
        return build(node, values)  # type: ignore[no-any-return]
    except DomainError as error:
        raise DomainError(
            Problem(f"{prefix}{problem.field}".removeprefix(_MODEL).rstrip("."), problem.reason, problem.origin)
            for problem in error.problems
        ) from None


def _by_head(changes: Mapping[Steps, Any]) -> dict[str, dict[Steps, Any]]:
    grouped: dict[str, dict[Steps, Any]] = {}
    for (head, *rest), new in changes.items():
        grouped.setdefault(head, {})[tuple(rest)] = new
    return grouped


def _walk(spec: Spec, steps: Steps = ()) -> Iterator[tuple[str, Steps, Field | Choice, Any]]:
    documented = spec.quantities()
    for name in _numbers_and_parts(type(spec)):
        child, here = getattr(spec, name), (*steps, name)
        if name in documented:
            yield ".".join(here).removeprefix(_MODEL), here, documented[name], child
        elif isinstance(child, Spec):
            yield from _walk(child, here)
        elif isinstance(child, tuple) and all(isinstance(member, Spec) for member in child):
            for key, member in zip(_keys(child), child, strict=True):
                yield from _walk(member, (*here, key))


def _keys(members: tuple[Any, ...]) -> list[str]:
    """Members with an id are addressed by it, the others by position."""
    # A default for getattr would be simpler, but pydantic takes long to say that there is no such attribute.
    return [member.id if "id" in type(member).model_fields else str(index) for index, member in enumerate(members)]


def _child(node: Any, step: str) -> Any:
    """The member at a step of a path; None when there is none."""
    if isinstance(node, Spec):
        return getattr(node, step, None)
    keys = _keys(node) if isinstance(node, tuple) else []
    return node[keys.index(step)] if step in keys else None


def _steps(scenario: Scenario, path: str) -> Steps:
    """The steps of a path; UnknownNameError lists near matches of one that leads to no documented field.

    They are followed from the top: a whole walk for every path would cost most of a page's time.
    """
    first, *rest = path.split(".")
    steps = (first, *rest) if first in _ROOTS else ("model", first, *rest)
    node = reduce(_child, steps[:-1], scenario)
    if isinstance(node, Spec) and steps[-1] in node.quantities():
        return steps
    raise UnknownNameError("field path", path, fields(scenario))
