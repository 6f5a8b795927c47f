"""The model of the Scenario: its preset, its depth, and the mechanism and fields of every layer group."""

from typing import Any

import streamlit as st

from app import session
from app.widgets import changes
from app.widgets.controls import drawer
from app.widgets.knobs import Knobs
from app.wording import count, plain, verbatim
from costmodel import STACKS, Mechanism, Model, Scenario, load_model, models, preset_of, sparsity_floors, swap_mechanism

MODEL, LAYERS = "model", "layers"
MOST_LAYERS = 1000
TITLES = {"attention": ("Attention", "visibility"), "ffn": ("FFN", "account_tree")}
TOLD_CHANGE = 0.01
"""A mechanism that changes the parameters by more than this share says so."""


def draw() -> dict[str, Any]:
    """The fields of the model; returns their edits. Its preset is drawn apart, by `draw_preset`."""
    st.markdown(":material/tune: **Design**")
    edits = _depth(session.scenario().model)
    for stack, (title, icon) in TITLES.items():
        with st.expander(title, expanded=True, icon=f":material/{icon}:"):
            edits |= _stack(stack)
            if stack == "ffn":
                _sparsity(session.scenario())
    return edits


def main_group(model: Model, stack: str) -> int:
    """The group with the most layers in the preset: the panel shows it, and the number of layers moves it.

    It is the preset's, so that more layers and as many fewer lead back to where they started.
    """
    groups, home = getattr(model, stack), getattr(preset_of(model), stack)
    depths = [group.layers for group in (home if len(home) == len(groups) else groups)]
    return max(range(len(depths)), key=lambda index: (depths[index], index))


def deepened(model: Model, layers: int) -> dict[str, Any]:
    """The edits that give both stacks this many layers: their main groups move together."""
    more = layers - int(model.layers)
    edits = {}
    for stack in STACKS:
        index = main_group(model, stack)
        edits[f"{stack}.{index}.layers"] = getattr(model, stack)[index].layers + more
    return edits


def balanced(model: Model, edits: dict[str, Any]) -> dict[str, Any]:
    """Edits of the depth of single groups with the main group of their stack giving or taking the layers."""
    done = dict(edits)
    for stack in STACKS:
        groups, main = getattr(model, stack), main_group(model, stack)
        more = sum(
            edits[path] - group.layers
            for index, group in enumerate(groups)
            if index != main and (path := f"{stack}.{index}.layers") in edits
        )
        if more:
            done[f"{stack}.{main}.layers"] = groups[main].layers - more
    return done


def draw_preset() -> None:
    """The model preset."""
    model = session.scenario().model
    current, names = model.id, listed_models(model)
    session.prepare(MODEL, current, current)
    picked = st.selectbox(
        "Model preset",
        list(names),
        index=list(names).index(current),
        key=MODEL,
        format_func=names.__getitem__,
        help="The published architecture to start from; changing it resets the attention and FFN fields. "
        "Type a name or a vendor to find it.",
    )
    note = st.empty()
    if picked != current:
        session.load(session.scenario().replace(model=load_model(picked)))
        session.settle(MODEL, picked)
        if kept := list(changes.shown(session.scenario()).values()):
            note.info(f"Kept: {plain('; '.join(kept))}.", icon=":material/push_pin:")


def listed_models(current: Model) -> dict[str, str]:
    """Names of the presets by id, those of one vendor together; first the design itself where it is none of them."""
    presets = sorted(map(load_model, models()), key=lambda each: (each.vendor, each.name))
    own = {} if current.id in models() else {current.id: f"{verbatim(current.name)} (yours)"}
    return own | {each.id: f"{each.name} · {each.vendor}" for each in presets}


def _depth(model: Model) -> dict[str, Any]:
    """One number of layers for both stacks."""
    current = int(model.layers)
    least = current + 1 - min(getattr(model, stack)[main_group(model, stack)].layers for stack in STACKS)
    session.prepare(LAYERS, current, current)
    wanted = st.number_input(
        "Layers",
        min_value=least,
        max_value=max(MOST_LAYERS, current),
        value=current,
        step=1,
        key=LAYERS,
        help="Depth of the model: the largest attention group and the largest FFN group grow and shrink together. "
        "Every group can be edited below.",
    )
    if wanted != (preset := int(preset_of(model).layers)):
        changes.mark(LAYERS, f"{preset:,}")
    if wanted == current:
        return {}
    session.settle(LAYERS, wanted)
    return deepened(model, wanted)


def _stack(stack: str) -> dict[str, Any]:
    """The fields of the main group; the other groups, and what is rarely moved, in drawers."""
    edits: dict[str, Any] = {}
    groups = getattr(session.scenario().model, stack)
    main = main_group(session.scenario().model, stack)
    edits |= _group(stack, main)
    with drawer("More fields", f"rest {stack}", "tune") as opened:
        edits |= _rest(stack, main) if opened else {}
    for index, group in enumerate(groups):
        if index == main:
            continue
        with drawer(f"{type(group).label}: {group.layers} layers", f"group {stack}.{index}", "layers") as opened:
            edits |= (_group(stack, index) | _rest(stack, index)) if opened else {}
    return balanced(session.scenario().model, edits)


def _group(stack: str, index: int) -> dict[str, Any]:
    """Mechanism and fields of one group of layers."""
    _mechanism(stack, index, getattr(session.scenario().model, stack)[index])
    knobs = Knobs.read()
    return knobs.draw(knobs.under(f"{stack}.{index}.")[0])


def _rest(stack: str, index: int) -> dict[str, Any]:
    """Rarely moved fields; the depth of the main group follows from the number of layers."""
    knobs = Knobs.read()
    hidden = f"{stack}.{main_group(session.scenario().model, stack)}.layers"
    return knobs.draw(tuple(path for path in knobs.under(f"{stack}.{index}.")[1] if path != hidden))


def _sparsity(scenario: Scenario) -> None:
    """S beside the floor that the network of each accelerator sets."""
    floors = [
        f"{accelerator.name} {floor.minimum:.3f}{'' if floor.met else ' (not met)'}"
        for accelerator, floor in sparsity_floors(scenario)
    ]
    words = f"Network floor: {', '.join(floors)}." if floors else "No network is known for these accelerators."
    st.caption(f"Sparsity S = {scenario.model.sparsity:.3f}. {words}")


def _mechanism(stack: str, index: int, group: Mechanism) -> None:
    kinds = {kind.tag(): kind for kind in STACKS[stack]}
    key, current = f"{stack}.{index}.kind", group.tag()
    session.prepare(key, current, current)
    picked = st.selectbox(
        "Mechanism",
        list(kinds),
        index=list(kinds).index(current),
        key=key,
        format_func=lambda tag: kinds[tag].label,
        help="What carries over is kept; the rest starts at the values of the model that made the mechanism known. "
        "The preset's own mechanism comes back as the preset has it.",
    )
    note = st.empty()
    if picked != current:
        scenario = session.scenario()
        swap = swap_mechanism(scenario, stack, index, picked)
        session.edit(swap.scenario, tuple(swap.problems))
        session.settle(key, picked)
        said = _origin(scenario.model, stack, index, picked, swap.chosen)
        resized = _resized(scenario.model, swap.scenario.model)
        # No toast: it would lie on the buttons of the page, and on a phone behind the panel.
        note.info(f"{kinds[picked].label}: {said}{resized}", icon=":material/swap_horiz:")
    home = getattr(preset_of(session.scenario().model), stack)
    if index < len(home) and home[index].tag() != picked:
        changes.mark(key, type(home[index]).label)


def _origin(model: Model, stack: str, index: int, kind: str, chosen: dict[str, Any]) -> str:
    """Origin of the fields of a new mechanism, in words."""
    home = getattr(preset_of(model), stack)
    if index < len(home) and home[index].tag() == kind:
        return f"as in {plain(preset_of(model).name)}, with the changes that carried over."
    if not chosen:
        return "everything carried over."
    words = ", ".join(f"{name.replace('_', ' ')} {start:,}" for name, start in chosen.items())
    return f"chose {words}; the rest carried over."


def _resized(before: Model, after: Model) -> str:
    """Change of the model's size by the swap; empty where there is none."""
    was, now = before.parameters.total, after.parameters.total
    return f" Parameters {count(was)} \u2192 {count(now)}." if abs(float(now) / float(was) - 1) > TOLD_CHANGE else ""
