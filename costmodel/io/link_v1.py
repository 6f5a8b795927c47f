"""Links and scenario files of version 1: the names they used, translated to those of today."""

from collections.abc import Iterable

VERSION = "1"

_NAMES = {"cards": "accelerators"}
_ENDINGS = {".cards_per_server": ".accelerators_per_server"}


def upgraded(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same parameters under the names of today; a link that states a later version is left as it is."""
    listed = list(pairs)
    if dict(listed).get("v", VERSION) != VERSION:
        return listed
    return [(_name(name), text) for name, text in listed if name != "v"]


def _name(name: str) -> str:
    for old, new in _ENDINGS.items():
        if name.endswith(old):
            return name.removesuffix(old) + new
    return _NAMES.get(name, name)
