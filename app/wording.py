"""Numbers and names as a reader wants them: SI prefixes, money, tokens; and text that is safe to lay out."""

import re
from math import isinf
from typing import SupportsFloat

from costmodel import Field

NBSP = "\u00a0"
"""Between a number and its unit: a line never breaks there."""

PREFIXES = ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
BIG_COUNTS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
DURATIONS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "\u00b5s"))
BINARY_COUNTS = ((2**20, "M"), (2**10, "K"))

JOINER = "\u2060"
"""A word joiner, which takes no room: between two characters it keeps them from being read as one mark."""

# What CommonMark and its extensions for tables, formulas and coloured text could be made of.
_MARKS = re.compile(r"[\\`*_{}\[\]<>~$&|#:]|^[-+=]|^[0-9]{1,9}(?=[.)])")
# Addresses, emoji, icons and arrows are made of plain text after escapes are gone.
_PAIRS = re.compile(r"(?<=:)(?=\S)|(?<=@)(?=\S)|(?<=www)(?=\.)|(?<=[<>~-])(?=[-=>])", re.IGNORECASE)
_LOST_SPACES = re.compile(r"^ | (?= )")


def missing(reason: str) -> str:
    """Why an accelerator is not ranked, without its name: no known price."""
    return re.sub(r"no (.+) is known for .*", r"no known \1", reason)


def usd(value: SupportsFloat) -> str:
    """Three significant digits: $0.0550, $1.23, $123; nothing at all is $0."""
    number = float(value)
    if number == 0:
        return "$0"
    decimals = next((n for limit, n in ((100, 0), (10, 1), (1, 2), (0.1, 3), (0.01, 4)) if number >= limit), 5)
    return f"${number:,.{decimals}f}"


def money(value: SupportsFloat) -> str:
    """The same for markdown, where two dollar signs would begin a formula."""
    return usd(value).replace("$", r"\$")


def si(value: SupportsFloat, unit: str) -> str:
    """Three significant digits with a decimal prefix: 31.2 kB, 1.98 PFLOP/s."""
    number = float(value)
    for factor, prefix in PREFIXES:
        if abs(number) >= factor:
            return f"{digits(number / factor)}{NBSP}{prefix}{unit}"
    return f"{digits(number)}{NBSP}{unit}"


def quantity(value: float, unit: str) -> str:
    """A result in the style of its unit: money, bytes and FLOPs with a prefix, counted parameters, else digits."""
    if unit.startswith("USD"):
        return usd(value)
    for name, short in (("byte", "B"), ("FLOP", "FLOP")):
        if unit.split("/", maxsplit=1)[0] == name and unit != "FLOP/byte":
            return si(value, short)
    return count(value) if unit == "parameters" else digits(value)


def percent(share: SupportsFloat, *, signed: bool = False) -> str:
    """A share with one decimal: 12.9 %, or +12.9 % for a difference."""
    return f"{float(share) * 100:{'+' if signed else ''}.1f}{NBSP}%"


def duration(seconds: float) -> str:
    """Three significant digits in the unit that leaves no leading zeros: 264 µs, 50 ms, 1.2 s; some waits never end."""
    if isinf(seconds):
        return "unbounded"
    factor, unit = next((each for each in DURATIONS if seconds >= each[0]), DURATIONS[-1])
    return f"{digits(seconds / factor)}{NBSP}{unit}"


def digits(value: SupportsFloat) -> str:
    """Three significant digits without an exponent; whole numbers below 1,000 stay whole."""
    number = float(value)
    if number == round(number) and abs(number) < 10_000:
        return f"{number:,.0f}"
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"


def exactly(value: SupportsFloat) -> str:
    """All digits of a whole number, seven significant ones otherwise: what a reader checks by hand."""
    number = float(value)
    if number == round(number) and abs(number) < 1e15:
        return f"{number:,.0f}"
    return f"{number:.7g}"


def count(value: SupportsFloat) -> str:
    """Parameters and other large counts: 316B, 37.9B, 1.03T."""
    number = float(value)
    for factor, suffix in BIG_COUNTS:
        if abs(number) >= factor:
            return f"{digits(number / factor)}{suffix}"
    return digits(number)


def tokens(value: float) -> str:
    """Contexts as people write them: 8K is 8,192; what is no round number stays as it is."""
    for factor, suffix in BINARY_COUNTS:
        if value >= factor and (value * 4) % factor == 0:
            return f"{value / factor:g}{suffix}"
    return f"{value:,.0f}"


def change(now: SupportsFloat, before: SupportsFloat) -> str | None:
    """Relative difference for a metric card, or None when there is none to three digits."""
    new, old = float(now), float(before)
    if old == 0 or abs(new / old - 1) < 5e-4:
        return None
    return percent(new / old - 1, signed=True)


def field_value(field: Field, value: float | None) -> str:
    """The value of a field in its display unit."""
    if value is None:
        return "none"
    if field.scale_unit:
        return f"{value / field.scale:,.10g}{NBSP}{field.scale_unit}"
    return f"{value:,.10g}"


def verbatim(text: str) -> str:
    r"""Text of a stranger for `st.text` and for cells of a table, on one line with every character in sight.

    A character that has no shape of its own (a line break, a change of direction) is shown as Python writes it; a
    no-break space is shown as the space that it is.

    >>> verbatim("cost < 3\n")
    'cost < 3\\n'
    """
    return "".join(char if char.isprintable() or char == NBSP else repr(char)[1:-1] for char in text)


def plain(text: str) -> str:
    """The same for markdown: every character is shown as itself and none of them makes a link, a mark or HTML."""
    joined = _PAIRS.sub(JOINER, verbatim(text))
    return _LOST_SPACES.sub("\u00a0", _MARKS.sub(_escaped, joined))


def _escaped(mark: re.Match[str]) -> str:
    """A mark with the backslash that takes its meaning; after the digits of a list it is the point that has one."""
    return f"{mark[0]}\\" if mark[0].isdigit() else f"\\{mark[0]}"
