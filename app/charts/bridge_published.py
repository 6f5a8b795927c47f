"""The last row of the bridge: published deployments at today's prices, on a scale of their own where they need one."""

from collections.abc import Mapping

from app.charts.bridge_frame import ACROSS, ACROSS_PHONE, LANE, LEFT
from app.charts.sketch import At, box, diamond, words
from app.charts.theme import Rows
from app.wording import usd
from costmodel import BridgeLane, PublishedCost, Scenario

Published = tuple[PublishedCost | None, PublishedCost | None]
"""The deployment with AFD and the one without."""

TITLE, ADDS = "6 Measured deployment", "published, at today's prices"
KINDS = (("with AFD", "attention"), ("without AFD", "single"))
DIAMOND = "A diamond is another pair or context than the lanes above."
HEIGHT = 102


def rows(scenario: Scenario, lanes: Mapping[str, BridgeLane], published: Published, dearest: float, top: float) -> Rows:
    """Title, a mark for each published deployment, and the axis they stand on; `lanes` are those above by colour."""
    table = [
        words(TITLE, At(0, 8, top + 14, size=13), At(0, 4, top + 12), weight=600),
        words(ADDS, At(0, 20, top + 32, size=11), None, colour="gray"),
    ]
    end = max([dearest, *(each.usd_per_million_tokens for each in published if each is not None)])
    marked = False
    for number, (found, (kind, colour)) in enumerate(zip(published, KINDS, strict=True)):
        y, my = top + 15 + LANE * number, top + 30 + LANE * number
        if found is None:
            said = f"none published {kind}"
            table.append(words(said, At(LEFT, 0, y, size=11), At(0, 0, my, size=10), colour="gray", italic=True))
            continue
        same = _lane(scenario, lanes, found)
        marked |= same is None
        share = found.usd_per_million_tokens / end
        table += _mark(in_words(found, kind), share, same or colour, (y, my, top + 66), same=same is not None)
    if any(published):
        table += _axis(dearest, end, top)
    if marked:
        table.append(words(DIAMOND, At(LEFT, 0, top + 86, size=11), At(0, 0, top + 93, size=10), colour="gray"))
    return table


def _lane(scenario: Scenario, lanes: Mapping[str, BridgeLane], found: PublishedCost) -> str | None:
    """The colour of the lane that was measured, on the same accelerators at the same context."""
    row = found.measurement
    if row.context != scenario.workload.context:
        return None
    for colour, lane in lanes.items():
        if lane.afd == row.afd and {lane.attention_on.id, lane.ffn_on.id} == {found.accelerator.id}:
            return colour
    return None


def _mark(said: str, share: float, colour: str, heights: tuple[float, float, float], *, same: bool) -> Rows:
    """A bar for what a lane stands for, else a diamond; on a phone the words have a line of their own."""
    y, my, axis = heights
    at, small = LEFT + ACROSS * share, ACROSS_PHONE * share
    texts = words(said, At(at, 10, y, size=11), At(0, 14, my, size=10))
    if same:
        bar = At(LEFT, 0, y - 7, at, 0, y + 7), At(0, 0, axis - 6, small, 0, axis + 6)
        key = At(0, 2, my - 4, 0, 10, my + 4)
        return [box(*bar, fill=colour, radius=2.0, said=said), box(None, key, fill=colour, radius=2.0), texts]
    return [
        diamond(At(at, 0, y), At(small, 0, axis), colour=colour, said=said),
        diamond(None, At(0, 6, my), colour=colour, said=said),
        texts,
    ]


def _axis(dearest: float, end: float, top: float) -> Rows:
    """A line to the dearest deployment, in gray to the end of the dearest bar above."""
    y, my = top + 54, top + 66
    above = usd(dearest)
    said, short = f"The gray line is the dearest bar above, {above}.", f"Gray: the dearest bar above, {above}."
    if end > dearest:
        said = f"Row 6 has a scale of its own: the gray line is the dearest bar above, {above}."
        short = f"Own scale; gray: the dearest bar above, {above}."
    reach = LEFT + ACROSS * dearest / end, ACROSS_PHONE * dearest / end
    line = At(LEFT, 0, y - 1, LEFT + ACROSS, 0, y), At(0, 0, my - 1, ACROSS_PHONE, 0, my)
    gray = At(LEFT, 0, y - 2, reach[0], 0, y + 2), At(0, 0, my - 2, reach[1], 0, my + 2)
    return [
        box(*line, fill="faint"),
        box(*gray, fill="gray", said=said),
        words(said, At(LEFT, 0, top + 70, size=11), None, colour="gray"),
        words(short, None, At(0, 0, top + 79, size=10), colour="gray"),
    ]


def in_words(found: PublishedCost, kind: str) -> str:
    """Price, accelerator and context of a published deployment."""
    row = found.measurement
    return f"{usd(found.usd_per_million_tokens)} {kind}, {row.accelerator} at {row.context:,} tokens"


def sentence(published: Published) -> str:
    """The row as a sentence."""
    said = [
        f"none published {kind}" if found is None else in_words(found, kind)
        for found, (kind, _) in zip(published, KINDS, strict=True)
    ]
    return f"{TITLE}: {'; '.join(said)}."
