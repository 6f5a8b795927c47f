"""Prices of the Scenario's accelerators: the book they come from, and a small table to type them in."""

from dataclasses import replace
from typing import Any

import streamlit as st

from app import session
from app.widgets.controls import drawer
from app.widgets.knobs import Knobs
from app.wording import plain
from costmodel import MINE, PRESET_PRICES, Scenario, load_price_book, price_books, with_own_prices

BOOK = "prices"


def draw() -> dict[str, Any]:
    """The book, and a drawer with the price of every accelerator; returns the edits."""
    _book()
    scenario = session.scenario()
    if missing := [each.name for each in scenario.accelerators if each.usd_per_hour is None]:
        st.caption(plain(f"No price for {', '.join(missing)} here: left out of costs until you enter one."))
    with drawer("Prices by accelerator", "prices drawer", "payments") as opened:
        return _table(scenario) if opened else {}


def in_words(scenario: Scenario) -> str:
    """Where the prices of a scenario come from, and which of them do not come from there."""
    own = [each.name for each in scenario.accelerators if each.id in scenario.own_prices]
    mixed = f"; {', '.join(own)} at a price of your own, which mixes price books" if own else ""
    return f"Prices: {_name(scenario.prices)}{mixed}."


def in_short(scenario: Scenario) -> str:
    """The price book in two or three words, and how many prices are not from it."""
    short = {PRESET_PRICES: "preset prices", MINE: "own prices"}
    own = len(scenario.own_prices)
    book = short.get(scenario.prices) or load_price_book(scenario.prices).name
    return f"{book}, {own} own" if own and scenario.prices != MINE else book


def _name(book: str) -> str:
    return {PRESET_PRICES: "each preset's own", MINE: "yours"}.get(book) or load_price_book(book).name


def _book() -> None:
    scenario = session.scenario()
    current, names = scenario.prices, [PRESET_PRICES, *price_books(), MINE]
    session.prepare(BOOK, current, current)
    picked = st.selectbox(
        "Price book",
        names,
        index=names.index(current),
        key=BOOK,
        format_func=lambda name: _name(name).capitalize(),
        help="All prices from one source. A price that you enter stays when the book changes, and is named beside the "
        "results. Yours starts at the prices shown now.",
    )
    if picked != current:
        session.load(with_own_prices(scenario) if picked == MINE else scenario.replace(prices=picked))
        session.settle(BOOK, picked)


def _table(scenario: Scenario) -> dict[str, Any]:
    """A price box for every accelerator, named after it."""
    knobs = Knobs.read()
    names = {f"accelerators.{each.id}.usd_per_hour": plain(each.name) for each in scenario.accelerators}
    named = {path: replace(knobs.fields[path], label=name) for path, name in names.items()}
    edits = Knobs(named, knobs.now, knobs.changed).draw(tuple(named))
    if scenario.prices not in (PRESET_PRICES, MINE):
        st.caption(plain(load_price_book(scenario.prices).basis))
    return edits
