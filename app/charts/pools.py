"""The verdict as a drawing: both pools with their dollars, layers and ratio, and two bars for the two ways."""

from dataclasses import dataclass, replace
from typing import Any

from app.charts.sketch import NONE, At, arrow, box, drawing, words
from app.charts.spoken import listed
from app.charts.stack_words import attention_layers, ffn_layers
from app.charts.theme import Rows, Spec
from app.estimates import is_estimated
from app.wording import digits, percent, si, usd
from costmodel import Accelerator, Decision, DecodeCost, Level, Scenario, Way, attention_bound, decode_cost

TITLE = "The cheapest way to decode, in the limit"
CAPTION = "Both pools in the ratio of their accelerator-seconds per token, and the best other way on one scale"

HEIGHT = 278
MOST_CHIPS = 32
CHIPS_ACROSS = {"attention": (16, 8), "feed": (13, 5)}
"""Chips in a row of each pool, at a desk and on a phone."""

JOINED, SPLIT = (0.0, 0.56, 0.56, 1.0), (0.0, 0.47, 0.63, 1.0)
"""Edges of the two pools as shares of the width: on one kind of accelerator, and on two."""
SPLIT_PHONE, JOINED_PHONE = (0.0, 0.49, 0.61, 1.0), (0.0, 0.55, 0.55, 1.0)
BOTTOM, BOTTOM_PHONE = 174, 176
BAR, BAR_PHONE = (0.225, 0.50), (0.0, 0.66)
"""Left edge of the bars and the width of the dearer one."""


@dataclass(frozen=True)
class _Pool:
    """One pool: colours, title, its edges as shares of the width at a desk and on a phone, chips, two last lines."""

    side: str
    title: str
    accelerator: Accelerator
    usd: float
    share: str
    across: tuple[float, float]
    phone: tuple[float, float]
    chips: int
    foot: tuple[str, str]

    @property
    def ink(self) -> str:
        """Colour of the title on the ground of the pool."""
        return "attention" if self.side == "attention" else "feed_ink"


@dataclass(frozen=True)
class _Bar:
    """One bar: its place from the top at a desk and on a phone [px], and the cost that fills the whole width."""

    y: float
    my: float
    dearest: float

    def segment(self, fill: str, start: float, end: float, said: str, stroke: str = NONE) -> dict[str, Any]:
        """A part from one cost to another."""
        desk = At(self._x(start), 0, self.y, self._x(end), 0, self.y + 22)
        phone = At(self._mx(start), 0, self.my, self._mx(end), 0, self.my + 18)
        return box(desk, phone, fill=fill, stroke=stroke, dashed=stroke != NONE, radius=3.0, said=said)

    def label(self, way: Way, end: float, difference: str, colour: str) -> Rows:
        """Name, price behind the bar, and the difference in words."""
        price, at, mat = usd(way.usd_per_million_tokens), self._x(end), self._mx(end)
        aside = At(1, -2, self.my - 11, size=12, align="right")
        return [
            words(_name(way), At(0, 2, self.y + 11, size=13), At(0, 2, self.my - 11, size=12), weight=600),
            words(price, At(at, 8, self.y + 11, size=14), At(mat, 7, self.my + 9, size=13), weight=700),
            words(difference, At(at, 72, self.y + 11), aside, colour=colour, weight=700),
        ]

    def _x(self, cost: float) -> float:
        return BAR[0] + BAR[1] * cost / self.dearest

    def _mx(self, cost: float) -> float:
        return BAR_PHONE[0] + BAR_PHONE[1] * cost / self.dearest


def rows(scenario: Scenario, decision: Decision) -> Rows:
    """The whole drawing: the winner of the limit, and the best other way."""
    level = decision.limit
    ways = (level.pair, level.single) if level.split else (level.single, level.pair)
    chosen, *other = [way for way in ways if way is not None]
    return [*_pools(scenario, _cost(scenario, chosen)), *_bars(scenario, level, [chosen, *other])]


def _cost(scenario: Scenario, way: Way) -> DecodeCost:
    on = {"attention_on": way.attention_on, "ffn_on": way.ffn_on}
    return decode_cost(scenario.model, workload=scenario.workload, **on)


def chips(ratio: float) -> tuple[int, int]:
    """Chips of the attention pool and of the FFN pool, at most 32 together, nearest to a ratio."""
    ffn = min(max(round(MOST_CHIPS / (1 + ratio)), 1), MOST_CHIPS - 1)
    return MOST_CHIPS - ffn, ffn


def _pools(scenario: Scenario, cost: DecodeCost) -> Rows:
    model, joined = scenario.model, cost.attention_on.id == cost.ffn_on.id
    edges, phone = (JOINED, JOINED_PHONE) if joined else (SPLIT, SPLIT_PHONE)
    attention_chips, ffn_chips = chips(float(cost.accelerators_per_ffn))
    bits = max(model.ffn, key=lambda group: group.layers).compute_bits
    rate = f"{bits}-bit weights at {si(cost.ffn_on.flops_per_second(bits), 'FLOP/s')}"
    attention = _Pool(
        side="attention",
        title="ATTENTION",
        accelerator=cost.attention_on,
        usd=float(cost.attention),
        share=percent(cost.attention / cost.total),
        across=(edges[0], edges[1]),
        phone=(phone[0], phone[1]),
        chips=attention_chips,
        foot=(attention_layers(model), _bound(scenario, cost)),
    )
    ffn = replace(
        attention,
        side="feed",
        title="FFN",
        accelerator=cost.ffn_on,
        usd=float(cost.ffn),
        share=percent(cost.ffn / cost.total),
        across=(edges[2], edges[3]),
        phone=(phone[2], phone[3]),
        chips=ffn_chips,
        foot=(ffn_layers(model), rate),
    )
    table = [*_pool(attention, joined=joined), *_pool(ffn, joined=joined)]
    if not joined:
        return table + _arrows(scenario)
    frame = (At(0, 1, 1, 1, -1, BOTTOM), At(0, 1, 1, 1, -1, BOTTOM_PHONE))
    return [*table, box(*frame, fill=NONE, stroke="ink", radius=10.0)]


def _bound(scenario: Scenario, cost: DecodeCost) -> str:
    bound = attention_bound(scenario.model, cost.attention_on, scenario.workload)
    kind = "memory" if bound.memory else "compute"
    return f"{kind}-bound: does {digits(bound.intensity)} FLOP per byte, it offers {digits(bound.ridge)}"


def _arrows(scenario: Scenario) -> Rows:
    trips = int(scenario.model.round_trips)
    middle, narrow = (SPLIT[1] + SPLIT[2]) / 2, (SPLIT_PHONE[1] + SPLIT_PHONE[2]) / 2
    there = (At(SPLIT[1], 8, 66, SPLIT[2], -10, 66), At(SPLIT_PHONE[1], 5, 78, SPLIT_PHONE[2], -7, 78))
    back = (At(SPLIT[2], -8, 104, SPLIT[1], 10, 104), At(SPLIT_PHONE[2], -5, 116, SPLIT_PHONE[1], 7, 116))
    return [
        *arrow(*there, colour="attention"),
        *arrow(*back, colour="feed"),
        words("hidden states", At(middle, 0, 53, size=11, align="center"), None, colour="gray"),
        words(f"back, {trips} times", At(middle, 0, 119, size=11, align="center"), None, colour="gray"),
        words(f"{trips} \u00d7", None, At(narrow, 0, 98, size=11, align="center"), colour="gray"),
    ]


def _pool(pool: _Pool, *, joined: bool) -> Rows:
    (left, right), (mleft, mright) = pool.across, pool.phone
    share, inside = f"{pool.share} of the cost", At(0, 0, 0, size=12)
    said = f"{pool.title}: {pool.accelerator.name}, {usd(pool.usd)} per 1M tokens, {share}"
    frame = (At(left, 1, 1, right, -1, BOTTOM), At(mleft, 1, 1, mright, -1, BOTTOM_PHONE))
    hourly = f"{usd(pool.accelerator.price())} per hour{', an estimate' if is_estimated(pool.accelerator) else ''}"
    return [
        box(*frame, fill=f"{pool.side}_ground", stroke=NONE if joined else pool.side, radius=10.0, said=said),
        words(pool.title, At(left, 14, 21), At(mleft, 10, 18, size=11), colour=pool.ink, weight=700),
        words(pool.accelerator.name, At(left, 14, 48, size=20), At(mleft, 10, 39, size=14), weight=700),
        words(hourly, At(left, 14, 71), At(mleft, 10, 58, size=11), colour="gray"),
        words(usd(pool.usd), At(right, -14, 48, size=20, align="right"), At(mleft, 10, 142, size=15), weight=700),
        words(share, At(right, -14, 71, align="right"), None, colour="gray"),
        words(pool.share, None, At(mleft, 10, 161, size=11), colour="gray"),
        *_chips(pool),
        *(
            words(line, replace(inside, x=left, dx=14, y=y), None, colour="gray")
            for line, y in zip(pool.foot, (137, 156), strict=True)
        ),
    ]


def _chips(pool: _Pool) -> Rows:
    table: Rows = []
    across, phone = CHIPS_ACROSS[pool.side]
    left, mleft = pool.across[0], pool.phone[0]
    for chip in range(pool.chips):
        (row, column), (mrow, mcolumn) = divmod(chip, across), divmod(chip, phone)
        x, y, mx, my = 14 + 19 * column, 88 + 18 * row, 10 + 15 * mcolumn, 68 + 14 * mrow
        desk, small = At(left, x, y, left, x + 15, y + 14), At(mleft, mx, my, mleft, mx + 11, my + 11)
        table.append(box(desk, small, fill=pool.side, radius=3.0))
    return table


def _bars(scenario: Scenario, level: Level, ways: list[Way]) -> Rows:
    dearest = max(way.usd_per_million_tokens for way in ways)
    table: Rows = []
    for place, (way, pale) in enumerate(zip(ways, ("", "_pale"), strict=False)):
        cost, bar = _cost(scenario, way), _Bar(196 + 42 * place, 214 + 44 * place, dearest)
        ends = float(cost.attention), float(cost.total)
        table += [
            bar.segment(f"attention{pale}", 0, ends[0], f"Attention {usd(cost.attention)}"),
            bar.segment(f"feed{pale}", *ends, f"FFN {usd(cost.ffn)}"),
        ]
        end, difference, colour = ends[1], "", "gray" if level.even else "good" if level.split else "bad"
        if level.split and level.saving and not pale:
            difference = f"{percent(level.saving)} less"
            table.append(bar.segment(NONE, end, dearest, difference, stroke=colour))
            end = dearest
        elif not level.split and level.change and pale:
            difference = f"{percent(level.change)} more"
        table += bar.label(way, end, difference, colour)
    return table


def _name(way: Way) -> str:
    if way.attention_on.id == way.ffn_on.id:
        return f"{way.attention_on.name} for everything"
    return f"AFD: {way.attention_on.name} + {way.ffn_on.name}"


def chart(theme: str, scenario: Scenario, decision: Decision) -> Spec:
    """The filled drawing."""
    return drawing(theme, rows(scenario, decision), HEIGHT)


def in_words(scenario: Scenario, decision: Decision) -> str:
    """Both sides of the limit's winner with their dollars, and the best other way."""
    level = decision.limit
    ways = (level.pair, level.single) if level.split else (level.single, level.pair)
    chosen, *other = [way for way in ways if way is not None]
    cost = _cost(scenario, chosen)
    sides = (("Attention", cost.attention_on, cost.attention), ("FFN", cost.ffn_on, cost.ffn))
    said = [f"{side} on {on.name} {usd(part)}, {percent(part / cost.total)}" for side, on, part in sides]
    return listed([*said, *(f"{_name(way)} {usd(way.usd_per_million_tokens)}" for way in other)])
