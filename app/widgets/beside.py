"""The models that a chart of one design shows beside it: a collection small enough for names that can be read."""

from app import session
from costmodel import PAPER_COLLECTION, Model, collections, load_model, models

MOST = 12
"""Names that a chart has room for."""
NONE = "none"


def chosen(setting: str) -> list[Model]:
    """A menu of collections, kept in the link as `page.<setting>`; the models of the one that is picked."""
    small = [name for name in collections() if len(models(name)) <= MOST and name != PAPER_COLLECTION]
    titles = {name: f"{name.replace('-', ' ')} ({len(models(name))} models)" for name in (PAPER_COLLECTION, *small)}
    picked = session.page_choice(
        setting,
        "Beside",
        titles | {NONE: "no other models"},
        f"The models in gray: a collection of at most {MOST}; the Library lists all of them.",
    )
    return [] if picked == NONE else [load_model(name) for name in models(picked)]
