"""The values of one preset, each with its source on hover, and what follows from them."""

import streamlit as st

from app.views.tables import whole
from app.wording import NBSP, count, field_value, percent, plain, si
from costmodel import Accelerator, Field, Model, Source, Spec

UNKNOWN, NONE = "not known", "none"


def model_details(model: Model) -> None:
    """Values by group, published beside computed sizes, and sources."""
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        st.markdown("**Values**")
        _values(model, "Whole model", _read_in(model.sources, ""))
        for stack in ("attention", "ffn"):
            for index, group in enumerate(getattr(model, stack)):
                title = f"{'FFN' if stack == 'ffn' else 'Attention'} group {index + 1}: {group.label}"
                _values(group, title, _read_in(model.sources, stack))
    with right, st.container(border=True, height="stretch"):
        st.markdown("**Published and computed**")
        parts, published = model.parameters, model.published
        source = "; ".join(each.locator for each in model.sources if "published" in each.covers)
        rows = {
            "Total": (published.total_parameters, parts.total),
            "Active": (published.active_parameters, parts.active),
        }
        st.table(
            {
                "Parameters": list(rows),
                "Published": [count(stated) if stated else UNKNOWN for stated, _ in rows.values()],
                "Computed": [_computed(stated, float(found)) for stated, found in rows.values()],
            },
            border="horizontal",
        )
        st.caption(
            "Published sizes are rounded and count differently: computed totals are those of the text part; active "
            f"ones leave the input table out. {plain(f'Published in {source}.') if source else ''}"
        )
        st.markdown("**What follows**")
        _grid(
            {
                **{_title(name): whole(float(value)) for name, value in parts.terms.items() if value},
                "Weights": si(model.weight_bytes, "B"),
                "KV cache at 8K": si(model.kv_bytes_per_sequence(8192), "B"),
                "KV cache at 128K": si(model.kv_bytes_per_sequence(131072), "B"),
                "Recurrent state": si(model.state_bytes_per_sequence, "B"),
            },
            "",
        )
        _sources(model.sources)


def accelerator_details(accelerator: Accelerator) -> None:
    """Every field with its source, what is not known, and the sources."""
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        st.markdown("**Values**")
        _fields(accelerator, {name: _read_in(accelerator.sources, name) for name in accelerator.quantities()}, UNKNOWN)
        if fallback := accelerator.fallback(8):
            st.caption(plain(fallback))
        if accelerator.price_estimate:
            st.caption(plain(f"Price: {accelerator.price_estimate}"))
        if accelerator.tdp_estimate:
            st.caption(plain(f"TDP: {accelerator.tdp_estimate}"))
    with right, st.container(border=True, height="stretch"):
        _sources(accelerator.sources)


def _computed(stated: float | None, found: float) -> str:
    """The exact number, and by how much it is above what is published."""
    return whole(found) + (f" ({percent(found / stated - 1, signed=True)})" if stated else "")


def _values(spec: Spec, title: str, source: str) -> None:
    st.caption(plain(title))
    _fields(spec, dict.fromkeys(spec.quantities(), source), NONE)


def _fields(spec: Spec, sources: dict[str, str], empty: str) -> None:
    """The documented fields of a description: label, value with unit, source on hover; `empty` stands for no value."""
    with st.grid("auto", min_column_width=130, gap="xsmall"):
        for name, field in spec.quantities().items():
            value = getattr(spec, name)
            if isinstance(field, Field):
                shown = empty if value is None else field_value(field, value)
                unit = f"{NBSP}{field.unit}" if field.unit and not field.scale_unit and value is not None else ""
                shown = f"{shown}{unit}"
            else:
                shown = str(value)
            _cell(field.label, shown, sources[name])


def _title(name: str) -> str:
    return "FFN" if name == "ffn" else name.capitalize()


def _grid(values: dict[str, str], source: str) -> None:
    with st.grid("auto", min_column_width=130, gap="xsmall"):
        for label, value in values.items():
            _cell(label, value, source)


def _cell(label: str, value: str, source: str) -> None:
    st.markdown(f":small[:gray[{plain(label)}]]  \n{plain(value)}", help=plain(source) if source else None)


def _read_in(sources: tuple[Source, ...], field: str) -> str:
    """The sources that cover a field, or all of them where no field is asked for."""
    found = [f"{each.title}: {each.locator}" for each in sources if not field or field in each.covers]
    return "; ".join(found)


def _sources(sources: tuple[Source, ...]) -> None:
    st.markdown("**Sources**")
    for source in sources:
        st.text(f"{source.title}: {source.locator}")
        st.caption(plain(f"for {', '.join(source.covers)}".replace("_", " ")))
