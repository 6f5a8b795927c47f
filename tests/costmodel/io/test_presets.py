"""Presets: what ships, where each value comes from, and what a broken file does."""

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

import costmodel as cm
from costmodel.io import presets
from costmodel.validation.paper import ACCELERATORS as PAPER_ACCELERATORS

KINDS: dict[str, type[cm.Model] | type[cm.Accelerator]] = {"models": cm.Model, "accelerators": cm.Accelerator}
FILES = sorted(presets.ROOT.glob("models/*.toml")) + sorted(presets.ROOT.glob("accelerators/*.toml"))
EVERY_FILE = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
ABOUT_THE_FILE = {"name", "basis", "vendor", "family", "collections", "sources"}
PAPER = "Step-3 is Large yet Affordable, arXiv 2507.19427v1"
STEP3 = (presets.ROOT / "models" / "step-3.toml").read_text(encoding="utf-8")


def content(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def covered(data: dict[str, Any], title: str = "") -> set[str]:
    return {field for source in data["sources"] if source["title"].startswith(title) for field in source["covers"]}


def test_paper_models_and_accelerators_ship() -> None:
    assert cm.models(collection="step-3-paper") == sorted(
        [
            "deepseek-v3",
            "ernie-4.5-300b",
            "kimi-k2",
            "llama-4-maverick",
            "minimax-m1",
            "pangu-pro-moe",
            "qwen3-235b-a22b",
            "qwen3-32b",
            "step-3",
        ]
    )
    listed = {"h800", "h20", "a800", "910b", "l20", "l4", "h100", "h200", "b200", "a100", "mi300x", "910c"}
    assert listed <= set(cm.accelerators())


def test_collections_group_model_presets() -> None:
    assert cm.PAPER_COLLECTION in cm.collections()
    for collection in cm.collections():
        assert cm.models(collection) == [name for name in cm.models() if collection in cm.load_model(name).collections]


def test_unknown_collection_lists_near_matches() -> None:
    with pytest.raises(cm.UnknownNameError, match="unknown collection of models 'step-3'; did you mean step-3-paper"):
        cm.models(collection="step-3")


@EVERY_FILE
def test_a_preset_loads_under_the_name_of_its_file(file: Path) -> None:
    spec = cm.load_model(file.stem) if file.parent.name == "models" else cm.load_accelerator(file.stem)
    assert spec.id == file.stem


@EVERY_FILE
def test_every_preset_value_has_a_source_that_covers_it(file: Path) -> None:
    data = content(file)
    assert covered(data) == set(data) - ABOUT_THE_FILE


@pytest.mark.parametrize("name", PAPER_ACCELERATORS)
def test_paper_presets_take_only_memory_and_tdp_from_elsewhere(name: str) -> None:
    data = content(presets.ROOT / "accelerators" / f"{name}.toml")
    assert data["basis"] == "paper"
    assert covered(data, PAPER) == set(data) - ABOUT_THE_FILE - {"memory_bytes", "tdp_watts", "tdp_estimate"}
    assert "Table 4" in next(source["locator"] for source in data["sources"] if source["title"] == PAPER)


def test_no_other_accelerator_uses_the_prices_of_the_paper() -> None:
    others = [name for name in cm.accelerators() if name not in PAPER_ACCELERATORS]
    for name in others:
        data = content(presets.ROOT / "accelerators" / f"{name}.toml")
        assert data["basis"] == "datasheet"
        assert not covered(data, PAPER) & {"usd_per_hour", "bf16_flops_per_second", "fp8_flops_per_second"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hidden = ", "cannot be read"),
        ("", "hidden: Field required"),
        (STEP3.replace("heads = 64", "haeds = 64"), "attention.0: unknown field 'haeds'; did you mean heads?"),
        ("hiden = 1\n" + STEP3, "unknown field 'hiden'; did you mean hidden?"),
        (STEP3.replace("hidden = 7168", "hidden = nan"), "hidden: nan is not allowed; must be a whole number from 1"),
        (STEP3.replace("hidden = 7168", "hidden = -inf"), "hidden: -inf is not allowed"),
        (STEP3.replace("hidden = 7168", "hidden = 0"), "hidden: 0 is not allowed"),
        (STEP3.replace("hidden = 7168", "hidden = true"), "hidden: True is not allowed"),
        (STEP3.replace("hidden = 7168", 'hidden = "7168"'), "hidden: '7168' is not allowed"),
        (STEP3.replace("hidden = 7168", "hidden = 2020-01-01"), "hidden: datetime.date(2020, 1, 1) is not allowed"),
        (STEP3.replace("hidden = 7168", "hidden = " + "9" * 5000), "cannot be read"),
        (
            STEP3.replace("top_k = 3", "top_k = 49"),
            "ffn.1: top_k must not exceed experts, got top_k = 49, experts = 48",
        ),
        (STEP3.replace('kind = "mfa"', 'kind = "mfaa"'), "attention.0: kind 'mfaa' is not known; must be one of"),
        (STEP3.replace("[[attention]]", "[attention]"), "attention: {"),
        ('id = "../../step-3"\n' + STEP3, "id: '../../step-3' is not allowed"),
        (STEP3.partition("[[sources]]")[0], "sources: Field required"),
        ("#" * 100_001, "file is larger than 100,000 bytes"),
        ("a = " + "[" * 20_000, "cannot be read"),
        ("a = " + "[" * 20_000 + "]" * 20_000, "cannot be read"),
    ],
)
def test_bad_preset_names_file_field_value_and_range(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(cm.PresetError) as caught:
        presets.read(cm.Model, file)
    assert message in str(caught.value)
    assert "[mine.toml]" in str(caught.value)
    assert all(len(str(problem)) < 400 for problem in caught.value.problems)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b'name = "\x00"'])
def test_a_preset_file_that_is_no_text_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(data)
    with pytest.raises(cm.PresetError, match=r"cannot be read.*\[mine\.toml\]"):
        presets.read(cm.Accelerator, file)


def test_a_preset_of_one_kind_is_refused_as_another() -> None:
    with pytest.raises(cm.PresetError, match="unknown field 'family'"):
        presets.read(cm.Accelerator, presets.ROOT / "models" / "step-3.toml")


def test_a_broken_preset_file_never_breaks_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(presets.ROOT, tmp_path / "presets")
    monkeypatch.setattr(presets, "ROOT", tmp_path / "presets")
    (tmp_path / "presets" / "models" / "broken.toml").write_text("hidden = ", encoding="utf-8")
    (tmp_path / "presets" / "models" / "folder.toml").mkdir()
    presets.load_model.cache_clear()
    assert {"broken", "folder", "step-3"} <= set(cm.models())
    assert len(cm.models(cm.PAPER_COLLECTION)) == 9
    for name in set(cm.models()) - {"broken", "folder"}:
        assert cm.load_model(name).id == name
    for name in ("broken", "folder"):
        with pytest.raises(cm.PresetError, match=rf"\[{name}\.toml\]"):
            cm.load_model(name)


@pytest.mark.parametrize("name", ["../models/step-3", "/etc/passwd", "step-3.toml", "", "\0", "STEP-3", ".", "*"])
def test_only_listed_names_are_looked_up(name: str) -> None:
    with pytest.raises(cm.UnknownNameError, match="unknown model preset"):
        cm.load_model(name)


def test_an_unknown_name_lists_near_matches() -> None:
    with pytest.raises(cm.UnknownNameError, match=r"unknown accelerator preset 'h80'; did you mean h800"):
        cm.load_accelerator("h80")
