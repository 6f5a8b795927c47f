"""A picture of an answer, to send on: title, bars with their numbers, and the link that opens it again, as PNG.

Pillow comes with Streamlit and reads the app's own fonts; drawing Vega charts on the server would take a second engine
of 30 MB for the same few bars.
"""

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from app.charts.theme import LIGHT
from app.wording import verbatim

STATIC = Path(__file__).parent / "static"
WIDTH, MARGIN = 1200, 56
TITLE_SIZE, TEXT_SIZE, LINK_SIZE = 40, 24, 18
BAR_HEIGHT, ROW_HEIGHT = 26, 74
MOST_BARS = 8
LONGEST_LINK = 4_000
"""A longer link is left to the text of the file: the picture would be nothing else."""
REGULAR, BOLD = 420, 680


@dataclass(frozen=True)
class Bar:
    """A row of the picture: what it is, its number in words, and its length where it has one."""

    label: str
    shown: str
    value: float | None = None


@dataclass(frozen=True)
class Card:
    """What a picture says; the first bar is the answer and stands out."""

    title: str
    subtitle: str
    bars: tuple[Bar, ...]
    note: str


def png(card: Card, link: str) -> bytes:
    """The picture as a file; title, numbers and link stand in its text fields too, for those who cannot see it."""
    lines = _link_lines(link)
    title = _wrapped(card.title, _font(TITLE_SIZE, BOLD))
    subtitle = _wrapped(card.subtitle, _font(TEXT_SIZE, REGULAR))
    bars = card.bars[:MOST_BARS]
    height = 2 * MARGIN + 52 * len(title) + 34 * len(subtitle) + ROW_HEIGHT * len(bars) + 24 * len(lines) + 72
    image = Image.new("RGB", (WIDTH, height), LIGHT.surface)
    pen = ImageDraw.Draw(image)
    top = MARGIN
    for line in title:
        pen.text((MARGIN, top), line, LIGHT.ink, _font(TITLE_SIZE, BOLD))
        top += 52
    for line in subtitle:
        pen.text((MARGIN, top), line, LIGHT.gray, _font(TEXT_SIZE, REGULAR))
        top += 34
    top = _bars(pen, top + 24, bars)
    pen.text((MARGIN, top + 8), verbatim(card.note), LIGHT.gray, _font(LINK_SIZE, REGULAR))
    for line in lines:
        top += 24
        pen.text((MARGIN, top + 16), line, LIGHT.accent, _font(LINK_SIZE, REGULAR, mono=True))
    return _file(image, card, link)


def description(card: Card) -> str:
    """The picture in words."""
    return "\n".join([card.subtitle, *(f"{bar.label}: {bar.shown}" for bar in card.bars[:MOST_BARS]), card.note])


def _bars(pen: ImageDraw.ImageDraw, top: int, bars: tuple[Bar, ...]) -> int:
    """Rows of label, number and bar; the place below them."""
    longest = max((bar.value for bar in bars if bar.value is not None), default=0.0) or 1.0
    for place, bar in enumerate(bars):
        font = _font(TEXT_SIZE, BOLD if place == 0 else REGULAR)
        pen.text((MARGIN, top), _cut(bar.label, font, WIDTH - 2 * MARGIN - 260), LIGHT.ink, font)
        pen.text((WIDTH - MARGIN, top), verbatim(bar.shown), LIGHT.ink, font, anchor="ra")
        if bar.value is not None:
            end = MARGIN + max(2, round((WIDTH - 2 * MARGIN) * bar.value / longest))
            box = (MARGIN, top + 34, end, top + 34 + BAR_HEIGHT)
            pen.rounded_rectangle(box, 5, LIGHT.accent if place == 0 else LIGHT.faint)
        top += ROW_HEIGHT
    return top


@cache
def _font(size: int, weight: int, *, mono: bool = False) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(str(STATIC / ("jbmono.woff2" if mono else "inter.woff2")), size)
    font.set_variation_by_axes([weight])
    return font


def _wrapped(text: str, font: ImageFont.FreeTypeFont) -> list[str]:
    """Lines that fit between the margins; a word that is longer than a line is cut."""
    lines = [""]
    for word in verbatim(text).split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= WIDTH - 2 * MARGIN:
            lines[-1] = longer
        else:
            lines.append(_cut(word, font, WIDTH - 2 * MARGIN))
    return [line for line in lines if line]


def _cut(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    shown = verbatim(text)
    while font.getlength(shown) > width:
        shown = f"{shown[:-2]}\u2026"
    return shown


def _link_lines(link: str) -> list[str]:
    """The link in lines of equal length, as it is typed; nothing where it is too long to be."""
    if len(link) > LONGEST_LINK:
        return []
    per_line = int((WIDTH - 2 * MARGIN) / _font(LINK_SIZE, REGULAR, mono=True).getlength("m"))
    return [link[start : start + per_line] for start in range(0, len(link), per_line)]


def _file(image: Image.Image, card: Card, link: str) -> bytes:
    """The image as PNG with its words."""
    words = PngInfo()
    for name, text in {"Title": card.title, "Description": description(card), "Source": link}.items():
        words.add_itxt(name, text)
    file = io.BytesIO()
    image.save(file, "PNG", pnginfo=words, optimize=True)
    return file.getvalue()
