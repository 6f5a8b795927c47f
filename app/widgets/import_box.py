"""One box for a model: a preset by its name, or the config.json of any other, pasted or uploaded."""

from collections.abc import Callable
from hashlib import sha256

import streamlit as st

from app import session
from app.uploads import text_of
from app.wording import count, plain, si, verbatim
from costmodel import (
    KV_BITS,
    CostModelError,
    DomainError,
    Imported,
    Model,
    find_models,
    load_model,
    read_huggingface,
    to_query,
)

TEXT, FILE, NAME, KV = "import text", "import file", "import name", "import kv bits"
AS_THE_FILE = "As the file says"
LARGEST_KB = 1024
LONGEST_NAME = 80
MOST_MATCHES = 6
KEYS = {
    "used": "Used",
    "redundant": "Agreeing with another key, or without effect",
    "irrelevant": "Irrelevant to cost",
    "unknown": "Unknown, and of no size",
}

Open = Callable[[Model], None]


def draw(open_model: Open) -> None:
    """The box, and below it the answer; `open_model` is called with the model that a visitor opens."""
    text = st.text_area(
        "Preset name, or the config.json of a model",
        key=TEXT,
        height=110,
        max_chars=LARGEST_KB * 1024,
        placeholder='qwen3   or   {"model_type": "llama", "hidden_size": 4096, ...}',
        help="Part of a name, vendor or collection finds presets. A config.json of Hugging Face is read exactly or "
        "refused with the reason; it stays on this server only while you look at it.",
    )
    upload = st.file_uploader(
        "Or upload a config.json, at most 1 MB",
        type=["json"],
        key=FILE,
        max_upload_size=1,
        help="Its text is read as if it were pasted. An uploaded file counts before the text above.",
    )
    if upload is not None:
        _answer(upload.getvalue(), open_model)
    elif text.strip().startswith(("{", "[")) or "\n" in text.strip():
        _answer(text.encode("utf-8", "surrogatepass"), open_model)
    elif text.strip():
        _matches(text, open_model)


def _matches(text: str, open_model: Open) -> None:
    """The presets of a name, each with a button that opens it."""
    found = find_models(text)
    if not found:
        st.info(f"No preset is called {plain(text.strip())}: paste its config.json.", icon=":material/search_off:")
    for name in found[:MOST_MATCHES]:
        model = load_model(name)
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            sizes = f"{count(model.parameters.total)} total, {count(model.parameters.active)} active"
            st.markdown(f"**{plain(model.name)}** · {plain(model.vendor)} · {sizes}", width="content")
            _opener(model, open_model, f"open {name}")
    if len(found) > MOST_MATCHES:
        st.caption(f"and {len(found) - MOST_MATCHES} more: type more of the name.")


def _answer(content: bytes, open_model: Open) -> None:
    """The model that a file describes and the origin of each number, or the reasons why it is refused."""
    kv_bits = _kv_bits()
    try:
        imported = read_huggingface(text_of(content), kv_bits=kv_bits)
    except DomainError as error:
        _refusal(error)
        return
    model = imported.model
    st.success(f"Read as {plain(model.name)}: every size comes from the file.", icon=":material/task_alt:")
    _sizes(model)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Name",
            value=model.name,
            max_chars=LONGEST_NAME,
            key=f"{NAME} {sha256(content).hexdigest()[:16]}",
            help="Shown on every page and kept in the link.",
        )
        named = _renamed(model, name)
        _opener(named, open_model, "open import")
        scenario = session.scenario().replace(model=named)
        st.link_button(
            "Save as TOML",
            f"/api/scenario.toml?{to_query(scenario)}",
            icon=":material/draft:",
            help="A scenario file with this model on the present accelerators.",
        )
    _origin(imported)


def _kv_bits() -> int | None:
    """The visitor's choice of the cache's precision; None leaves it to the file."""
    choices = {AS_THE_FILE: None} | {f"{bits} bits": bits for bits in reversed(KV_BITS)}
    picked = st.segmented_control(
        "KV cache",
        list(choices),
        default=AS_THE_FILE,
        required=True,
        key=KV,
        help="A file that says nothing of its KV cache means 16 bits. Many serve it in 8.",
    )
    return choices[str(picked)]


def _renamed(model: Model, name: str) -> Model:
    try:
        return model.replace(name=name)
    except CostModelError:
        st.warning("A name has at least one letter; the name of the file is kept.")
        return model


def _opener(model: Model, open_model: Open, key: str) -> None:
    label = "Open in Explore"
    if st.button(label, key=key, icon=":material/tune:", help="Every number on every page is then that of this model."):
        open_model(model)


def _refusal(error: DomainError) -> None:
    st.error("This file is not imported: it cannot be read exactly.", icon=":material/report:")
    for problem in error.problems:
        st.text(verbatim(str(problem)))


def _sizes(model: Model) -> None:
    sizes = {
        "Parameters": count(model.parameters.total),
        "Active": count(model.parameters.active),
        "KV per token": si(model.kv_bytes_per_token, "B"),
        "KV at 8K": si(model.kv_bytes_per_sequence(8192), "B"),
        "State": si(model.state_bytes_per_sequence, "B"),
    }
    with st.grid("auto", min_column_width=120, gap="small"):
        for label, value in sizes.items():
            st.metric(label, value)
    groups = ", ".join(f"{group.layers} {group.label}" for stack in (model.attention, model.ffn) for group in stack)
    st.caption(plain(f"{model.parameters.total:,.0f} parameters, each explained. Layers: {groups}."))


def _origin(imported: Imported) -> None:
    """Notes, the key of every field, and what became of the other keys."""
    st.caption("\n".join(f"- {plain(note)}" for note in imported.notes))
    with st.expander(f"Where {len(imported.provenance)} values come from", icon=":material/account_tree:"):
        names = [name.replace("_", " ").replace(".", ": ") for name in imported.provenance]
        keys = list(imported.provenance.values())
        st.table(
            {"Value": list(map(plain, names)), "Key of the file, default or rule": list(map(plain, keys))},
            border="horizontal",
        )
    listed = {title: getattr(imported, name) for name, title in KEYS.items()}
    with st.expander(f"All {sum(map(len, listed.values()))} keys of the file", icon=":material/key:"):
        for title, keys in listed.items():
            st.markdown(f"**{title}** ({len(keys)})")
            st.text(verbatim(", ".join(keys) or "none"))
