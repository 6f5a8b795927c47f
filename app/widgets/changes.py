"""Differences from the preset at its defaults, each with a button that undoes it."""

from typing import Any

import streamlit as st

from app import session
from app.wording import NBSP, field_value, plain, tokens
from costmodel import (
    STACKS,
    Change,
    Choice,
    Field,
    Model,
    Scenario,
    changes,
    default_scenario,
    load_accelerator,
    preset_of,
    replace_valid,
    reset,
)

MOST_SHOWN, MOST_NAMED = 12, 3
"""Changes in sight, and accelerators named in one of them: a button of a phone cuts more."""
ARROW, MINUS = "\u2192", "\u2212"
LAYERS = "layers"


def draw() -> None:
    """Every change as a button that undoes it, and one that undoes all; nothing where there are none."""
    scenario = session.scenario()
    listed = shown(scenario)
    if not listed:
        return
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.caption("Changed:", width="content")
        for path, text in list(listed.items())[:MOST_SHOWN]:
            st.button(
                plain(text),
                key=f"reset {path}",
                icon=":material/undo:",
                type="tertiary",
                on_click=undo,
                args=(path,),
                help="Undo this change.",
            )
        if len(listed) > MOST_SHOWN:
            st.caption(f"and {len(listed) - MOST_SHOWN} more", width="content")
        st.button(
            "Reset all",
            key="reset all",
            icon=":material/restart_alt:",
            on_click=session.load,
            args=(home(scenario),),
            help="The preset as published, on the default accelerators at the default workload and SLA.",
        )


def shown(scenario: Scenario) -> dict[str, str]:
    """Every change in words by its path; depths are one change, because both stacks have to agree."""
    found = {change.path: _text(scenario, change) for change in changes(scenario) if not _is_depth(change)}
    depth = _depth(scenario.model)
    return {LAYERS: depth} | found if depth else found


def mark(path: str, before: str) -> None:
    """Below a control that was changed: the value it started from, as a button that brings it back."""
    st.button(
        plain(f"Changed from {before}"),
        key=f"changed {path}",
        icon=":material/undo:",
        type="tertiary",
        on_click=undo,
        args=(path,),
        help="Undo this change.",
    )


def home(scenario: Scenario) -> Scenario:
    """The unchanged preset on the default accelerators at the default workload and SLA."""
    return default_scenario().replace(model=preset_of(scenario.model))


def undo(path: str) -> None:
    """Undo one change; what does not fit to the others is a problem with its reason."""
    scenario = session.scenario()
    preset = preset_of(scenario.model)
    if path.endswith(LAYERS) and all(
        len(getattr(preset, stack)) == len(getattr(scenario.model, stack)) for stack in STACKS
    ):
        edits = {f"{stack}.{i}.layers": n for stack in STACKS for i, n in enumerate(_layers(preset, stack))}
        new, found = replace_valid(scenario, edits)
    else:
        new, found = reset(scenario, path)
    session.edit(new, tuple(found))


def _layers(model: Model, stack: str) -> list[int]:
    return [group.layers for group in getattr(model, stack)]


def _is_depth(change: Change) -> bool:
    return change.path.split(".")[0] in STACKS and change.path.endswith(f".{LAYERS}")


def _depth(model: Model) -> str:
    """The change of the numbers of layers; empty where there is none, or where there are other groups altogether."""
    preset = preset_of(model)
    moved = [stack for stack in STACKS if _layers(model, stack) != _layers(preset, stack)]
    if not moved or any(len(_layers(model, stack)) != len(_layers(preset, stack)) for stack in moved):
        return ""
    if model.layers != preset.layers:
        return f"Layers {preset.layers} {ARROW} {model.layers}"
    titles = {"attention": "Attention", "ffn": "FFN"}
    was, now = (", ".join(str(each) for stack in moved for each in _layers(one, stack)) for one in (preset, model))
    return f"{' and '.join(titles[stack] for stack in moved)} layers {was} {ARROW} {now}"


def _text(scenario: Scenario, change: Change) -> str:
    if change.path == "accelerators":
        names = {each.id: each.name for each in scenario.accelerators}
        came = [f"+ {names[name]}" for name in change.value if name not in change.before]
        went = [f"{MINUS} {load_accelerator(name).name}" for name in change.before if name not in change.value]
        if len(came) + len(went) > MOST_NAMED:
            counts = ((came, "added"), (went, "removed"))
            return f"{change.label}: {', '.join(f'{len(names)} {said}' for names, said in counts if names)}"
        return f"{change.label} {', '.join(came + went) or 'in another order'}"
    names = {each.id: each.name for each in scenario.accelerators}
    was, now = (names.get(text, text) for text in (_value(change, change.before), _value(change, change.value)))
    return f"{change.label} {was} {ARROW} {now}{_unit(change)}"


def _value(change: Change, value: Any) -> str:
    first, *_ = change.path.split(".")
    if change.path.endswith(".kind"):
        return next(kind.label for kind in STACKS[first] if kind.tag() == value)
    return shown_value(change.field, value)


def shown_value(field: Field | Choice | None, value: Any) -> str:
    """A value in words."""
    if isinstance(field, Choice) and isinstance(value, str):
        return field.shown(value)
    if field is None or isinstance(field, Choice) or value is None:
        return {None: "none", True: "yes", False: "no"}.get(value, str(value))
    return tokens(value) if field.unit == "tokens" and field.whole else field_value(field, value)


def _unit(change: Change) -> str:
    """The unit of numbers that would be ambiguous without it."""
    field = change.field
    bare = field is None or isinstance(field, Choice) or field.whole or field.scale_unit or not field.unit
    return "" if bare else f"{NBSP}{change.unit}"
