"""Library: every model and accelerator with all values, what follows from them, and where they were read."""

import streamlit as st

from app import state
from app.text import count, digits, field_value, plain, si
from costmodel import Accelerator, Model, accelerators, load_accelerator, load_model, models
from costmodel.source import Source
from costmodel.spec import Quantity, Spec

EXPLORE = "views/explore.py"


def draw() -> None:
    """Two tables, each with the details of the chosen row."""
    st.header("Library", anchor=False)
    st.caption("Every value has a source. Open one in Explore to edit a copy; the presets themselves do not change.")
    models_tab, cards_tab = st.tabs(["Models", "Accelerators"])
    with models_tab:
        _models()
    with cards_tab:
        _cards()


def _models() -> None:
    listed = [load_model(name) for name in models()]
    st.dataframe(
        {
            "Model": [model.name for model in listed],
            "Attention": [", ".join(group.label for group in model.attention) for model in listed],
            "Layers": [int(model.layers) for model in listed],
            "Hidden": [model.hidden for model in listed],
            "Total": [count(model.parameters.total) for model in listed],
            "Active": [count(model.parameters.active) for model in listed],
            "KV per token": [si(model.kv_bytes_per_token, "B") for model in listed],
            "Intensity (FLOP/B)": [digits(model.arithmetic_intensity) for model in listed],
            "Effective rank": [f"{model.effective_rank:,.0f}" for model in listed],
            "Sparsity S": [f"{model.sparsity:.3f}" for model in listed],
        },
        hide_index=True,
        width="stretch",
        key="models",
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
        state.load(state.scenario().replace(model=chosen))
        st.switch_page(EXPLORE)
    _model_details(chosen)


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
            "KV cache at 8K": si(model.kv_bytes_per_sequence(8192), "B"),
            "KV cache at 128K": si(model.kv_bytes_per_sequence(131072), "B"),
        }
        st.table({"": list(derived), "Value": list(derived.values())}, border="horizontal")
        _sources(model.sources)


def _cards() -> None:
    listed = [load_accelerator(name) for name in accelerators()]
    st.dataframe(
        {
            "Card": [card.name for card in listed],
            "Basis": [card.basis for card in listed],
            "USD/h": [card.usd_per_hour for card in listed],
            "BF16": [si(card.bf16_flops_per_second, "FLOP/s") for card in listed],
            "8-bit work runs in": [card.precision(8) for card in listed],
            "8-bit rate": [si(card.flops_per_second(8), "FLOP/s") for card in listed],
            "Bandwidth": [si(card.bytes_per_second, "B/s") for card in listed],
            "Ridge (FLOP/B)": [digits(card.ridge()) for card in listed],
            "Memory": ["" if card.memory_bytes is None else si(card.memory_bytes, "B") for card in listed],
        },
        hide_index=True,
        width="stretch",
        key="cards table",
    )
    names = {card.id: card for card in listed}
    chosen = names[
        st.selectbox(
            "Card", list(names), format_func=lambda name: names[name].name, key="library card", help="Show its values."
        )
    ]
    inside = chosen.id in [card.id for card in state.scenario().accelerators]
    label = "Already among the cards in Explore" if inside else "Consider this card in Explore"
    if st.button(
        label, icon=":material/add_card:", key="use card", disabled=inside, help="Add it to the cards of the scenario."
    ):
        state.load(state.scenario().replace(accelerators=(*state.scenario().accelerators, chosen)))
        st.switch_page(EXPLORE)
    _card_details(chosen)


def _card_details(card: Accelerator) -> None:
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        st.markdown("**Values**")
        _values(card, card.name)
        fallback = card.fallback(8)
        if fallback:
            st.caption(plain(fallback))
    with right, st.container(border=True, height="stretch"):
        _sources(card.sources)


def _values(spec: Spec, title: str) -> None:
    """The documented fields of a description with label, value and unit."""
    st.caption(title)
    marks = spec.quantities()
    rows = [
        (
            mark.label,
            field_value(mark, getattr(spec, name)) if isinstance(mark, Quantity) else getattr(spec, name),
            mark.unit if isinstance(mark, Quantity) and not mark.scale_unit else "",
        )
        for name, mark in marks.items()
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
