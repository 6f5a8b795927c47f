"""Several designs in one link: each a model preset plus what differs, to be compared under one scenario."""

from collections.abc import Iterable

from costmodel.defaults import default_scenario
from costmodel.differences import Change, changes
from costmodel.errors import Problem
from costmodel.io.inline_model import NAME
from costmodel.io.link import DESIGNS_PARAMETER, admitted_settings, from_query, query_pairs, to_query
from costmodel.scenario import Scenario

SEPARATOR = "|"
MOST_DESIGNS = 8
DEFAULT_DESIGNS = ("step-3", "deepseek-v3", "qwen3-235b-a22b")
NAMED_CHANGES = 2

Designs = dict[str, Scenario]


def read_designs(text: str | None, scenario: Scenario) -> tuple[Designs, list[Problem]]:
    """The designs of a link's parameter by name, each at the workload, accelerators and SLA of the scenario.

    None gives the default designs. At most `MOST_DESIGNS` are read; what could not be applied is a problem.
    """
    queries = [f"model={name}" for name in DEFAULT_DESIGNS] if text is None else text.split(SEPARATOR, MOST_DESIGNS)
    found: Designs = {}
    problems: list[Problem] = []
    if len(queries) > MOST_DESIGNS:
        problems.append(Problem(DESIGNS_PARAMETER, f"lists more than {MOST_DESIGNS} designs; the rest is not read"))
    for query in filter(None, queries[:MOST_DESIGNS]):
        link = from_query(query)
        problems += (Problem(f"pinned design, {each.field}", each.reason) for each in link.problems)
        placed = scenario.replace(model=link.scenario.model)
        found[design_name(placed, found)] = placed
    return found, problems


def write_designs(designs: Iterable[Scenario]) -> str:
    """The parameter that `read_designs` reads back."""
    base = default_scenario()
    return SEPARATOR.join(to_query(base.replace(model=each.model)) for each in designs)


def designs_of_query(query: str) -> tuple[Designs, list[Problem]]:
    """The scenario of a link's query with each of the designs that the link lists, and every problem in it."""
    link = from_query(query)
    listed, refused = admitted_settings(query_pairs(query) or [], (DESIGNS_PARAMETER,))
    designs, problems = read_designs(listed.get(DESIGNS_PARAMETER), link.scenario)
    return designs, [*link.problems, *refused, *problems]


def design_name(scenario: Scenario, taken: Iterable[str] = ()) -> str:
    """The model's name with its first changes; numbered where it is taken."""
    model = scenario.model
    changed = [_words(each) for each in changes(scenario) if each.of_design and each.path != NAME]
    rest = f", {len(changed) - NAMED_CHANGES} more" if len(changed) > NAMED_CHANGES else ""
    name = f"{model.name} ({', '.join(changed[:NAMED_CHANGES])}{rest})" if changed else model.name
    others = list(taken)
    return name if name not in others else f"{name} #{len(others) + 1}"


def _words(change: Change) -> str:
    """A change as a short phrase: `heads 96`."""
    return f"{change.path.rpartition('.')[2].replace('_', ' ')} {change.value}"
