"""Numbers and names as a reader wants them, and text that nothing can be made of."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.wording import (
    JOINER,
    NBSP,
    change,
    count,
    digits,
    duration,
    exactly,
    field_value,
    percent,
    plain,
    quantity,
    si,
    tokens,
    usd,
    verbatim,
)
from costmodel import Accelerator, Workload
from tests.app.strange import REPLACED, STRANGE


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0550, "$0.0550"),
        (0.123, "$0.123"),
        (1.234, "$1.23"),
        (12.34, "$12.3"),
        (1234.5, "$1,234"),
        (0.00123, "$0.00123"),
    ],
)
def test_money_has_three_significant_digits(value: float, shown: str) -> None:
    assert usd(value) == shown


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (31232, "B", "31.2 kB"),
        (1.98e15, "FLOP/s", "1.98 PFLOP/s"),
        (4e12, "B/s", "4 TB/s"),
        (512, "B", "512 B"),
        (0, "B", "0 B"),
    ],
)
def test_quantities_have_a_decimal_prefix(value: float, unit: str, shown: str) -> None:
    assert si(value, unit) == shown.replace(" ", NBSP)


@pytest.mark.parametrize(
    ("value", "shown"), [(3.16e11, "316B"), (3.79e10, "37.9B"), (1.03e12, "1.03T"), (950, "950"), (2e6, "2M")]
)
def test_parameters_are_counted_in_billions(value: float, shown: str) -> None:
    assert count(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (8192, "8K"),
        (2**20, "1M"),
        (131072, "128K"),
        (5120, "5K"),
        (1280, "1.25K"),
        (1000, "1,000"),
        (8193, "8,193"),
        (1, "1"),
    ],
)
def test_context_words_of_powers_of_two_and_other_numbers(value: int, shown: str) -> None:
    assert tokens(value) == shown


@given(value=st.integers(1, 10_000_000))
def test_a_context_is_never_rounded(value: int) -> None:
    shown = tokens(value)
    factor = {"K": 2**10, "M": 2**20}.get(shown[-1], 1)
    assert float(shown.rstrip("KM").replace(",", "")) * factor == value


@given(value=st.floats(1e-6, 1e14))
def test_digits_keep_a_value_to_half_a_percent(value: float) -> None:
    assert abs(float(digits(value).replace(",", "")) / value - 1) < 0.0051


@given(value=st.floats(1e-9, 1e20))
def test_what_is_checked_by_hand_has_at_least_seven_digits(value: float) -> None:
    assert abs(float(exactly(value).replace(",", "")) / value - 1) < 1e-6


def test_a_difference_too_small_to_see_is_not_shown() -> None:
    assert change(1.0004, 1.0) is None
    assert change(1.1, 1.0) == f"+10.0{NBSP}%"
    assert change(0.5, 1.0) == f"-50.0{NBSP}%"
    assert change(1.0, 0.0) is None


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.055, "USD/1M tokens", "$0.0550"),
        (31232, "byte/token", "31.2 kB"),
        (1.2e9, "FLOP/token", "1.2 GFLOP"),
        (128, "FLOP/byte", "128"),
        (3.16e11, "parameters", "316B"),
        (0.0833, "1", "0.0833"),
    ],
)
def test_results_have_the_style_of_their_unit(value: float, unit: str, shown: str) -> None:
    assert quantity(value, unit) == shown.replace(" ", NBSP)


@pytest.mark.parametrize(("share", "shown"), [(0.129, "12.9 %"), (1, "100.0 %"), (0.0004, "0.0 %"), (-0.08, "-8.0 %")])
def test_shares_have_one_decimal_and_a_no_break_space(share: float, shown: str) -> None:
    assert percent(share) == shown.replace(" ", NBSP)
    assert percent(share, signed=True).lstrip("+") == percent(share)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (264.4e-6, "264 \u00b5s"),
        (0.05, "50 ms"),
        (1.25, "1.25 s"),
        (4e-8, "0.04 \u00b5s"),
        (0, "0 \u00b5s"),
        (float("inf"), "unbounded"),
    ],
)
def test_durations_have_three_digits_and_a_fitting_unit(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown.replace(" ", NBSP)
    assert rendered(plain(duration(seconds))) == duration(seconds)


def test_a_field_is_shown_in_the_unit_that_people_use() -> None:
    marks = Accelerator.quantities()
    assert field_value(marks["fp8_flops_per_second"], 1.98e15) == f"1,980{NBSP}TFLOP/s"  # type: ignore[arg-type]
    assert field_value(marks["fp8_flops_per_second"], None) == "none"  # type: ignore[arg-type]
    assert field_value(Workload.quantities()["context"], 8192) == "8,192"  # type: ignore[arg-type]


MARKS = st.sampled_from("*_`~$<>[](){}|#:@&!\\\"'-+=./\n\r\t  0aw\u202e\x00é")
TEXTS = st.text() | st.text(MARKS, max_size=30) | st.lists(st.sampled_from(sorted(STRANGE)), max_size=4).map(" ".join)
GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def rendered(markdown: str) -> str:
    """The text of a paragraph of nothing but text; fails where markdown made anything else of it."""
    blocks = GFM.parse(markdown)
    assert [block.type for block in blocks] in ([], ["paragraph_open", "inline", "paragraph_close"])
    parts = [part for block in blocks for part in block.children or ()]
    assert {part.type for part in parts} <= {"text"}
    return "".join(part.content for part in parts)


def without_help(shown: str) -> str:
    """What a reader sees: word joiners take no room, and a space that is kept looks like any other."""
    return shown.replace(JOINER, "").replace("\u00a0", " ")


@given(text=TEXTS)
def test_plain_text_shows_every_character_and_makes_no_markup(text: str) -> None:
    assert without_help(rendered(plain(text))).strip() == without_help(verbatim(text)).strip()


@given(text=TEXTS)
def test_plain_text_holds_nothing_the_page_would_replace(text: str) -> None:
    shown = rendered(plain(text))
    for name, pattern in REPLACED.items():
        assert re.search(pattern, shown) is None, name
    assert ":material/" not in plain(text)


@given(text=TEXTS)
def test_verbatim_text_is_one_line_of_shapes(text: str) -> None:
    assert verbatim(text).replace(NBSP, " ").isprintable()
    assert verbatim(text) == "".join(map(verbatim, text))
    assert all(verbatim(char) in (char, repr(char)[1:-1]) for char in text)


@pytest.mark.parametrize("text", ["cost  < 3", "a <= b > c", "parameters.total <= 1; <b>x</b>", "[x](y) `z` $1"])
def test_comparison_signs_are_never_lost(text: str) -> None:
    assert without_help(rendered(plain(text))) == text
    assert verbatim(text) == text
