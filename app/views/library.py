"""Library: every model and accelerator, found by name, vendor or collection, with all values and their sources."""

from collections.abc import Callable, Sequence

import streamlit as st

from app import session
from app.views import share
from app.views.preset_details import UNKNOWN, accelerator_details, model_details
from app.views.tables import Numbers, table, whole
from app.widgets import import_box
from app.wording import count, digits, si, tokens, usd
from costmodel import (
    MOST_ACCELERATORS,
    Accelerator,
    Mechanism,
    Model,
    accelerators,
    collections,
    find_accelerators,
    find_models,
    load_accelerator,
    load_model,
    models,
)

EXPLORE = "views/explore.py"
MODEL, ACCELERATOR = "library model", "library accelerator"
TABLE_HEIGHT = 420
EVERY = "any"
TERA = 1e12
"""A browser's table shows no number beyond 2^53: FP4 rates are handed over in TFLOP/s."""


def draw() -> None:
    """A door for models that are not here, and two tables, each with the details of the chosen row."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.title("Library", anchor=False)
        share.draw("models")
    st.caption("Every value has a source. Open one in Explore to edit a copy; the presets themselves do not change.")
    models_tab, accelerators_tab = st.tabs([f"Models ({len(models())})", f"Accelerators ({len(accelerators())})"])
    with models_tab:
        with st.expander("Import a model that is not here", icon=":material/upload_file:", key="library import"):
            import_box.draw(_open)
        _models()
    with accelerators_tab:
        _accelerators()


def _open(model: Model) -> None:
    session.load(session.scenario().replace(model=model))
    st.switch_page(EXPLORE)


def _models() -> None:
    every = [load_model(name) for name in models()]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = session.page_text(
            "library.models",
            "Search models",
            "qwen3, moonshot, hybrid",
            "Words of a name, vendor, family or collection; all of them must occur.",
            ":material/search:",
        )
        vendors = {EVERY: "Any vendor"} | {name: name for name in sorted({model.vendor for model in every})}
        vendor = session.page_choice("library.vendor", "Vendor", vendors, "Only the models of one vendor.")
        sets = {EVERY: "Any collection"} | {name: name.replace("-", " ") for name in collections()}
        collection = session.page_choice(
            "library.collection", "Collection", sets, "Only models of one kind, year or publication."
        )
    found = find_models(text)
    listed = [
        model
        for model in sorted(every, key=lambda each: (each.vendor, each.family, each.name))
        if model.id in found and vendor in (EVERY, model.vendor) and collection in (EVERY, *model.collections)
    ]
    if not _counted(listed, every, "model"):
        return
    table(
        {
            "Model": [model.name for model in listed],
            "Vendor": [model.vendor for model in listed],
            "Attention": [_kinds(model) for model in listed],
            "Total": Numbers([float(model.parameters.total) for model in listed], count),
            "Published": Numbers([model.published.total_parameters for model in listed], count),
            "Active": Numbers([float(model.parameters.active) for model in listed], count),
            "Published active": Numbers([model.published.active_parameters for model in listed], count),
            "KV per token": Numbers([float(model.kv_bytes_per_token) for model in listed], _bytes),
            "State per sequence": Numbers([float(model.state_bytes_per_sequence) or None for model in listed], _bytes),
            "Layers": Numbers([float(model.layers) for model in listed], whole),
            "Hidden": Numbers([model.hidden for model in listed], whole),
            "Intensity (FLOP/B)": Numbers([float(model.arithmetic_intensity) for model in listed], digits),
            "Effective rank": Numbers([float(model.effective_rank) for model in listed], whole),
            "Sparsity S": Numbers([float(model.sparsity) for model in listed], "{:.3f}".format),
            "Collections": [", ".join(model.collections) for model in listed],
            "Source": [model.sources[-1].title for model in listed],
        },
        "models",
        TABLE_HEIGHT,
    )
    chosen = _chosen(
        "Model", MODEL, session.scenario().model.id, [(model.id, f"{model.name} · {model.vendor}") for model in listed]
    )
    model = load_model(chosen)
    if st.button("Open this model in Explore", icon=":material/tune:", key="use model", help="Start from this preset."):
        _open(model)
    model_details(model)


def _counted(listed: Sequence[object], every: Sequence[object], what: str) -> bool:
    """Say how many rows are left; False where none is."""
    if not listed:
        st.info(f"No {what} is left: take a word or a filter away.", icon=":material/filter_alt_off:")
        return False
    shown = f"All {len(every)} {what}s" if len(listed) == len(every) else f"{len(listed)} of {len(every)} {what}s"
    st.caption(f"{shown}. A click on the head of a column sorts by it.")
    return True


def _chosen(label: str, key: str, start: str, options: Sequence[tuple[str, str]]) -> str:
    """The row whose details are shown: that of the scenario to start with, the first one where it is filtered out."""
    names = dict(options)
    at = list(names).index(start) if start in names else 0
    return st.selectbox(
        label,
        list(names),
        index=at,
        format_func=names.__getitem__,
        key=key,
        help="Show its values. Type to find it.",
    )


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


def _tera_rate(value: float) -> str:
    return _rate(value * TERA)


def _bandwidth(value: float) -> str:
    return si(value, "B/s")


def _watts(value: float) -> str:
    return si(value, "W")


def _accelerators() -> None:
    every = [load_accelerator(name) for name in accelerators()]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = session.page_text(
            "library.accelerators",
            "Search accelerators",
            "h20, amd",
            "Words of a name or vendor; all of them must occur.",
            ":material/search:",
        )
        vendors = {EVERY: "Any vendor"} | {name: name for name in sorted({each.vendor for each in every})}
        vendor = session.page_choice(
            "library.maker", "Vendor of accelerators", vendors, "Only the accelerators of one vendor."
        )
    found = find_accelerators(text)
    listed = [
        each
        for each in sorted(every, key=lambda each: (each.vendor, each.name))
        if each.id in found and vendor in (EVERY, each.vendor)
    ]
    if not _counted(listed, every, "accelerator"):
        return
    columns: dict[str, tuple[Callable[[Accelerator], float | None], Callable[[float], str]]] = {
        "USD/h": (lambda each: each.usd_per_hour, usd),
        "BF16": (lambda each: each.bf16_flops_per_second, _rate),
        "8-bit rate": (lambda each: None if each.unknown(8, reads=False) else float(each.flops_per_second(8)), _rate),
        "FP4 rate, dense": (lambda each: each.fp4_flops_per_second and each.fp4_flops_per_second / TERA, _tera_rate),
        "Bandwidth": (lambda each: each.bytes_per_second, _bandwidth),
        "Ridge (FLOP/B)": (lambda each: None if each.unknown(8) else float(each.ridge()), digits),
        "Memory": (lambda each: each.memory_bytes, _bytes),
        "Power (TDP)": (lambda each: each.tdp_watts, _watts),
        "Scale-up": (lambda each: each.scale_up_bytes_per_second, _bandwidth),
        "Scale-up domain": (lambda each: each.scale_up_accelerators, whole),
    }
    table(
        {
            "Accelerator": [each.name for each in listed],
            "Vendor": [each.vendor for each in listed],
            **{title: Numbers([value(each) for each in listed], shown) for title, (value, shown) in columns.items()},
            "8-bit work runs in": [UNKNOWN if each.unknown(8, reads=False) else each.precision(8) for each in listed],
            "Basis": [each.basis for each in listed],
            "Source": [each.sources[0].title for each in listed],
        },
        "accelerators table",
        TABLE_HEIGHT,
    )
    first = session.scenario().accelerators[0].id
    chosen = _chosen("Accelerator", ACCELERATOR, first, [(each.id, f"{each.name} · {each.vendor}") for each in listed])
    _consider(load_accelerator(chosen))
    accelerator_details(load_accelerator(chosen))


def _consider(chosen: Accelerator) -> None:
    """A button that adds the accelerator to the scenario."""
    held = session.scenario().accelerators
    inside = chosen.id in [each.id for each in held]
    label = "Already among the accelerators in Explore" if inside else "Consider this accelerator in Explore"
    if st.button(
        label,
        icon=":material/add_card:",
        key="use accelerator",
        disabled=inside or len(held) >= MOST_ACCELERATORS,
        help="Add it to the accelerators of the scenario.",
    ):
        session.load(session.scenario().replace(accelerators=(*held, chosen)))
        st.switch_page(EXPLORE)


draw()
