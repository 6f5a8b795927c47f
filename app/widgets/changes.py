"""What differs from the preset at its defaults: each change in words, with the way back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from app import session
from app.wording import NBSP, field_value, plain, tokens, verbatim
from costmodel import (
    STACKS,
    Choice,
    Field,
    Mechanism,
    Model,
    Scenario,
    accelerators,
    default_scenario,
    fields,
    load_accelerator,
    load_model,
    replace_valid,
    values,
)

MOST_SHOWN = 12
ARROW = "\u2192"


@dataclass(frozen=True)
class Change:
    """A difference in words, and what undoes it: fields by path, or a part of the Scenario as a whole."""

    key: str
    label: str
    was: str
    now: str
    edits: Mapping[str, Any] = field(default_factory=dict)
    whole: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The label with both values; a list of accelerators only with its differences."""
        return f"{self.label} {self.now if 'accelerators' in self.whole else f'{self.was} {ARROW} {self.now}'}"


def found(scenario: Scenario) -> tuple[Change, ...]:
    """All differences from the model's preset on the default accelerators at the default workload and SLA."""
    home = default_scenario(scenario.model.id)
    swapped = list(_swaps(scenario))
    gone = tuple(change.key.removesuffix("kind") for change in swapped)
    return (*swapped, *_depths(scenario), *_accelerators(scenario, home), *_fields(scenario, home, gone))


def reset(change: Change) -> None:
    """Undo one change; what does not fit to the others any more is a problem with its reason."""
    scenario = session.scenario()
    model = {name: part for name, part in change.whole.items() if name in STACKS}
    rest = {name: part for name, part in change.whole.items() if name not in STACKS}
    if model:
        rest["model"] = scenario.model.replace(**model)
    new, rejected = replace_valid(scenario.replace(**rest), change.edits)
    session.load(new, tuple(rejected))


def draw() -> None:
    """Every change as a button that undoes it, and one that undoes all; nothing where there are none."""
    scenario = session.scenario()
    listed = found(scenario)
    if not listed:
        return
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.caption("Changed:", width="content")
        for change in listed[:MOST_SHOWN]:
            st.button(
                plain(change.text),
                key=f"reset {change.key}",
                icon=":material/undo:",
                type="tertiary",
                on_click=reset,
                args=(change,),
                help=plain(f"Put {change.label} back to {change.was}."),
            )
        if len(listed) > MOST_SHOWN:
            st.caption(f"and {len(listed) - MOST_SHOWN} more", width="content")
        st.button(
            "Reset all",
            key="reset all",
            icon=":material/restart_alt:",
            on_click=session.load,
            args=(default_scenario(scenario.model.id),),
            help=verbatim(f"{load_model(scenario.model.id).name} as published, on the default accelerators."),
        )


def _swaps(scenario: Scenario) -> Iterator[Change]:
    """Layer groups with another mechanism than in the preset."""
    preset = load_model(scenario.model.id)
    for stack in STACKS:
        groups, home = getattr(scenario.model, stack), getattr(preset, stack)
        if len(groups) != len(home):
            yield Change(f"{stack}.kind", _title(stack), _kinds(home), _kinds(groups), whole={stack: home})
            continue
        for index, (group, before) in enumerate(zip(groups, home, strict=True)):
            if type(group) is not type(before):
                back = before.replace(layers=group.layers)
                whole = {stack: (*groups[:index], back, *groups[index + 1 :])}
                label = _title(stack) + _number(index, groups)
                yield Change(f"{stack}.{index}.kind", label, before.label, group.label, whole=whole)


def _depths(scenario: Scenario) -> Iterator[Change]:
    """Other numbers of layers than in the preset: one change, because both stacks have to agree."""
    model, preset = scenario.model, load_model(scenario.model.id)
    moved = [stack for stack in STACKS if _layers(model, stack) != _layers(preset, stack)]
    if not moved or any(len(_layers(model, stack)) != len(_layers(preset, stack)) for stack in STACKS):
        return
    edits = {f"{stack}.{index}.layers": each for stack in STACKS for index, each in enumerate(_layers(preset, stack))}
    if model.layers != preset.layers:
        yield Change("layers", "Layers", f"{preset.layers}", f"{model.layers}", edits)
    else:
        label = " and ".join(map(_title, moved)) + " layers"
        was, now = (
            ", ".join(str(depth) for stack in moved for depth in _layers(each, stack)) for each in (preset, model)
        )
        yield Change("layers", label, was, now, edits)


def _layers(model: Model, stack: str) -> list[int]:
    return [group.layers for group in getattr(model, stack)]


def _accelerators(scenario: Scenario, home: Scenario) -> Iterator[Change]:
    """Another choice of accelerators: named are those that came and went."""
    listed, default = ([each.id for each in one.accelerators] for one in (scenario, home))
    if sorted(listed) == sorted(default):
        return
    kept = {each.id: each for each in scenario.accelerators}
    back = tuple(kept.get(each.id, each) for each in home.accelerators)
    moves = [f"+ {each.name}" for each in scenario.accelerators if each.id not in default]
    moves += [f"\u2212 {each.name}" for each in home.accelerators if each.id not in listed]
    was = ", ".join(each.name for each in home.accelerators)
    yield Change("accelerators", "Accelerators", was, ", ".join(moves), whole={"accelerators": back})


def _fields(scenario: Scenario, home: Scenario, gone: tuple[str, ...]) -> Iterator[Change]:
    """Single fields with another value; those of a swapped group are part of the swap, depths are one change."""
    presets = tuple(load_accelerator(each.id) if each.id in accelerators() else each for each in scenario.accelerators)
    marks, now, was = fields(scenario), values(scenario), values(home.replace(accelerators=presets))
    for path, mark in marks.items():
        if path.startswith(gone) or path.endswith(".layers") or path not in was or now[path] == was[path]:
            continue
        label = _prefix(scenario, path) + mark.label
        unit = f"{NBSP}{mark.unit}" if isinstance(mark, Field) and not (mark.whole or mark.scale_unit) else ""
        yield Change(path, label, _shown(mark, was[path]), _shown(mark, now[path]) + unit, {path: was[path]})


def _prefix(scenario: Scenario, path: str) -> str:
    """What the label of a field does not say: which accelerator, or which of several groups."""
    part, _, rest = path.partition(".")
    if part == "accelerators":
        return next(each.name for each in scenario.accelerators if each.id == rest.rpartition(".")[0]) + " "
    if part in STACKS and len(groups := getattr(scenario.model, part)) > 1:
        return f"{_title(part)}{_number(int(rest.partition('.')[0]), groups)} "
    return ""


def _title(stack: str) -> str:
    return {"attention": "Attention", "ffn": "FFN"}[stack]


def _number(index: int, groups: tuple[Mechanism, ...]) -> str:
    return f" {index + 1}" if len(groups) > 1 else ""


def _kinds(groups: tuple[Mechanism, ...]) -> str:
    return " + ".join(group.label for group in groups)


def _shown(mark: Field | Choice, value: Any) -> str:
    if isinstance(mark, Choice) or value is None:
        return "none" if value is None else str(value)
    return tokens(value) if mark.unit == "tokens" and mark.whole else field_value(mark, value)
