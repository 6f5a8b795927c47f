"""A search in a link: the scenario, and beside it axes, objectives and constraints that differ from the default.

v=2&model=step-3&search.axis.attention.0.heads=32..128..16&search.minimise=cost; kv_bytes&search.where=
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from costmodel.designspace.design_search import DesignSearch, default_search
from costmodel.errors import Problem, near_matches, quote
from costmodel.io.link import MOST_HINTS, SEARCH_PREFIX, Pairs, admitted_settings, from_query, query_pairs
from costmodel.paths import fields
from costmodel.scenario import Scenario
from costmodel.spec import Field

AXIS = f"{SEARCH_PREFIX}axis."
TERMS = ("minimise", "maximise", "where")
SEPARATOR = ";"
LONGEST_TERMS = 1_000


@dataclass(frozen=True)
class SearchLink:
    """A search as read, and each parameter of the query that could not be applied."""

    search: DesignSearch
    problems: tuple[Problem, ...]


def search_of_query(query: str) -> SearchLink:
    """The search of a link's query; invalid parameters are skipped and listed as problems.

    >>> found = search_of_query("model=step-3&search.axis.ffn.1.top_k=2..4&search.where=cost <= 0.06; kv_bytes >= 1e8")
    >>> found.search.axes, found.search.where
    ({'ffn.1.top_k': '2..4'}, ('cost <= 0.06', 'kv_bytes >= 1e8'))
    """
    link = from_query(query)
    named, refused = admitted_settings(query_pairs(query) or [], (SEARCH_PREFIX,))
    asked, problems = read_search(named, link.scenario)
    return SearchLink(asked, (*link.problems, *refused, *problems))


def read_search(named: Mapping[str, str], scenario: Scenario) -> tuple[DesignSearch, list[Problem]]:
    """The search that some parameters ask for, the default one where they are silent, and what is refused of them."""
    start = default_search(scenario)
    known = {path: field for path, field in fields(scenario).items() if isinstance(field, Field)}
    axes: dict[str, str] = {}
    terms = {name: tuple(getattr(start, name)) for name in TERMS}
    problems: list[Problem] = []
    for name, text in named.items():
        part = name.removeprefix(SEARCH_PREFIX)
        if name.startswith(AXIS) and name.removeprefix(AXIS) in known:
            axes[name.removeprefix(AXIS)] = text
        elif name.startswith(AXIS):
            path = name.removeprefix(AXIS)
            hint = near_matches(path, known) if len(problems) < MOST_HINTS else ""
            problems.append(Problem(name, f"there is no such field in this scenario{hint}"))
        elif part not in TERMS:
            problems.append(
                Problem(name, f"a search has no {quote(part)}; it has axis.<field path>, {', '.join(TERMS)}")
            )
        elif len(text) > LONGEST_TERMS:
            problems.append(Problem(name, f"is longer than {LONGEST_TERMS:,} characters"))
        else:
            terms[part] = tuple(filter(None, map(str.strip, text.split(SEPARATOR))))
    return DesignSearch(scenario, axes or start.axes, **terms), problems


def search_pairs(asked: DesignSearch) -> Pairs:
    """Name and text of every parameter that a link to this search holds beside those of its scenario."""
    start = default_search(asked.scenario)
    axes = [(f"{AXIS}{path}", text) for path, text in asked.axes.items()]
    terms = [(name, getattr(asked, name)) for name in TERMS if getattr(asked, name) != getattr(start, name)]
    return axes + [(f"{SEARCH_PREFIX}{name}", joined(listed)) for name, listed in terms]


def joined(expressions: Iterable[str]) -> str:
    """Objectives or constraints as one text."""
    return f"{SEPARATOR} ".join(expressions)
