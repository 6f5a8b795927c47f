"""A scenario as a small TOML file that reads like its link: a preset, its accelerators, and what differs.

title = "Step-3 at 32K on H20 and H800"
model = "step-3"
accelerators = ["h800", "h20"]

[set]
"workload.context" = 32768

Where it was asked, the designs to compare and the search of a space follow:

[[designs]]
model = "deepseek-v3"

[search]
minimise = ["cost"]

[search.axes]
"attention.0.heads" = "32..128..16"
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from costmodel.defaults import default_scenario
from costmodel.designspace.design_search import DesignSearch
from costmodel.errors import PresetError, Problem, quote
from costmodel.io import old_links
from costmodel.io.designs import SEPARATOR, Designs, read_designs
from costmodel.io.inline_model import NAME
from costmodel.io.link import (
    DESIGNS_PARAMETER,
    SEARCH_PREFIX,
    VERSION,
    Link,
    Pairs,
    admitted_settings,
    from_pairs,
    from_query,
    query_pairs,
    to_pairs,
)
from costmodel.io.numbers import write
from costmodel.io.presets import find, names
from costmodel.io.search_link import AXIS, TERMS, joined, read_search
from costmodel.scenario import Scenario
from costmodel.trace import BYTE_ORDER_MARK
from costmodel.trace_text import LONGEST_TEXT as LONGEST_TRACE

LARGEST_FILE = 1_000_000
LONGEST_TEXT = 300
LONGEST_LINE = 2_000
LARGEST_NUMBER = 10**300

# The one long line that a file may hold.
_TRACE = re.compile(rf'"demand\.trace" = "[0-9._,]{{1,{LONGEST_TRACE}}}"', re.ASCII)
_TOP = ("title", "summary", "v", "model", "accelerators", "set", "designs", "search")
_VERSIONS = (old_links.VERSION, VERSION)


@dataclass(frozen=True)
class ScenarioFile:
    """A file's title, its one-line summary and the scenario with the problems found in reading it.

    `designs` (by name, each at the scenario) and `search` are None where the file holds none.
    """

    title: str
    summary: str
    link: Link
    designs: Designs | None = None
    search: DesignSearch | None = None


def scenarios() -> list[str]:
    """Names of all scenario presets, sorted."""
    return names("scenarios")


@lru_cache(maxsize=256)
def load_scenario(name: str) -> ScenarioFile:
    """The scenario preset of that name; UnknownNameError lists near matches, PresetError says what is wrong in it."""
    path = find("scenarios", name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PresetError(f"cannot be read: {error}").at(path.name) from None
    file = from_toml(text)
    if file.link.problems:
        raise PresetError(file.link.problems).at(path.name)
    return file


def to_toml(
    scenario: Scenario,
    title: str = "My scenario",
    summary: str = "",
    *,
    designs: Iterable[Scenario] | None = None,
    search: DesignSearch | None = None,
) -> str:
    """The file of a scenario, of designs to compare and of a search; `from_toml` gives back exactly these."""
    lines = [f"title = {_text(title)}"]
    if summary:
        lines.append(f"summary = {_text(summary)}")
    pairs = dict(to_pairs(scenario))
    lines += [f'v = "{pairs.pop("v")}"', f'model = "{pairs.pop("model")}"']
    pairs.pop("accelerators", None)
    lines.append(f"accelerators = {_list(accelerator.id for accelerator in scenario.accelerators)}")
    lines += _table("set", pairs)
    for design in designs or ():
        own = dict(to_pairs(default_scenario().replace(model=design.model)))
        lines += ["", "[[designs]]", f'model = "{own.pop("model")}"']
        lines += _table("designs.set", {name: text for name, text in own.items() if name != "v"})
    if search is not None:
        lines += ["", "[search]", *(f"{name} = {_list(getattr(search, name))}" for name in TERMS)]
        lines += ["", "[search.axes]", *(f'"{path}" = {_text(text)}' for path, text in search.axes.items())]
    return "\n".join(lines) + "\n"


def file_of_query(query: str) -> ScenarioFile:
    """All that a link's query asks: the scenario, and the designs and the search where it names any."""
    pairs = query_pairs(query) or []
    link, problems = from_query(query), []
    listed, refused = admitted_settings(pairs, (DESIGNS_PARAMETER, SEARCH_PREFIX))
    problems += refused
    text = listed.pop(DESIGNS_PARAMETER, None)
    designs = search = None
    if text is not None:
        designs, refused = read_designs(text, link.scenario)
        problems += refused
    if listed:
        search, refused = read_search(listed, link.scenario)
        problems += refused
    return ScenarioFile("My scenario", "", Link(link.scenario, (*link.problems, *problems)), designs, search)


def from_toml(text: str) -> ScenarioFile:
    """The scenario of a file's text; invalid entries are skipped and listed. PresetError for no TOML or too much."""
    text = text.removeprefix(BYTE_ORDER_MARK)
    if len(text) > LARGEST_FILE:
        raise PresetError(f"a scenario file holds at most {LARGEST_FILE:,} characters, got {len(text):,}")
    # A key of thousands of dotted parts would keep the reader of TOML busy for half a minute.
    if any(len(line) > LONGEST_LINE and not _TRACE.fullmatch(line) for line in text.splitlines()):
        raise PresetError(f"a line of a scenario file holds at most {LONGEST_LINE:,} characters")
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise PresetError(f"is not a TOML file: {str(error)[:200]}") from None
    problems = [
        Problem(name[:60], f"unknown field; known: {', '.join(_TOP)}") for name in data if name not in (*_TOP, "cards")
    ]
    title, summary = (_line(data, name, problems) for name in ("title", "summary"))
    link = from_pairs(_pairs(data, problems))
    problems += link.problems
    designs = _designs(data["designs"], link.scenario, problems) if "designs" in data else None
    search = _search(data["search"], link.scenario, problems) if "search" in data else None
    return ScenarioFile(title, summary, Link(link.scenario, tuple(problems)), designs, search)


def _designs(listed: object, scenario: Scenario, problems: list[Problem]) -> Designs:
    """The designs of a file, each a preset and what differs."""
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        problems.append(Problem("designs", "must be a list of tables with a model and a table of what differs"))
        return {}
    unknown = dict.fromkeys(name for each in listed for name in each if name not in ("model", "set"))
    problems += (Problem(f"designs.{name[:60]}", "unknown field; known: model, set") for name in unknown)
    queries = [urlencode(_pairs({"v": VERSION} | each, problems)) for each in listed]
    designs, refused = read_designs(SEPARATOR.join(queries), scenario)
    problems += refused
    return designs


def _search(table: object, scenario: Scenario, problems: list[Problem]) -> DesignSearch:
    """The search of a file; what it does not name is that of the default one."""
    given = dict(table) if isinstance(table, dict) else {"": table}
    axes = given.pop("axes", {})
    named = {}
    for name, entry in given.items():
        listed = [entry] if isinstance(entry, str) else entry
        if isinstance(listed, list) and all(isinstance(each, str) for each in listed):
            named[f"{SEARCH_PREFIX}{name[:60]}"] = joined(listed)
        else:
            problems.append(Problem(f"{SEARCH_PREFIX}{name[:60]}", "must be a list of expressions"))
    for path, text in axes.items() if isinstance(axes, dict) else [("", None)]:
        if isinstance(text, str):
            named[f"{AXIS}{path[:60]}"] = text
        else:
            problems.append(Problem(f"{AXIS}{path[:60]}", "must be a text such as 16..256..16 or 64, 128"))
    found, refused = read_search(named, scenario)
    problems += refused
    return found


def _table(name: str, pairs: dict[str, str]) -> list[str]:
    """The lines of a table of field paths and values; none where it is empty."""
    return ["", f"[{name}]", *(f'"{path}" = {_value(path, text)}' for path, text in pairs.items())] if pairs else []


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _pairs(data: dict[str, object], problems: list[Problem]) -> Pairs:
    pairs: Pairs = []
    version = data.get("v", old_links.VERSION)
    if isinstance(version, str) or str(version) in _VERSIONS:
        pairs.append(("v", str(version)))
    else:
        problems.append(Problem("v", f"{quote(version)} is not allowed; must be one of {', '.join(_VERSIONS)}"))
    model, changes = data.get("model"), data.get("set", {})
    # Files of version 1 list `cards`.
    accelerators = data.get("accelerators", data.get("cards"))
    if isinstance(model, str):
        pairs.append(("model", model))
    else:
        problems.append(Problem("model", f"{quote(model)} is not allowed; must be the name of a model preset"))
    if isinstance(accelerators, list) and all(isinstance(accelerator, str) for accelerator in accelerators):
        pairs.append(("accelerators", ",".join(accelerators)))
    elif accelerators is not None:
        problems.append(Problem("accelerators", "must be a list of accelerator names"))
    if not isinstance(changes, dict):
        problems.append(Problem("set", "must be a table of field paths and values"))
        return pairs
    for name, entry in changes.items():
        if isinstance(entry, str):
            pairs.append((name, entry))
        elif isinstance(entry, int | float) and not isinstance(entry, bool) and abs(entry) < LARGEST_NUMBER:
            pairs.append((name, write(entry)))
        else:
            problems.append(Problem(name[:60], f"{quote(entry)} is not allowed; must be a number or a word"))
    return pairs


def _line(data: dict[str, object], name: str, problems: list[Problem]) -> str:
    entry = data.get(name, "")
    if isinstance(entry, str) and len(entry) <= LONGEST_TEXT and entry.isprintable():
        return entry
    problems.append(Problem(name, f"must be one line of at most {LONGEST_TEXT} characters"))
    return ""


def _text(line: str) -> str:
    escaped = "".join(char for char in line if char.isprintable()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _value(path: str, text: str) -> str:
    """A number stays a number, a word is quoted; a name is a word whatever is in it."""
    if path == NAME:
        return _text(text)
    try:
        float(text)
    except ValueError:
        return f'"{text}"'
    return text
