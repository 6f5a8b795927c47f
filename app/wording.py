"""Numbers and names as a reader wants them: SI prefixes, money, tokens; and text that is safe to lay out."""

import re

from costmodel import Field

PREFIXES = ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
BIG_COUNTS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
BINARY_COUNTS = ((2**20, "M"), (2**10, "K"))

# Markdown makes links of bare addresses.
_ADDRESS = re.compile(r"//+|www\.", re.IGNORECASE | re.ASCII)
_UNSAFE = re.compile(r"[^\w .,:;%+\-/()=?']", re.ASCII)


def usd(value: float) -> str:
    """Three significant digits: $0.0550, $1.23, $123."""
    decimals = next((n for limit, n in ((100, 0), (10, 1), (1, 2), (0.1, 3), (0.01, 4)) if value >= limit), 5)
    return f"${value:,.{decimals}f}"


def si(value: float, unit: str) -> str:
    """Three significant digits with a decimal prefix: 31.2 kB, 1.98 PFLOP/s."""
    for factor, prefix in PREFIXES:
        if abs(value) >= factor:
            return f"{digits(value / factor)} {prefix}{unit}"
    return f"{digits(value)} {unit}"


def digits(value: float) -> str:
    """Three significant digits without an exponent; whole numbers below 1,000 stay whole."""
    if value == round(value) and abs(value) < 10_000:
        return f"{value:,.0f}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def exactly(value: float) -> str:
    """All digits of a whole number, seven significant ones otherwise: what a reader checks by hand."""
    if value == round(value) and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:.7g}"


def count(value: float) -> str:
    """Parameters and other large counts: 316B, 37.9B, 1.03T."""
    for factor, suffix in BIG_COUNTS:
        if abs(value) >= factor:
            return f"{digits(value / factor)}{suffix}"
    return digits(value)


def tokens(value: float) -> str:
    """Contexts as people write them: 8K is 8,192; what is no round number stays as it is."""
    for factor, suffix in BINARY_COUNTS:
        if value >= factor and (value * 4) % factor == 0:
            return f"{value / factor:g}{suffix}"
    return f"{value:,.0f}"


def change(now: float, before: float) -> str | None:
    """Relative difference for a metric card, or None when there is none to three digits."""
    if before == 0 or abs(now / before - 1) < 5e-4:
        return None
    return f"{(now / before - 1) * 100:+.1f} %"


def field_value(mark: Field, value: float | None) -> str:
    """The value of a field as people speak of it, with its unit."""
    if value is None:
        return "none"
    if mark.scale_unit:
        return f"{value / mark.scale:,.10g} {mark.scale_unit}"
    return f"{value:,.10g}"


def plain(text: str) -> str:
    """Text without any character that markdown, HTML or a link could be made of."""
    return _ADDRESS.sub(" ", _UNSAFE.sub("", text))
