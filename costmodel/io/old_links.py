"""Names and words of older links and scenario files, translated to those of today."""

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

_SETTINGS = {
    "page.compare.designs": "designs",
    "page.search.minimise": "search.minimise",
    "page.search.maximise": "search.maximise",
    "page.search.where": "search.where",
}
_AXIS, _OLD_AXIS = "search.axis.", "page.search.axis."
"""Parts of the question that were settings of pages, also in links of version 2."""


def upgraded_pairs(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same parameters under the names of today; only those of version 1 have other words."""
    listed = [(_moved(name), text) for name, text in pairs]
    if dict(listed).get("v", VERSION) != VERSION:
        return listed
    renamed = [(_name(name), text) for name, text in listed if name != "v"]
    return [(name, _WORDS.get((name, text), text)) for name, text in renamed]


def _moved(name: str) -> str:
    if name.startswith(_OLD_AXIS):
        return _AXIS + name.removeprefix(_OLD_AXIS)
    return _SETTINGS.get(name, name)


def _name(name: str) -> str:
    for old, new in _ENDINGS.items():
        if name.endswith(old):
            return name.removesuffix(old) + new
    return _NAMES.get(name, name)
