"""The verdict in words: headline, badges, and one line that spells out AFD."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from app.wording import digits, duration, percent, usd
from costmodel import EVEN, Band, Decision, Level, Scenario, Way, decode_cost, is_even

Tone = Literal["green", "orange", "gray"]
ICONS: dict[str, str] = {"green": ":material/south:", "orange": ":material/north:", "gray": ":material/equal:"}
UNKNOWN = ":material/help:"

BOUNDED = "\u2020"
"""Mark of a percentage against a pool that the largest allowed pool binds."""

BOUNDED_NOTE = f"{BOUNDED} The largest pool allowed binds one of the two: larger pools would cost less."

EVEN_NOTE = (
    f"Even: less than {EVEN * 100:g}\u00a0% apart, which is within what the model leaves out. Nothing should be "
    "decided by such a difference."
)

MEANING = (
    "**AFD**, attention-FFN disaggregation: attention layers run on one pool of accelerators, feed-forward (FFN) "
    "layers on another; each token crosses between them in every layer."
)


RATES = {
    "kernels": "measured kernels",
    "measured": "measured shares of peak",
    "measured-fa3": "measured shares of peak, FA3 tiles",
}
"""The measured kinds of rates in a phrase."""

SHORT_RATES = {
    "kernels": "Measured kernels",
    "measured": "Measured shares",
    "measured-fa3": "Measured shares, FA3",
}
"""The same for a badge, which a phone must show uncut."""

BORROWED = "\u2021"
"""Mark of a verdict behind which kernels of other accelerators, precisions or mechanisms stand."""


@dataclass(frozen=True)
class Badge:
    """What one level says: green only where AFD is cheaper, orange where it costs more, gray where even or unknown."""

    text: str
    tone: Tone
    icon: str


def even_notes(compared: Iterable[tuple[float | None, Band | None]]) -> list[str]:
    """What "even" means at levels with this change of cost and this band of errors, where it is said at all."""
    known = [(change, band) for change, band in compared if change is not None]
    notes = [EVEN_NOTE] if any(is_even(1 + change) for change, _ in known) else []
    for change, band in known:
        if band is not None and is_even(1 + change, band) and not is_even(1 + change):
            notes.append(
                f"Even at measured kernels: of five measured deployments four lie between {band[0]:.2f} and "
                f"{band[1]:.2f} times their prediction, and the two are no further apart."
            )
    return list(dict.fromkeys(notes))


def headline(found: Decision) -> str:
    """The answer in one sentence, from the limit and from whole servers."""
    limit, servers = found.limit, found.servers
    best, other = _best(limit)
    start = f"{words(best)}, {usd(best.usd_per_million_tokens)} per 1M tokens"
    if other is None:
        return start + _at_measured(found)
    low = usd(best.usd_per_million_tokens)
    match found.form:
        case "split":
            text = f"Split it: {start}, {_less(limit)} than {words(other)}"
        case "alone":
            text = f"Do not split: {start}; the best pair costs {_more(limit)}"
        case "even":
            text = f"Even: {start}, only {_less(limit)} than {words(other)}"
        case "on paper":
            text = f"Split only on paper: {words(best)}, {low} in the limit; in whole servers {_in_servers(servers)}"
        case "depends":
            text = f"It depends: {words(best)}, {low} in the limit; in whole servers {_in_servers(servers)}"
        case _:
            text = f"{start} in the limit; no deployment meets the SLA"
    return text + _at_measured(found)


def _best(level: Level) -> tuple[Way, Way | None]:
    """The winner and the loser; the winner of the limit always exists."""
    best, other = (level.pair, level.single) if level.split else (level.single, level.pair)
    if best is None:
        raise LookupError("the limit has no winner")
    return best, other


def _in_servers(level: Level) -> str:
    if level.winner is None:
        return "nothing meets the SLA"
    if level.saving is None:
        return f"only {words(level.winner)} meets the SLA"
    return f"{words(level.winner)} is {percent(level.saving)}{_mark(level)} cheaper"


def _at_measured(found: Decision) -> str:
    """The answer at measured rates, where the scenario asks for them or where they turn the others."""
    measured = found.measured
    if not (found.asked or found.overturned) or measured.winner is None:
        return ""
    rates = f". With {RATES[measured.rates]}"
    if measured.saving is None:
        return f"{rates} only {words(measured.winner)} meets the SLA"
    if measured.even:
        return f"{rates} it is even"
    return f"{rates} {words(measured.winner)} is {percent(measured.saving)}{_mark(measured)} cheaper"


def _less(level: Level) -> str:
    return f"{percent(level.saving or 0)}{_mark(level)} less"


def _more(level: Level) -> str:
    return f"{percent(level.change or 0)}{_mark(level)} more"


def _mark(level: Level) -> str:
    return BOUNDED if bounded(level) else ""


def bounded(level: Level) -> bool:
    """True where a search limit binds one of the two ways."""
    return any(way is not None and way.bounded for way in (level.pair, level.single))


def words(way: Way) -> str:
    """`H20 + H800`, `H800 alone`; two pools of one kind are named twice."""
    if way.split:
        return f"{way.attention_on.name} + {way.ffn_on.name}"
    return f"{way.attention_on.name} alone"


def badges(found: Decision, scenario: Scenario) -> tuple[Badge, ...]:
    """What the limit, whole servers and measured rates say about AFD; the first two are at ideal rates."""
    limit, measured = found.limit.pair, found.measured
    servers = f"Whole servers, {duration(scenario.sla.tpot)}"
    rates = f"{SHORT_RATES[measured.rates]}{BORROWED if measured.borrowed else ''}"
    return (
        _badge("In the limit", found.limit, limit),
        _badge(servers, found.servers, limit),
        _badge(rates, measured, found.servers.pair),
    )


def basis(found: Decision) -> list[str]:
    """Sentences on what stands behind the measured level: its rates, what it cannot rank, kernels of others."""
    level = found.measured
    said = [f"The limit and whole servers are at ideal rates, the last verdict at {RATES[level.rates]}."] * found.asked
    if level.unmeasured:
        said.append(level.reason)
    said += [f"Not ranked at measured rates: {each.reason}" for each in level.unranked]
    lent = "; ".join(level.borrowed)
    return said + ([f"{BORROWED} {lent[0].upper()}{lent[1:]}."] if lent else [])


def _badge(name: str, level: Level, before: Way | None) -> Badge:
    """One level; its pair is named where it is another than that of the level before."""
    if level.unmeasured:
        return Badge(f"{name}: no data for {', '.join(each.name for each in level.unmeasured)}", "gray", UNKNOWN)
    if level.change is None:
        return Badge(f"{name}: {_alone(level)}", "gray", UNKNOWN)
    same = level.pair is None or (before is not None and _on(level.pair) == _on(before))
    pair = "AFD" if same or level.pair is None else words(level.pair)
    direction = "less" if level.change < 0 else "more"
    text = f"{pair} {percent(abs(level.change))}{_mark(level)} {direction}"
    if level.even:
        return Badge(f"{name}: even, {text}", "gray", ICONS["gray"])
    tone: Tone = "green" if level.change < 0 else "orange"
    return Badge(f"{name}: {text}", tone, ICONS[tone])


def _alone(level: Level) -> str:
    if level.winner is not None and level.winner.split:
        return f"only {words(level.winner)} meets the SLA"
    if level.winner is not None and level.reason.startswith("There is no second"):
        return "no second accelerator with a price"
    return "nothing meets the SLA" if level.winner is None else f"only {words(level.winner)} meets the SLA"


def _on(way: Way) -> tuple[str, str]:
    return way.attention_on.id, way.ffn_on.id


def follows(way: Way, scenario: Scenario) -> str:
    """What the ratio of accelerator-seconds means for the chosen way."""
    attention, ffn = way.attention_on.name, way.ffn_on.name
    if not way.split:
        return f"{attention} is the cheapest for attention and for the FFN alike."
    on = {"attention_on": way.attention_on, "ffn_on": way.ffn_on}
    ratio = float(decode_cost(scenario.model, workload=scenario.workload, **on).accelerators_per_ffn)
    if ratio >= 1:
        return f"{digits(ratio)} {attention} keep one {ffn} busy."
    return f"One {attention} keeps {digits(1 / ratio)} {ffn} busy."
