"""Library: every model and accelerator with all values, what follows from them, and where they were read."""

import streamlit as st

from app import session
from app.views.tables import Numbers, table, whole
from app.wording import count, digits, field_value, plain, si, tokens, usd
from costmodel import (
    Accelerator,
    Field,
    Mechanism,
    Model,
    Source,
    Spec,
    accelerators,
    load_accelerator,
    load_model,
    models,
)

EXPLORE = "views/explore.py"


def draw() -> None:
    """Two tables, each with the details of the chosen row."""
    st.title("Library", anchor=False)
    st.caption("Every value has a source. Open one in Explore to edit a copy; the presets themselves do not change.")
    models_tab, cards_tab = st.tabs(["Models", "Accelerators"])
    with models_tab:
        _models()
    with cards_tab:
        _accelerators()


def _models() -> None:
    listed = [load_model(name) for name in models()]
    table(
        {
            "Model": [model.name for model in listed],
            "Attention": [_kinds(model) for model in listed],
            "Layers": Numbers([float(model.layers) for model in listed], whole),
            "Hidden": Numbers([model.hidden for model in listed], whole),
            "Total": Numbers([float(model.parameters.total) for model in listed], count),
            "Active": Numbers([float(model.parameters.active) for model in listed], count),
            "KV per token": Numbers([float(model.kv_bytes_per_token) for model in listed], _bytes),
            "Intensity (FLOP/B)": Numbers([float(model.arithmetic_intensity) for model in listed], digits),
            "Effective rank": Numbers([float(model.effective_rank) for model in listed], whole),
            "Sparsity S": Numbers([float(model.sparsity) for model in listed], "{:.3f}".format),
        },
        "models",
    )
    names = {model.id: model for model in listed}
    chosen = names[
        st.selectbox(
            "Model",
            list(names),
            format_func=lambda name: names[name].name,
            key="library model",
            help="Show its values.",
        )
    ]
    if st.button("Open this model in Explore", icon=":material/tune:", key="use model", help="Start from this preset."):
        session.load(session.scenario().replace(model=chosen))
        st.switch_page(EXPLORE)
    _model_details(chosen)


def _kinds(model: Model) -> str:
    """The kinds of attention, each with its layers where there are several groups."""
    several = len(model.attention) > 1
    return ", ".join(f"{group.layers} {_kind(group)}" if several else _kind(group) for group in model.attention)


def _kind(group: Mechanism) -> str:
    window = getattr(group, "window", None)
    name = group.label.split(" (")[0]
    return name if window is None else f"{name} {tokens(window)} window"


def _bytes(value: float) -> str:
    return si(value, "B")


def _rate(value: float) -> str:
    return si(value, "FLOP/s")


def _bandwidth(value: float) -> str:
    return si(value, "B/s")


def _model_details(model: Model) -> None:
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        st.markdown("**Values**")
        _values(model, "whole model")
        for stack in ("attention", "ffn"):
            for index, group in enumerate(getattr(model, stack)):
                _values(group, f"{stack} group {index + 1}: {group.label}")
    with right, st.container(border=True, height="stretch"):
        parts = model.parameters
        st.markdown("**What follows**")
        derived = {
            "Parameters, total": f"{parts.total:,.0f}",
            "Parameters, active": f"{parts.active:,.0f}",
            "Attention": f"{parts.attention:,.0f}",
            "FFN stored": f"{parts.ffn:,.0f}",
            "FFN active": f"{parts.ffn_active:,.0f}",
            "Embedding and head": f"{parts.embedding + parts.head:,.0f}",
            "Weights": si(model.weight_bytes, "B"),
            "KV cache at 8K": si(model.sequence_bytes(8192), "B"),
            "KV cache at 128K": si(model.sequence_bytes(131072), "B"),
        }
        st.table({"Quantity": list(derived), "Value": list(derived.values())}, border="horizontal")
        _sources(model.sources)


def _accelerators() -> None:
    listed = [load_accelerator(name) for name in accelerators()]
    table(
        {
            "Accelerator": [accelerator.name for accelerator in listed],
            "Basis": [accelerator.basis for accelerator in listed],
            "USD/h": Numbers([accelerator.usd_per_hour for accelerator in listed], usd),
            "BF16": Numbers([accelerator.bf16_flops_per_second for accelerator in listed], _rate),
            "8-bit work runs in": [accelerator.precision(8) for accelerator in listed],
            "8-bit rate": Numbers([float(accelerator.flops_per_second(8)) for accelerator in listed], _rate),
            "Bandwidth": Numbers([accelerator.bytes_per_second for accelerator in listed], _bandwidth),
            "Ridge (FLOP/B)": Numbers([float(accelerator.ridge()) for accelerator in listed], digits),
            "Memory": Numbers([accelerator.memory_bytes for accelerator in listed], _bytes),
        },
        "accelerators table",
    )
    names = {accelerator.id: accelerator for accelerator in listed}
    chosen = names[
        st.selectbox(
            "Accelerator",
            list(names),
            format_func=lambda name: names[name].name,
            key="library accelerator",
            help="Show its values.",
        )
    ]
    inside = chosen.id in [accelerator.id for accelerator in session.scenario().accelerators]
    label = "Already among the accelerators in Explore" if inside else "Consider this accelerator in Explore"
    if st.button(
        label,
        icon=":material/add_card:",
        key="use accelerator",
        disabled=inside,
        help="Add it to the accelerators of the scenario.",
    ):
        session.load(session.scenario().replace(accelerators=(*session.scenario().accelerators, chosen)))
        st.switch_page(EXPLORE)
    _card_details(chosen)


def _card_details(accelerator: Accelerator) -> None:
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        st.markdown("**Values**")
        _values(accelerator, accelerator.name)
        fallback = accelerator.fallback(8)
        if fallback:
            st.caption(plain(fallback))
    with right, st.container(border=True, height="stretch"):
        _sources(accelerator.sources)


def _values(spec: Spec, title: str) -> None:
    """The documented fields of a description with label, value and unit."""
    st.caption(title)
    fields = spec.quantities()
    rows = [
        (
            field.label,
            field_value(field, getattr(spec, name)) if isinstance(field, Field) else getattr(spec, name),
            field.unit if isinstance(field, Field) and not field.scale_unit else "",
        )
        for name, field in fields.items()
    ]
    st.table(
        {"Field": [row[0] for row in rows], "Value": [row[1] for row in rows], "Unit": [row[2] for row in rows]},
        border="horizontal",
    )


def _sources(sources: tuple[Source, ...]) -> None:
    st.markdown("**Sources**")
    for source in sources:
        st.text(f"{source.title}: {source.locator}")
        st.caption(plain(f"for {', '.join(source.covers)}".replace("_", " ")))


draw()
