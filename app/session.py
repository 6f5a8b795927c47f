"""URL <-> Scenario <-> widgets, one way: the only file that touches st.query_params and st.session_state.

The Scenario in the session is the truth; widgets are views of it and the URL is its printout. The URL is read in a new
session and after Back or Forward, never compared: a rerun may carry an older one. A widget that returns something else
than the Scenario holds a newer edit, and wins.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from costmodel import (
    DESIGNS_PARAMETER,
    SEARCH_PREFIX,
    Choice,
    DomainError,
    Problem,
    Scenario,
    ScenarioFile,
    admitted_settings,
    default_scenario,
    edited,
    from_pairs,
    replace_valid,
    scenario_pairs,
    search_pairs,
    to_pairs,
    to_query,
    value,
    write_designs,
)

SCENARIO, PROBLEMS, REJECTED, SHOWN, PAGE = "scenario", "problems", "rejected", "shown", "page"
FIRST_RUN = "first run"

PINS = DESIGNS_PARAMETER
"""The one setting that is in the link of every page: pins are made on one and seen on another."""

AXIS = f"{SEARCH_PREFIX}axis."
LONGEST_TEXT = 80
"""Characters that a line of text of a page takes."""

SETTINGS = (
    "page.explore.binds",
    "page.request.over",
    "page.fleet.day",
    "page.fleet.trace",
    "page.compare.figure-1",
    "page.compare.group",
    "page.compare.on",
    "page.compare.beside",
    "page.explore.beside",
    "page.library.models",
    "page.library.accelerators",
    "page.library.vendor",
    "page.library.collection",
    "page.library.maker",
    "page.truth.of_model",
    "page.truth.of_accelerator",
    "page.truth.of_engine",
    "page.truth.of_state",
    "page.truth.model",
    "page.truth.on",
    "page.truth.context",
    "page.truth.batch",
    "page.truth.tensor",
    "page.truth.data",
    "page.truth.expert",
    "page.truth.overlap",
    "page.truth.prefill",
    "page.paper.table",
    PINS,
    "search.minimise",
    "search.maximise",
    "search.where",
    "page.search.run",
)
"""What a link may hold beside the scenario: designs, a search (each axis is `AXIS` with a field path behind it) and
settings of pages. What it names beyond them is a problem.
"""


def pull() -> None:
    """Take the Scenario from the URL, in a new session or when the browser went through its history."""
    context = get_script_run_ctx()
    moved = context is not None and context.is_history_navigation
    new = SCENARIO not in st.session_state
    # A tab whose server was started again sends what its widgets show: an edit that the URL does not hold yet.
    st.session_state[FIRST_RUN] = new and not moved
    if not new and not moved:
        return
    # Streamlit keeps its own parameters (`embed`) to itself.
    pairs = [(name, text) for name in st.query_params for text in st.query_params.get_all(name)]
    link = from_pairs(scenario_pairs(pairs))
    named, refused = admitted_settings(pairs)
    unknown = [name for name in named if not _is_setting(name)]
    refused += (Problem(name, "there is no such setting of a page") for name in unknown)
    named = {name: text for name, text in named.items() if name not in unknown}
    # Settings of other pages stay; those of a page that the link names, and pins, are exactly the link's.
    named_views = {_view(name) for name in named if name != PINS}
    held = st.session_state.get(PAGE, {})
    kept = {name: text for name, text in held.items() if name != PINS and _view(name) not in named_views}
    st.session_state[PAGE] = kept | named
    st.session_state[SCENARIO] = link.scenario
    st.session_state[PROBLEMS] = (*link.problems, *refused)
    st.session_state[REJECTED] = ()


def _is_setting(name: str) -> bool:
    return name in SETTINGS or name.startswith(AXIS)


def _view(name: str) -> str:
    """The page whose setting it is."""
    return "search" if name.startswith(SEARCH_PREFIX) else name.split(".")[1]


def _declared(name: str) -> str:
    """The name; LookupError for a setting that links would refuse."""
    if not _is_setting(name):
        raise LookupError(f"{name} must be listed in SETTINGS")
    return name


def _link_settings(view: str) -> dict[str, str]:
    """What the link of a page holds beside the Scenario."""
    own = page_items(SEARCH_PREFIX) if view == "search" else []
    return dict(own) | dict(page_items(f"page.{view}.")) | dict(page_items(PINS))


def push(view: str) -> None:
    """Write Scenario, the view's own settings and the pins into the URL, unless all are default and it is empty."""
    settings = _link_settings(view)
    pairs = dict(to_pairs(scenario())) | settings
    if not settings and scenario() == default_scenario() and not st.query_params:
        return
    if st.query_params.to_dict() != pairs:
        st.query_params.from_dict(pairs)


def scenario() -> Scenario:
    """The Scenario that everything on the page shows."""
    held: Scenario = st.session_state[SCENARIO]
    return held


def problems() -> tuple[Problem, ...]:
    """What the link or the last edit asked for and did not get."""
    return (*st.session_state.get(PROBLEMS, ()), *st.session_state.get(REJECTED, ()))


def report(found: list[Problem]) -> None:
    """Add problems that a page found in its own part of the link; each is shown once."""
    held = st.session_state.get(PROBLEMS, ())
    st.session_state[PROBLEMS] = (*held, *(problem for problem in found if problem not in held))


def dismiss() -> None:
    """Forget the problems of the link; those of a widget stay while the widget asks for the same."""
    st.session_state[PROBLEMS] = ()


def load(new: Scenario, found: tuple[Problem, ...] = ()) -> None:
    """Put another Scenario in place of the current one; widgets follow it, even those of a first run."""
    st.session_state[FIRST_RUN] = False
    st.session_state[SCENARIO] = new
    st.session_state[PROBLEMS] = found


def open_file(file: ScenarioFile) -> None:
    """Put the scenario of a file, its designs and its search in place of the present ones, where it holds them."""
    load(file.link.scenario, file.link.problems)
    held = st.session_state.setdefault(PAGE, {})
    if file.designs is not None:
        held[PINS] = write_designs(file.designs.values())
    if file.search is not None:
        kept = {name: text for name, text in held.items() if name == PINS or _view(name) != "search"}
        st.session_state[PAGE] = kept | dict(search_pairs(file.search))


def edit(new: Scenario, found: tuple[Problem, ...] = ()) -> None:
    """Put an edit of the current Scenario in its place; what its design started from stays the same."""
    load(edited(scenario(), new), found)


def apply(edits: Mapping[str, Any]) -> None:
    """Change the fields that are valid together; the others are skipped, each with a problem."""
    changed, rejected = replace_valid(scenario(), edits) if edits else (scenario(), [])
    new = edited(scenario(), changed)
    refused = {problem.field for problem in rejected}
    shown = st.session_state.setdefault(SHOWN, {})
    st.session_state[REJECTED] = tuple(rejected)
    # A newer message ends a run wherever it touches session_state, and never between these two lines: the Scenario
    # without its mark would look like a change from elsewhere, which overrides what a slider was moved to since.
    st.session_state[SCENARIO] = new
    shown.update({path: new for path, new in edits.items() if path not in refused})


def prepare(key: str, current: Any, widget_value: Any) -> None:
    """Before a widget is drawn: give it the Scenario's value if it is new or the Scenario moved under it.

    In the first run of a session a widget has its default, which is the Scenario's value, or holds a newer edit.
    """
    fresh = key not in st.session_state and not is_first_run()
    if fresh or was_moved(key, current):
        st.session_state[key] = widget_value
    settle(key, current)


def was_moved(key: str, current: Any) -> bool:
    """True where the Scenario's value changed under a widget since it was drawn last, other than by its own edit."""
    return bool(st.session_state.get(SHOWN, {}).get(key, current) != current)


def is_first_run() -> bool:
    """True in the first run of a session: what its widgets show may be newer than the URL."""
    first: bool = st.session_state.get(FIRST_RUN, False)
    return first


def settle(key: str, current: Any) -> None:
    """After a widget follows the Scenario, or its edit was applied: what it shows is what the Scenario holds."""
    st.session_state.setdefault(SHOWN, {})[key] = current


def show(key: str, widget_value: Any) -> None:
    """Make a widget that is no part of the Scenario show a value in the next run."""
    st.session_state[key] = widget_value


def recall(key: str) -> Any:
    """What `show` put there, or None."""
    return st.session_state.get(key)


def page_items(prefix: str) -> list[tuple[str, str]]:
    """Settings of a page whose names start like this."""
    return [(name, text) for name, text in st.session_state.get(PAGE, {}).items() if name.startswith(prefix)]


def set_page(name: str, text: str | None) -> None:
    """Keep a view's own setting (`page.<view>.<name>`) in the URL; None removes it."""
    page = st.session_state.setdefault(PAGE, {})
    if text is None:
        page.pop(name, None)
    else:
        page[_declared(name)] = text


def get_page(name: str) -> str | None:
    """A view's own setting from the URL."""
    found: str | None = st.session_state.get(PAGE, {}).get(_declared(name))
    return found


def page_choice(name: str, label: str, options: Mapping[str, str], help_text: str, default: str | None = None) -> str:
    """A menu of one page, kept in the URL as `page.<name>`; the default, mostly the first, stays out of it."""
    usual = next(iter(options)) if default is None else default
    key, current, names = _page_option(name, options, usual)
    picked = st.selectbox(
        label, names, index=names.index(current), key=key, format_func=lambda item: options[item], help=help_text
    )
    return _picked(name, usual, current, picked)


def field_value(path: str) -> Any:
    """The value of a scenario field."""
    return value(scenario(), path)


def field_choice(path: str, label: str, options: Mapping[Any, str], help_text: str, view: str = "plan") -> None:
    """A menu of a scenario field that a page shows outside the panel; an edit goes into the Scenario and the link."""
    current = value(scenario(), path)
    listed = list(dict.fromkeys([*options, current]))
    prepare(path, current, current)
    picked = st.selectbox(
        label,
        listed,
        index=listed.index(current),
        key=path,
        format_func=lambda item: options.get(item, str(item)),
        help=help_text,
    )
    if picked != current:
        apply({path: picked})
        settle(path, picked)
        push(view)


def page_text(name: str, label: str, example: str, help_text: str, icon: str | None = None) -> str:
    """A line of text of one page, kept in the URL as `page.<name>`; the empty one stays out of it."""
    key = f"page.{name}"
    current = get_page(key) or ""
    prepare(key, current, current)
    written = st.text_input(
        label,
        value=current,
        key=key,
        max_chars=max(LONGEST_TEXT, len(current)),
        placeholder=example,
        help=help_text,
        icon=icon,
    )
    return _picked(name, "", current, written.strip())


def page_switch(name: str, label: str, options: Mapping[str, str], help_text: str) -> str:
    """Like `page_choice`, with every option in sight."""
    key, current, names = _page_option(name, options, next(iter(options)))
    picked = st.segmented_control(
        label,
        names,
        default=current,
        key=key,
        format_func=lambda item: options[item],
        help=help_text,
        required=True,
    )
    return _picked(name, names[0], current, picked or current)


def _page_option(name: str, options: Mapping[str, str], usual: str) -> tuple[str, str, list[str]]:
    """Key of the widget, the option that holds now, and all; a link that asks for none of them is a problem."""
    key, names = f"page.{name}", list(options)
    wanted = get_page(key)
    if wanted is not None:
        try:
            Choice(label=name, help="", choices=tuple(options)).check(wanted)
        except DomainError as error:
            report([Problem(key, error.problems[0].reason)])
            set_page(key, None)
            wanted = None
    current = wanted or usual
    prepare(key, current, current)
    return key, current, names


def _picked(name: str, usual: str, current: str, picked: str) -> str:
    if picked != current:
        key = f"page.{name}"
        set_page(key, None if picked == usual else picked)
        settle(key, picked)
        push(name.split(".", maxsplit=1)[0])
    return picked


def theme() -> str:
    """`light` or `dark`, as the visitor's browser shows the app."""
    return st.context.theme.type or "light"


def share_url(view: str = "") -> str:
    """The address of this page with the whole Scenario and the settings of the page in it."""
    address = (st.context.url or "").split("?")[0]
    # The first page is reported without the slash that the address bar shows.
    return f"{address}{'/' if address.count('/') == 2 else ''}?{query(view)}"


def query(view: str = "") -> str:
    """The query of a link to the Scenario, with the settings of a page (`view`, such as `compare`)."""
    settings = urlencode(_link_settings(view), safe=",.:") if view else ""
    return "&".join(filter(None, (to_query(scenario()), settings)))
