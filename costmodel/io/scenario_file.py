"""A scenario as a small TOML file that reads like its link: a preset, its accelerators, and what differs.

title = "Step-3 at 32K on H20 and H800"
model = "step-3"
accelerators = ["h800", "h20"]

[set]
"workload.context" = 32768
"""

import tomllib
from dataclasses import dataclass
from functools import lru_cache

from costmodel.errors import PresetError, Problem, quote
from costmodel.io import link_v1
from costmodel.io.inline_model import NAME
from costmodel.io.link import VERSION, Link, Pairs, from_pairs, to_pairs
from costmodel.io.numbers import write
from costmodel.io.presets import find, names
from costmodel.scenario import Scenario
from costmodel.trace import BYTE_ORDER_MARK

LARGEST_FILE = 64_000
LONGEST_TEXT = 300
LONGEST_LINE = 2_000
LARGEST_NUMBER = 10**300

_TOP = ("title", "summary", "v", "model", "accelerators", "set")
_VERSIONS = (link_v1.VERSION, VERSION)


@dataclass(frozen=True)
class ScenarioFile:
    """A file's title, its one-line summary and the scenario with the problems found in reading it."""

    title: str
    summary: str
    link: Link


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


def to_toml(scenario: Scenario, title: str = "My scenario", summary: str = "") -> str:
    """The file of a scenario; `from_toml` gives back exactly this scenario."""
    lines = [f"title = {_text(title)}"]
    if summary:
        lines.append(f"summary = {_text(summary)}")
    pairs = dict(to_pairs(scenario))
    lines += [f'v = "{pairs.pop("v")}"', f'model = "{pairs.pop("model")}"']
    accelerators = ", ".join(f'"{accelerator.id}"' for accelerator in scenario.accelerators)
    pairs.pop("accelerators", None)
    lines.append(f"accelerators = [{accelerators}]")
    if pairs:
        lines += ["", "[set]", *(f'"{name}" = {_value(name, text)}' for name, text in pairs.items())]
    return "\n".join(lines) + "\n"


def from_toml(text: str) -> ScenarioFile:
    """The scenario of a file's text; invalid entries are skipped and listed. PresetError for no TOML or too much."""
    text = text.removeprefix(BYTE_ORDER_MARK)
    if len(text) > LARGEST_FILE:
        raise PresetError(f"a scenario file holds at most {LARGEST_FILE:,} characters, got {len(text):,}")
    # A key of thousands of dotted parts would keep the reader of TOML busy for half a minute.
    if any(len(line) > LONGEST_LINE for line in text.splitlines()):
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
    return ScenarioFile(title, summary, Link(link.scenario, (*problems, *link.problems)))


def _pairs(data: dict[str, object], problems: list[Problem]) -> Pairs:
    pairs: Pairs = []
    version = data.get("v", link_v1.VERSION)
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
