"""The bridge from the ideal limit to whole servers, measured rates and a measured deployment, lane by lane."""

from dataclasses import dataclass
from typing import Any

from app.charts import bridge_published
from app.charts.bridge_frame import ACROSS, ACROSS_PHONE, LANE, LEFT
from app.charts.bridge_published import Published
from app.charts.sketch import NONE, At, box, drawing, words
from app.charts.theme import Rows, Spec
from app.wording import duration, percent, usd
from costmodel import Bridge, BridgeLane, Scenario

TITLE = "Why the bill is higher than the limit"
CAPTION = "USD per 1M tokens, one condition after the other; pale: carried over, full: added by this step"

PAD, LEGEND = 34, 18
LAST = 4
"""Place of the measured rates among the steps."""

SMALLEST = 5e-4
"""Changes below this share are none to the printed digit."""

COLOURS = {"pair": "attention", "pair_anew": "third", "single": "single", "single_anew": "feed"}


@dataclass(frozen=True)
class _Lane:
    """A lane with its colour and its name."""

    lane: BridgeLane
    colour: str
    name: str


def lanes(found: Bridge) -> list[_Lane]:
    """Pairs first, then single accelerators: the limit's choice before the plan's."""
    named = {name: getattr(found, name) for name in COLOURS}
    return [_Lane(lane, COLOURS[name], lane_name(lane)) for name, lane in named.items() if lane is not None]


def lane_name(lane: BridgeLane) -> str:
    """`AFD: H20 + H800` or `H800 alone`."""
    if lane.afd:
        return f"AFD: {lane.attention_on.name} + {lane.ffn_on.name}"
    return f"{lane.attention_on.name} alone"


MEASURED = {
    "kernels": ("5 Measured kernels", "kernel times with fixed parts"),
    "measured": ("5 Measured shares of peak", "shares that kernels reach"),
    "measured-fa3": ("5 Measured shares of peak", "kernel shares, FA3 tiles"),
}


def steps(scenario: Scenario, rates: str) -> list[tuple[str, str, str]]:
    """Title, what the step adds, and the page that shows its figure; the last one is at that kind of rates."""
    ideal, page = scenario.rates == "ideal", "= the price on Plan" if scenario.objective == "usd" else ""
    return [
        ("1 Limit", "peak rates, always busy", "= the price on Explore"),
        ("2 Whole servers", "network, slowest layer", ""),
        (f"3 SLA of {duration(scenario.sla.tpot)}", "TPOT bounds the batch", ""),
        ("4 Memory", "weights and cache fit", page if ideal else ""),
        (*MEASURED[rates], "" if ideal else page),
    ]


def rows(scenario: Scenario, found: Bridge, published: Published) -> Rows:
    """Legend, five steps with a bar for each lane, and published deployments."""
    drawn = lanes(found)
    known = [level.usd_per_million_tokens for each in drawn for level in each.lane.levels]
    dearest = max(cost for cost in known if cost is not None)
    table: Rows = []
    for place, each in enumerate(drawn):
        y = 4 + LEGEND * place
        swatch = At(0, 2, y, 0, 14, y + 12)
        note = "" if each.lane in (found.pair, found.single) else ", the plan's own choice"
        table += [
            box(swatch, swatch, fill=each.colour, radius=3.0),
            words(f"{each.name}{note}", At(0, 20, y + 6), At(0, 20, y + 6)),
        ]
    top = 12.0 + LEGEND * len(drawn)
    height = PAD + LANE * len(drawn)
    for place, step in enumerate(steps(scenario, found.rates)):
        table += _step(step, verdict(found, place), top, height)
        for number, each in enumerate(drawn):
            table += _bar(each, place, dearest, top + LANE * number)
        top += height
    by_colour = {each.colour: each.lane for each in drawn}
    return table + bridge_published.rows(scenario, by_colour, published, dearest, top)


def height(found: Bridge) -> int:
    """Height of the drawing [px]."""
    count = len(found.lanes)
    return 12 + LEGEND * count + 5 * (PAD + LANE * count) + bridge_published.HEIGHT


def _step(step: tuple[str, str, str], judged: tuple[str, str], top: float, tall: float) -> Rows:
    title, adds, page = step
    said, colour = judged
    table: Rows = []
    if page:
        frame = At(0, 0, top, 1, 0, top + tall - 4)
        table.append(box(frame, frame, fill="band", radius=6.0))
    return [
        *table,
        words(title, At(0, 8, top + 14, size=13), At(0, 4, top + 12), weight=600),
        words(adds, At(0, 20, top + 32, size=11), None, colour="gray"),
        words(page, At(0, 20, top + 48, size=11), At(0, 16 + 7 * len(title), top + 12, size=10), colour="accent"),
        words(
            said,
            At(1, -8, top + tall / 2 - 2, size=13, align="right"),
            At(1, -4, top + 12, size=11, align="right"),
            colour=colour,
            weight=600,
        ),
    ]


def verdict(found: Bridge, place: int) -> tuple[str, str]:
    """What a level says about AFD, and its colour."""
    change = found.changes[place]
    if change is None:
        return ("not comparable" if place == LAST else "no comparison"), "gray"
    if abs(change) < SMALLEST:
        return "even: no difference", "gray"
    said = f"AFD {percent(abs(change))} {'less' if change < 0 else 'more'}"
    if found.evens[place]:
        return f"even: {said}", "gray"
    return said, "good" if change < 0 else "bad"


def _bar(drawn: _Lane, place: int, dearest: float, top: float) -> Rows:
    """What was there before in pale, what the step adds in full, the price and the increase."""
    costs = [level.usd_per_million_tokens for level in drawn.lane.levels]
    cost, before = costs[place], costs[place - 1] if place else None
    y, my = top + 8, top + 24
    if cost is None:
        return _missing(drawn, place, y, my)
    start = 0.0 if before is None else min(before, cost)
    increase = drawn.lane.increases[place]
    added = "" if increase is None else "no change" if increase < SMALLEST else percent(increase, signed=True)
    if drawn.lane.levels[place].bounded:
        added = f"{added}, largest pool" if added else "largest pool"
    if place == LAST and drawn.lane.borrowed:
        added = f"{added}, borrowed" if added else "borrowed"
    ends = LEFT + ACROSS * cost / dearest, ACROSS_PHONE * cost / dearest
    said = f"{drawn.name}: {usd(cost)}"
    return [
        _part(f"{drawn.colour}_pale", (0.0, start / dearest), y, my, said),
        _part(drawn.colour, (start / dearest, cost / dearest), y, my, said),
        words(usd(cost), At(ends[0], 7, y + 7), At(ends[1], 5, my + 6, size=11), weight=600),
        words(added, At(ends[0], 64, y + 7, size=11), At(ends[1], 52, my + 6, size=10), colour="gray"),
    ]


def _missing(drawn: _Lane, place: int, y: float, my: float) -> Rows:
    """A dashed frame and the reason, where there is no figure."""
    names = ", ".join(each.name for each in drawn.lane.unmeasured)
    said = f"no kernel data for {names}" if place == LAST and names else "no deployment meets the SLA"
    frame = At(LEFT, 0, y, LEFT + 0.06, 0, y + 14), At(0, 0, my, 0.06, 0, my + 12)
    return [
        box(*frame, fill=NONE, stroke=drawn.colour, dashed=True, radius=2.0, said=said),
        words(said, At(LEFT + 0.06, 7, y + 7, size=11), At(0.06, 5, my + 6, size=10), colour="gray", italic=True),
    ]


def _part(fill: str, ends: tuple[float, float], y: float, my: float, said: str) -> dict[str, Any]:
    start, end = ends
    desk = At(LEFT + ACROSS * start, 0, y, LEFT + ACROSS * end, 0, y + 14)
    phone = At(ACROSS_PHONE * start, 0, my, ACROSS_PHONE * end, 0, my + 12)
    return box(desk, phone, fill=fill, radius=2.0, said=said)


def chart(theme: str, scenario: Scenario, found: Bridge, published: Published) -> Spec:
    """The filled drawing."""
    return drawing(theme, rows(scenario, found, published), height(found))


def in_words(scenario: Scenario, found: Bridge, published: Published) -> list[str]:
    """The drawing as sentences, one for each step."""
    lines = []
    for place, (title, _, page) in enumerate(steps(scenario, found.rates)):
        costs = [_in_words(each, place) for each in lanes(found)]
        said, _ = verdict(found, place)
        lines.append(f"{title}{f' ({page[2:]})' if page else ''}: {', '.join(costs)}; {said}.")
    return [*lines, bridge_published.sentence(published)]


def _in_words(drawn: _Lane, place: int) -> str:
    cost = drawn.lane.levels[place].usd_per_million_tokens
    if cost is None:
        return f"{drawn.name} has no figure"
    return f"{drawn.name} {usd(cost)}{' with borrowed kernels' if place == LAST and drawn.lane.borrowed else ''}"
