"""Dotted field paths, the names by which sweeps, links and controls address one number of a scenario.

`attention.0.heads`, `ffn.1.experts`, `hidden` reach into the model; `workload.context`, `sla.tpot` and
`accelerators.h20.usd_per_hour` (by id) into the rest.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, TypeVar

from costmodel.errors import DomainError, Problem, UnknownNameError
from costmodel.scenario import Scenario
from costmodel.spec import Choice, Field, Rule, Spec
from costmodel.units import Numeric

AnySpec = TypeVar("AnySpec", bound=Spec)
Steps = tuple[str, ...]
Builder = Callable[[Any, dict[str, Any]], Any]

_MODEL = "model."
_ROOTS = ("accelerators", "workload", "sla")


def fields(scenario: Scenario) -> dict[str, Field | Choice]:
    """Every documented field of a scenario by its path, in the order of declaration."""
    return {path: mark for path, _, mark, _ in _walk(scenario)}


def values(scenario: Scenario) -> dict[str, Any]:
    """The value of every documented field by its path, in the order of declaration."""
    return {path: current for path, _, _, current in _walk(scenario)}


def value(scenario: Scenario, path: str) -> Any:
    """The value at a path; UnknownNameError when there is no such field."""
    node: Any = scenario
    for step in _steps(scenario, [path])[0]:
        node = getattr(node, step) if isinstance(node, Spec) else node[_keys(node).index(step)]
    return node


def replace(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """A validated scenario with the values at some paths changed, all at once; DomainError names the path refused."""

    def build(node: Spec, values: dict[str, Any]) -> Spec:
        return node.replace(**values)

    steps = _steps(scenario, changes)
    return _rebuild(scenario, dict(zip(steps, changes.values(), strict=True)), build, "")


def replace_valid(scenario: Scenario, changes: Mapping[str, Any]) -> tuple[Scenario, list[Problem]]:
    """As many of the changes as fit together, and a problem for each one that does not.

    All at once first, because some only fit together; then without those under the part that refused; then those one
    by one, as long as one more fits.
    """
    pending = dict(changes)
    try:
        return replace(scenario, pending), []
    except DomainError as error:
        refusing = tuple(problem.field for problem in error.problems)
    fitting = {path: new for path, new in pending.items() if not path.startswith(refusing)}
    try:
        scenario = replace(scenario, fitting)
    except DomainError:
        fitting = {}
    pending = {path: new for path, new in pending.items() if path not in fitting}
    reasons: dict[str, str] = {}
    progress = True
    while pending and progress:
        progress = False
        for path, new in list(pending.items()):
            try:
                scenario = replace(scenario, {path: new})
            except DomainError as error:
                reasons[path] = error.problems[0].reason
            else:
                progress = True
                del pending[path]
    return scenario, [Problem(path, reasons[path]) for path in pending]


def with_arrays(scenario: Scenario, arrays: Mapping[str, Numeric]) -> Scenario:
    """A scenario whose fields at some paths hold arrays, each element and each combination validated."""

    def build(node: Spec, values: dict[str, Any]) -> Spec:
        marks = node.quantities()
        leaves = {name: array for name, array in values.items() if name in marks}
        nested = {name: child for name, child in values.items() if name not in marks}
        return node.with_unchecked(nested).with_arrays(**leaves)

    steps = _steps(scenario, arrays)
    return _rebuild(scenario, dict(zip(steps, arrays.values(), strict=True)), build, "")


def with_checked_arrays(scenario: Scenario, arrays: Mapping[str, Numeric]) -> Scenario:
    """A scenario whose fields at some paths hold arrays of values already checked; combinations are not checked.

    For searches, where combinations that break a relation are not refused but counted: see `relations`.
    """

    def build(node: Spec, values: dict[str, Any]) -> Spec:
        return node.model_copy(update=values)

    steps = _steps(scenario, arrays)
    return _rebuild(scenario, dict(zip(steps, arrays.values(), strict=True)), build, "")


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
            members = list(child)
            for key, inner in _by_head(nested).items():
                index = _keys(child).index(key)
                members[index] = _rebuild(members[index], inner, build, f"{prefix}{name}.{key}.")
            values[name] = tuple(members)
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
    marks = spec.quantities()
    for name in _numbers_and_parts(type(spec)):
        child, here = getattr(spec, name), (*steps, name)
        if name in marks:
            yield ".".join(here).removeprefix(_MODEL), here, marks[name], child
        elif isinstance(child, Spec):
            yield from _walk(child, here)
        elif isinstance(child, tuple) and all(isinstance(member, Spec) for member in child):
            for key, member in zip(_keys(child), child, strict=True):
                yield from _walk(member, (*here, key))


def _keys(members: tuple[Any, ...]) -> list[str]:
    """Members with an id are addressed by it, the others by position."""
    # A default for getattr would be simpler, but pydantic takes long to say that there is no such attribute.
    return [member.id if "id" in type(member).model_fields else str(index) for index, member in enumerate(members)]


def _steps(scenario: Scenario, paths: Iterable[str]) -> list[Steps]:
    """The steps of each path; UnknownNameError lists near matches of one that leads to no documented field."""
    found = []
    for path in paths:
        steps = _resolved(scenario, path)
        if steps is None:
            raise UnknownNameError("field path", path, fields(scenario))
        found.append(steps)
    return found


def _resolved(scenario: Scenario, path: str) -> Steps | None:
    """The steps of one path, followed from the top: a whole walk for every path would cost most of a page's time."""
    first, *rest = path.split(".")
    steps = (first, *rest) if first in _ROOTS else ("model", first, *rest)
    node: Any = scenario
    for step in steps[:-1]:
        if isinstance(node, Spec):
            node = getattr(node, step, None)
        elif isinstance(node, tuple) and step in (keys := _keys(node)):
            node = node[keys.index(step)]
        else:
            return None
    return steps if isinstance(node, Spec) and steps[-1] in node.quantities() else None
