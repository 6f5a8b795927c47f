"""Configs of `models.json` and `small_models.json` with a few keys changed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import costmodel as cm

CONFIGS = {
    entry["name"]: entry["config"]
    for name in ("models.json", "small_models.json")
    for entry in json.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))
}
DROPPED = "dropped"
"""A value that stands for a key taken out of the file."""

Changed = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def changed() -> Changed:
    """A config, its keys changed; a nested key has the name of its object before a dot."""

    def change(name: str, changes: dict[str, Any]) -> dict[str, Any]:
        config: dict[str, Any] = json.loads(json.dumps(CONFIGS[name]))
        for path, value in changes.items():
            *outer, key = path.split(".")
            target = config
            for part in outer:
                target = target[part]
            if value == DROPPED:
                del target[key]
            else:
                target[key] = value
        return config

    return change


@pytest.fixture(scope="session")
def configs() -> dict[str, dict[str, Any]]:
    """Every config by its name."""
    return CONFIGS


@pytest.fixture(scope="session")
def refusal() -> Callable[[Any], str]:
    """The sentence that refuses a config."""

    def refused(config: Any) -> str:
        with pytest.raises(cm.ImportRefusedError) as caught:
            cm.read_huggingface(config)
        return str(caught.value)

    return refused
