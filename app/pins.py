"""Designs pinned for comparison: each a model preset plus what differs, kept in the URL beside the Scenario."""

from app import session
from costmodel import DEFAULT_ACCELERATORS, Problem, Scenario, default_scenario, from_query, to_query, values

PARAMETER = "page.compare.designs"
SEPARATOR = "|"
MOST_PINS = 8

DEFAULT = ("step-3", "deepseek-v3", "qwen3-235b-a22b")


def designs(scenario: Scenario) -> tuple[dict[str, Scenario], list[Problem]]:
    """The pinned designs by name, each at the workload and on the accelerators of `scenario`; and what could not be
    read.
    """
    text = session.get_page(PARAMETER)
    queries = [f"model={name}" for name in DEFAULT] if text is None else text.split(SEPARATOR, MOST_PINS)
    found: dict[str, Scenario] = {}
    problems: list[Problem] = []
    if len(queries) > MOST_PINS:
        problems.append(Problem(PARAMETER, f"lists more than {MOST_PINS} designs; the rest is not read"))
    for query in filter(None, queries[:MOST_PINS]):
        link = from_query(query)
        problems += (Problem(f"pinned design, {each.field}", each.reason) for each in link.problems)
        placed = scenario.replace(model=link.scenario.model)
        found[_name(placed, found)] = placed
    return found, problems


def pin(scenario: Scenario) -> str:
    """Add the scenario's design to the pinned ones; the same design twice stays once. Returns its name there."""
    pinned = designs(scenario)[0]
    for name, other in pinned.items():
        if other.model == scenario.model:
            return name
    _keep([*pinned.values(), scenario])
    return _name(scenario, pinned)


def keep_only(names: list[str], scenario: Scenario) -> None:
    """Unpin every design that is not named."""
    _keep([design for name, design in designs(scenario)[0].items() if name in names])


def _keep(kept: list[Scenario]) -> None:
    """Write designs into the URL: the newest, as many as a link that is opened again may list."""
    base = default_scenario(accelerators=DEFAULT_ACCELERATORS)
    queries = [to_query(base.replace(model=each.model)) for each in kept[-MOST_PINS:]]
    while len(SEPARATOR.join(queries)) > session.LONGEST_SETTING:
        queries.pop(0)
    session.set_page(PARAMETER, SEPARATOR.join(queries))


def _name(scenario: Scenario, taken: dict[str, Scenario]) -> str:
    """The model's name, with what was changed; numbered where two are still alike."""
    model = scenario.model
    now, before = values(scenario), values(scenario.replace(model=default_scenario(model.id).model))
    changed = [
        f"{path.rpartition('.')[2].replace('_', ' ')} {now[path]}" for path in now if now[path] != before.get(path)
    ]
    rest = f", {len(changed) - 2} more" if len(changed) > 2 else ""
    name = f"{model.name} ({', '.join(changed[:2])}{rest})" if changed else model.name
    return name if name not in taken else f"{name} #{len(taken) + 1}"
