"""Any one key dropped, renamed or scaled is never silent.

A key that is gone: the same model, a refusal, or a note that names it. A value that is changed: another model, a
refusal, or a note or list that says that it has no effect.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import costmodel as cm
from costmodel.io.huggingface.families import FAMILIES

Changed = Callable[[str, dict[str, Any]], dict[str, Any]]
Change = Callable[[dict[str, Any], str], None]


def paths(config: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Every key, those of nested objects too."""
    for key, value in config.items():
        yield (key,)
        if isinstance(value, dict):
            yield from ((key, *inner) for inner in paths(value))


def drop(target: dict[str, Any], key: str) -> None:
    del target[key]


def rename(target: dict[str, Any], key: str) -> None:
    target[f"{key}_x"] = target.pop(key)


def scale(target: dict[str, Any], key: str) -> None:
    value = target[key]
    if isinstance(value, bool):
        target[key] = not value
    elif isinstance(value, int | float):
        target[key] = 2 * value or 1
    elif isinstance(value, str):
        target[key] = f"{value}x"
    elif isinstance(value, list):
        target[key] = value[2:]


ONLY_ABOVE_ONE = ("n_group",)
"""A routing limit holds where there is more than one group; how many there are changes no count."""


def known(path: tuple[str, ...], found: Any) -> bool:
    """A note or a list of keys without effect names the key."""
    if any(path[-1] in note for note in found.notes):
        return True
    return any(place.rpartition(".")[2] in path for place in (*found.irrelevant, *found.redundant))


@pytest.mark.parametrize("change", [drop, rename, scale])
def test_one_changed_key_is_never_silent(change: Change, configs: dict[str, dict[str, Any]], changed: Changed) -> None:
    silent = []
    for name, config in configs.items():
        before = cm.read_huggingface(config).model
        for path in paths(config):
            edited = changed(name, {})
            target = edited
            for part in path[:-1]:
                target = target[part]
            change(target, path[-1])
            if edited == config or path[-1] in ONLY_ABOVE_ONE:
                continue
            try:
                after = cm.read_huggingface(edited)
            except cm.ImportRefusedError:
                continue
            same = after.model.replace(id=before.id, name=before.name, sources=before.sources) == before
            if same == (change is scale) and not known(path, after):
                silent.append(f"{name} {'.'.join(path)}")
    assert not silent, "\n".join(silent)


HOSTILE: list[Any] = [None, "x", 3.5, [[1]], {"5": {"head_dim": []}}]


@pytest.mark.parametrize("value", HOSTILE, ids=repr)
def test_any_value_is_read_or_refused(value: Any, configs: dict[str, dict[str, Any]], changed: Changed) -> None:
    for name, config in configs.items():
        for path in paths(config):
            try:
                cm.read_huggingface(changed(name, {".".join(path): value}))
            except cm.ImportRefusedError:
                continue


def test_every_family_has_a_counted_config(configs: dict[str, dict[str, Any]]) -> None:
    counted = {
        part["model_type"] for config in configs.values() for part in (config, config.get("text_config", config))
    }
    same = {FAMILIES[name] for name in counted & set(FAMILIES)}
    assert not {name for name, family in FAMILIES.items() if family not in same}
