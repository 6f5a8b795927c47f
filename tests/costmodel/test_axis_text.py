"""Axes as text: ranges, lists, first ranges to try, and refusals."""

import pytest

import costmodel as cm

FIELDS = cm.fields(cm.default_scenario())


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("16..64..16", [16, 32, 48, 64]),
        ("1..4", [1, 2, 3, 4]),
        (" 64, 128 ,192", [64, 128, 192]),
        ("0.1..0.3..0.1", [0.1, 0.2, pytest.approx(0.3)]),
        ("5..5", [5]),
        ("1e3", [1000]),
        ("-0.9..-0.7..0.1", [-0.9, -0.8, pytest.approx(-0.7)]),
    ],
)
def test_ranges_and_lists_are_read(text: str, values: list[float]) -> None:
    assert cm.read_axis("hidden", text) == values


@pytest.mark.parametrize(
    "text", ["", ",", "1,,2", "x", "1..", "--1", "1e+", "1..2..3..4", "1e300", "1_0", "1," * 900 + "1"]
)
def test_what_is_no_axis_is_refused(text: str) -> None:
    with pytest.raises(cm.DomainError, match=r"hidden: must be a range such as 16\.\.256\.\.16 or a list"):
        cm.read_axis("hidden", text)


@pytest.mark.parametrize("text", ["4..1", "1..4..0", "1..10001"])
def test_a_range_must_go_up_in_few_values(text: str) -> None:
    with pytest.raises(cm.DomainError, match=r"must go up from\.\.to\.\.step in at most 10,000 values"):
        cm.read_axis("hidden", text)


@pytest.mark.parametrize("path", [path for path, field in FIELDS.items() if isinstance(field, cm.Field)])
def test_a_first_axis_can_be_read_and_holds_valid_values(path: str) -> None:
    field, value = FIELDS[path], cm.value(cm.default_scenario(), path)
    assert all(field.check(each) == each for each in cm.read_axis(path, cm.first_axis(field, value)))
