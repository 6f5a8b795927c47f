"""Break-even prices of every accelerator against every other one, each doing everything alone."""

from math import log

from app.charts.sketch import At, box, drawing, words
from app.charts.spoken import listed
from app.charts.theme import Rows, Spec
from app.wording import percent, usd
from costmodel import Scenario, break_even

TITLE = "One against one, each doing everything alone"
CAPTION = "USD per hour at which the row ties with the column; below it, how far the row's own price is from that"

HEAD, CELL = 26, 48
LEFT, LEFT_PHONE = 0.2, 0.2
SMALL = 5
"""With more accelerators a phone has no room for the distance."""


def rows(scenario: Scenario) -> Rows:
    """Names on both sides and a cell for each pair; the diagonal holds today's prices."""
    ties = {(each.accelerator.id, each.against.id): each.single for each in break_even(scenario)}
    kinds = scenario.accelerators
    wide = (1 - LEFT) / len(kinds)
    size = 10.0 if len(kinds) > SMALL else 11.0
    table: Rows = []
    for place, column in enumerate(kinds):
        middle = LEFT + wide * (place + 0.5)
        limit = At(middle, 0, 12, size=12, align="center"), At(middle, 0, 12, size=9, align="center")
        table.append(words(column.name.replace("Ascend ", ""), *limit, colour="gray"))
    for line, row in enumerate(kinds):
        top = HEAD + CELL * line
        name = At(0, 2, top + 22), At(0, 0, top + 22, size=10)
        table.append(words(row.name, *name, weight=600))
        for place, column in enumerate(kinds):
            left = LEFT + wide * place
            cell = At(left, 2, top, left + wide, -2, top + CELL - 5)
            tie = ties.get((row.id, column.id))
            table.append(box(cell, cell, fill="band", radius=5.0))
            table += _cell(left + wide / 2, top, row.usd_per_hour, tie, size)
    return table


def _cell(middle: float, top: float, now: float | None, tie: float | None, size: float) -> Rows:
    upper = At(middle, 0, top + 14, size=13, align="center"), At(middle, 0, top + 14, size=size, align="center")
    lower = At(middle, 0, top + 31, size=11, align="center"), At(middle, 0, top + 31, size=9, align="center")
    price = "" if now is None else usd(now)
    if tie is None or now is None:
        return [words(price, *upper, colour="gray"), words("now", *lower, colour="gray")]
    apart = now / tie - 1
    said = f"{percent(abs(apart))} {'above' if apart > 0 else 'below'}"
    small = None if size < 11 else At(middle, 0, top + 31, size=9, align="center")
    return [
        words(usd(tie), *upper, weight=700),
        words(said, lower[0], None, colour="bad" if apart > 0 else "good"),
        words(percent(apart, signed=True), None, small, colour="bad" if apart > 0 else "good"),
    ]


def chart(theme: str, scenario: Scenario) -> Spec:
    """The filled drawing."""
    return drawing(theme, rows(scenario), HEAD + CELL * len(scenario.accelerators) + 4)


def in_words(scenario: Scenario) -> str:
    """For each accelerator the tie that is nearest to its price."""
    said = []
    for each in scenario.accelerators:
        now = each.usd_per_hour
        ties = [tie for tie in break_even(scenario) if tie.accelerator.id == each.id]
        if now is None or not ties:
            continue
        nearest = min(ties, key=lambda tie: abs(log(tie.single / now)))
        said.append(f"{each.name}, now {usd(now)}, ties with {nearest.against.name} at {usd(nearest.single)}")
    return listed(said, most=8)
