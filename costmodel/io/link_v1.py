"""Links and scenario files of version 1: their names and words, translated to those of today."""

from collections.abc import Iterable

VERSION = "1"

_NAMES = {
    "cards": "accelerators",
    "page.plan.attention": "attention_on",
    "page.plan.ffn": "ffn_on",
    "page.plan.objective": "objective",
    "page.plan.rates": "rates",
}
_ENDINGS = {".cards_per_server": ".accelerators_per_server"}
_WORDS = {("objective", "cards"): "accelerators", ("rates", "measured-mla"): "measured"}


def upgraded_pairs(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same parameters under the names of today; a link that states a later version is left as it is."""
    listed = list(pairs)
    if dict(listed).get("v", VERSION) != VERSION:
        return listed
    renamed = [(_name(name), text) for name, text in listed if name != "v"]
    return [(name, _WORDS.get((name, text), text)) for name, text in renamed]


def _name(name: str) -> str:
    for old, new in _ENDINGS.items():
        if name.endswith(old):
            return name.removesuffix(old) + new
    return _NAMES.get(name, name)
