"""Tables of numbers: sorted as numbers, shown as the rest of the app shows that quantity."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

MISSING = "\u2013"


@dataclass(frozen=True)
class Numbers:
    """A column of numbers, None where there is none, and how one of them is shown."""

    values: Sequence[float | None]
    shown: Callable[[float], str]


Column = Numbers | Sequence[str]


def table(columns: Mapping[str, Column], key: str, height: int | None = None) -> None:
    """A table whose columns of numbers sort as numbers."""
    series: dict[str, Any] = {
        name: pd.Series(list(column.values), dtype="float64")
        if isinstance(column, Numbers)
        else pd.Series(list(column), dtype="str")
        for name, column in columns.items()
    }
    shown: dict[Any, Any] = {name: column.shown for name, column in columns.items() if isinstance(column, Numbers)}
    styled: Any = pd.DataFrame(series).style.format(shown, na_rep=MISSING)
    tall: Any = "auto" if height is None else height
    st.dataframe(styled, hide_index=True, width="stretch", height=tall, key=key, placeholder=MISSING)


def whole(value: float) -> str:
    """A whole number with its thousands marked."""
    return f"{value:,.0f}"
