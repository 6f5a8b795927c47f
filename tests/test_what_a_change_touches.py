"""The numbers of docs/contributing.md: how many files a new mechanism, field, metric, model or page touches.

The four files of a mechanism: tests/costmodel/test_new_mechanism.py.
"""

import re
import shutil
from pathlib import Path
from typing import Annotated

import pytest

import costmodel as cm
from costmodel import metrics
from costmodel.io import presets

CHECKOUT = Path(__file__).parents[1]
PAGE = (CHECKOUT / "docs" / "contributing.md").read_text(encoding="utf-8")
SOURCES = [
    path for folder in ("costmodel", "app") for path in (CHECKOUT / folder).rglob("*.py*") if path.suffix != ".pyc"
]
FILES = dict(
    re.findall(
        r"^\| (attention or FFN mechanism|accelerator field|metric|model|family of config.json|page) \| (\d)",
        PAGE,
        re.MULTILINE,
    )
)


def recipe(title: str) -> list[str]:
    """The numbered steps under a heading of the page."""
    section = PAGE.partition(f"### {title}\n")[2].partition("\n#")[0]
    return re.findall(r"^\d\. ", section, re.MULTILINE)


@pytest.mark.parametrize(
    ("title", "change"),
    [
        ("An attention mechanism", "attention or FFN mechanism"),
        ("A metric", "metric"),
        ("A model", "model"),
        ("A family of config.json", "family of config.json"),
        ("A page", "page"),
    ],
)
def test_recipes_have_as_many_steps_as_files(title: str, change: str) -> None:
    assert len(recipe(title)) == int(FILES[change])


class Cooled(cm.Accelerator):
    """An accelerator with one more field."""

    watts: Annotated[int, cm.Field(label="Power", unit="W", low=1, high=5000, help="Power of one accelerator.")] = 700


def test_accelerator_field_is_declared_in_one_place() -> None:
    preset = cm.load_accelerator("h800")
    cooled = Cooled(**{name: getattr(preset, name) for name in type(preset).model_fields}, watts=900)
    scenario = cm.default_scenario().replace(accelerators=[cooled])
    assert cm.fields(scenario)["accelerators.h800.watts"].label == "Power"
    assert cm.values(scenario)["accelerators.h800.watts"] == 900
    assert "watts" in Cooled.model_json_schema()["properties"]
    assert "cost" in cm.sweep(scenario, {"accelerators.h800.watts": [500, 1000]}, metrics=["cost"])
    with pytest.raises(cm.DomainError, match="watts: 9000 is not allowed; must be a whole number from 1 to 5,000"):
        cooled.replace(watts=9000)


def test_metric_is_registered_in_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    heads = cm.Metric(
        "twice", "1", "Twice the heads", "lower", lambda run, _: (2 * run.scenario.model.attention[0].heads,)
    )
    # The registry by name is made of the groups when the module is imported.
    monkeypatch.setitem(metrics.GROUPS, "Own", (heads,))
    monkeypatch.setitem(metrics.METRICS, "twice", heads)
    scenario = cm.default_scenario()
    assert cm.sweep(scenario, {"attention.0.heads": [8, 16]})["twice"].values.tolist() == [16, 32]
    space = cm.Space("step-3", {"attention.0.heads": [8, 16]})
    assert len(cm.search(space, ["h800"], minimise=["twice"])) == 1
    assert cm.report(scenario)["metrics"]["twice"] == {"unit": "1", "value": 128}
    assert [row.label for row in cm.comparison({"Step-3": scenario}) if row.label.startswith("Twice")]


def test_model_preset_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(presets.ROOT, tmp_path / "presets")
    text = (presets.ROOT / "models" / "step-3.toml").read_text(encoding="utf-8").replace("step-3-paper", "ours")
    (tmp_path / "presets" / "models" / "ours.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(presets, "ROOT", tmp_path / "presets")
    assert "ours" in cm.models()
    assert cm.models(collection="ours") == ["ours"]
    assert cm.to_query(cm.default_scenario("ours")) == "v=2&model=ours"
    assert cm.from_query("v=2&model=ours").scenario.model.id == "ours"


@pytest.mark.parametrize(
    "view", re.findall(r"views/\w+\.py", (CHECKOUT / "app" / "main.py").read_text(encoding="utf-8"))
)
def test_page_is_named_in_main_only(view: str) -> None:
    naming = {
        path.relative_to(CHECKOUT).as_posix() for path in SOURCES if f'"{view}"' in path.read_text(encoding="utf-8")
    }
    linking = {path for path in naming if path.startswith("app/views/")}
    assert naming - linking == {"app/main.py"}
    assert (CHECKOUT / "app" / view).is_file()
