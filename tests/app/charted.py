"""What the tests of charts draw: a scenario of each kind, a plan, and the parts of a chart that the browser gets."""

import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

import costmodel as cm
from app.charts.theme import ROWS
from costmodel.io.link import default_scenario

SCENARIO = default_scenario()
PLAN = cm.plan(SCENARIO)
POINT = {"name": "design 0", "x": 1.0, "y": 2.0, "row": 0, "settings": "heads 64", "x_shown": "1", "y_shown": "2"}
PRESETS = [cm.load_model(name) for name in cm.models(cm.PAPER_COLLECTION)]
SCENARIOS = [SCENARIO, cm.from_query("model=minimax-m1&accelerators=910b&workload.context=1048576").scenario]
BOTH = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.model.id)


def best(scenario: cm.Scenario) -> cm.Cheapest:
    return cm.cheapest(scenario)


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a specification."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from parts(child)


def encodings(chart: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (part["encoding"] for part in parts(chart) if "encoding" in part)


def table(chart: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that the browser gets."""
    return pa.ipc.open_stream(io.BytesIO(chart["datasets"][ROWS])).read_all().to_pylist()
