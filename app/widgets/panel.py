"""The input panel: every knob of the Scenario, grouped, drawn from the fields; one pass from widgets to Scenario."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from app import session
from app.widgets.controls import field, menu
from costmodel import (
    MOST_ACCELERATORS,
    STACKS,
    Accelerator,
    Choice,
    Field,
    Mechanism,
    Scenario,
    accelerators,
    fields,
    load_accelerator,
    load_model,
    models,
    sparsity_floors,
    values,
)

MODEL, ACCELERATORS, EDITED = "model", "accelerators", "edited accelerator"

PLANNED = ("workload.context_deviation",)
SHAPE_FIELDS = ("hidden", "vocabulary", "embedding_bits")
SLA_FIELDS = ("sla.tpot", "sla.stages")
ACCELERATOR_FIELDS = (
    "usd_per_hour",
    "bf16_flops_per_second",
    "fp8_flops_per_second",
    "bytes_per_second",
    "memory_bytes",
    "nics_per_server",
    "nic_bits_per_second",
)


@dataclass
class Knobs:
    """The fields of the Scenario with their present values and those of the preset, read once for a whole panel."""

    marks: dict[str, Field | Choice]
    now: dict[str, Any]
    before: dict[str, Any]

    @classmethod
    def read(cls) -> "Knobs":
        """Of the present Scenario; to be read again after a model or mechanism was chosen."""
        scenario = session.scenario()
        presets = tuple(
            load_accelerator(accelerator.id) if accelerator.id in accelerators() else accelerator
            for accelerator in scenario.accelerators
        )
        preset = baseline(scenario).model_copy(update={"accelerators": presets})
        return cls(fields(scenario), values(scenario), values(preset))

    def under(self, prefix: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Paths that start like this: what is often moved, sliders first and then choices of words; and the rest."""
        paths = [path for path in self.marks if path.startswith(prefix)]
        sliders = tuple(path for path in paths if getattr(self.marks[path], "stops", ()))
        words = tuple(path for path in paths if isinstance(self.marks[path], Choice))
        return sliders + words, tuple(path for path in paths if path not in sliders + words)


def draw(*, design: bool = True, planning: bool = False) -> None:
    """Draw the panel in the sidebar and apply what the widgets say.

    `design` shows the knobs of the model, `planning` what only plans depend on.
    """
    with st.sidebar:
        edits = _design() if design else {}
        knobs = Knobs.read()
        with st.expander("Workload", expanded=True, icon=":material/speed:"):
            edits |= _workload(knobs, planning=planning)
        with st.expander("Hardware", expanded=True, icon=":material/memory:"):
            edits |= _hardware()
        if planning:
            with st.expander("Promise", expanded=True, icon=":material/timer:"):
                edits |= _some(SLA_FIELDS, knobs)
        if design:
            rest = SHAPE_FIELDS if planning else (*SHAPE_FIELDS, *SLA_FIELDS)
            with menu("Shape" if planning else "Shape and SLA", "shape", "straighten") as opened:
                edits |= _some(rest, knobs) if opened else {}
    session.apply(edits)


def _design() -> dict[str, Any]:
    st.markdown("**:material/tune: Design**")
    _model()
    edits: dict[str, Any] = {}
    for stack, title, icon in (("attention", "Attention", "visibility"), ("ffn", "FFN", "account_tree")):
        with st.expander(title, expanded=True, icon=f":material/{icon}:"):
            edits |= _stack(stack)
            if stack == "ffn":
                _sparsity(session.scenario())
    return edits


def baseline(scenario: Scenario) -> Scenario:
    """The unchanged preset at the same workload on the same accelerators: what differences are shown against."""
    return scenario.model_copy(update={"model": load_model(scenario.model.id)})


def _model() -> None:
    current = session.scenario().model.id
    names = models()
    session.prepare(MODEL, current, current)
    picked = st.selectbox(
        "Model preset",
        names,
        index=names.index(current),
        key=MODEL,
        format_func=lambda name: load_model(name).name,
        help="The published architecture to start from; changing it resets the attention and FFN knobs.",
    )
    if picked != current:
        session.load(session.scenario().replace(model=load_model(picked)))
        session.settle(MODEL, picked)


def _stack(stack: str) -> dict[str, Any]:
    """The knobs of the group with the most layers; the other groups, and what is rarely moved, in menus."""
    edits: dict[str, Any] = {}
    groups = getattr(session.scenario().model, stack)
    main = max(range(len(groups)), key=lambda index: groups[index].layers)
    edits |= _group(stack, main)
    with menu("Layers and precision", f"rest {stack}", "tune") as opened:
        edits |= _rest(stack, main) if opened else {}
    for index, group in enumerate(groups):
        if index == main:
            continue
        with menu(f"{type(group).label}: {group.layers} layers", f"group {stack}.{index}", "layers") as opened:
            edits |= (_group(stack, index) | _rest(stack, index)) if opened else {}
    return edits


def _group(stack: str, index: int) -> dict[str, Any]:
    """Mechanism and knobs of one group of layers."""
    _mechanism(stack, index, getattr(session.scenario().model, stack)[index])
    knobs = Knobs.read()
    return _some(knobs.under(f"{stack}.{index}.")[0], knobs)


def _rest(stack: str, index: int) -> dict[str, Any]:
    knobs = Knobs.read()
    return _some(knobs.under(f"{stack}.{index}.")[1], knobs)


def _sparsity(scenario: Scenario) -> None:
    """S beside the floor that the network of each accelerator sets."""
    floors = [
        f"{accelerator.name} {floor.minimum:.3f}{'' if floor.met else ' (not met)'}"
        for accelerator, floor in sparsity_floors(scenario)
    ]
    told = f"Network floor: {', '.join(floors)}." if floors else "No network is known for these accelerators."
    st.caption(f"Sparsity S = {scenario.model.sparsity:.3f}. {told}")


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
        help="What carries over is kept; the rest starts at the values of the model that made the mechanism known.",
    )
    if picked != current:
        new, chosen = kinds[picked].like(group)
        model = session.scenario().model
        groups = tuple(new if at == index else other for at, other in enumerate(getattr(model, stack)))
        session.load(session.scenario().replace(model=model.replace(**{stack: groups})))
        session.settle(key, picked)
        if chosen:
            told = ", ".join(f"{name.replace('_', ' ')} {start:,}" for name, start in chosen.items())
            st.toast(f"{kinds[picked].label}: chose {told}; the rest carried over.", icon=":material/swap_horiz:")


def _some(paths: tuple[str, ...], knobs: Knobs) -> dict[str, Any]:
    edits: dict[str, Any] = {}
    for path in paths:
        # A field that the preset's mechanism does not have is compared to nothing: it is always a change.
        edits |= field(path, knobs.marks[path], knobs.now[path], knobs.before.get(path))
    return edits


def _workload(knobs: Knobs, *, planning: bool) -> dict[str, Any]:
    often, rarely = knobs.under("workload.")
    if planning:
        return _some(often + rarely, knobs)
    edits = _some(often, knobs)
    rest = tuple(path for path in rarely if path not in PLANNED)
    with menu("Draft tokens (MTP)", "drafts", "fast_forward") as opened:
        return edits | (_some(rest, knobs) if opened else {})


def _hardware() -> dict[str, Any]:
    _accelerators()
    with menu("Edit or add an accelerator", "edit accelerators", "edit") as opened:
        return _edited_accelerator() if opened else {}


def _edited_accelerator() -> dict[str, Any]:
    accelerators = {accelerator.id: accelerator for accelerator in session.scenario().accelerators}
    edited = st.selectbox(
        "Edit an accelerator",
        list(accelerators),
        key=EDITED,
        format_func=lambda accelerator: accelerators[accelerator].name,
        help="Price, rates and bandwidth can be changed below; the Library page names their sources.",
    )
    edits = _some(tuple(f"accelerators.{edited}.{name}" for name in ACCELERATOR_FIELDS), Knobs.read())
    st.button(
        "Add an accelerator like this one",
        icon=":material/add:",
        on_click=_add_accelerator,
        args=(accelerators[edited],),
        disabled=len(accelerators) >= MOST_ACCELERATORS,
        help="A custom accelerator that starts with this accelerator's values; edit it like any other.",
        width="stretch",
    )
    return edits


def _accelerators() -> None:
    listed = {accelerator.id: accelerator for accelerator in session.scenario().accelerators}
    current = list(listed)
    options = list(dict.fromkeys([*current, *accelerators()]))
    session.prepare(ACCELERATORS, current, current)
    picked = st.multiselect(
        "Accelerators to consider",
        options,
        default=current,
        key=ACCELERATORS,
        format_func=lambda accelerator: (
            listed[accelerator].name if accelerator in listed else load_accelerator(accelerator).name
        ),
        help="Costs are computed on each, and AFD picks the best one for attention and for the FFN.",
        max_selections=MOST_ACCELERATORS,
    )
    if picked and picked != current:
        chosen = [listed.get(name) or load_accelerator(name) for name in picked]
        session.load(session.scenario().replace(accelerators=chosen))
        session.settle(ACCELERATORS, picked)


def _add_accelerator(accelerator: Accelerator) -> None:
    scenario = session.scenario()
    taken = {other.id for other in scenario.accelerators} | set(accelerators())
    name = next(f"custom-{number}" for number in range(1, MOST_ACCELERATORS + 2) if f"custom-{number}" not in taken)
    copied = {field: getattr(accelerator, field) for field in accelerator.quantities()}
    session.load(scenario.replace(accelerators=(*scenario.accelerators, Accelerator.custom(name, **copied))))
    session.show(EDITED, name)
