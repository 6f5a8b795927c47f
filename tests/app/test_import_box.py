"""The box for a model: presets by name, imported files with the origin of each number, refusals, strange text."""

import json
import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import costmodel as cm
from app.wording import JOINER, plain, si
from tests.app.running import headlines, linked, opened, texts
from tests.app.strange import STRANGE

LIBRARY = "views/library.py"
BOX, NAME = "import text", "import name"
QWEN: dict[str, Any] = {
    "_name_or_path": "our/Qwen-like",
    "architectures": ["Qwen3ForCausalLM"],
    "model_type": "qwen3",
    "hidden_size": 2048,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "num_key_value_heads": 4,
    "head_dim": 128,
    "intermediate_size": 6144,
    "vocab_size": 151936,
    "tie_word_embeddings": True,
    "attention_bias": False,
    "rope_theta": 1000000,
    "torch_dtype": "bfloat16",
    "transformers_version": "4.51.0",
    "answer_of_a_stranger": "7",
}
ALIVE = re.compile(r"(?<!\\)(\]\(|<\w|`|\$|\*\*bold)")
"""Marks without the backslash that takes their meaning."""
MODEL = cm.read_huggingface(QWEN).model


def asked(text: str) -> AppTest:
    """The Library with a text in the box."""
    at = opened(page=LIBRARY)
    at.text_area(key=BOX).set_value(text).run()
    assert not at.exception
    return at


def marked(at: AppTest) -> str:
    """What is laid out as markdown."""
    parts = (*at.caption, *at.markdown, *at.info, *at.success, *at.error, *at.warning)
    return "\n".join(each.value for each in parts).replace(JOINER, "")


def press(at: AppTest, key: str) -> None:
    """Press a button of the box, and follow it to Explore."""
    at.button(key=key).click().run()


def test_name_of_a_preset_offers_it() -> None:
    at = asked("moonshot linear")
    assert [button.key for button in at.button if button.key.startswith("open ")] == ["open kimi-linear-48b-a3b"]
    press(at, "open kimi-linear-48b-a3b")
    assert linked(at).model == cm.load_model("kimi-linear-48b-a3b")


def test_unknown_name_asks_for_the_file() -> None:
    assert "No preset is called gpt-9: paste its config" in marked(asked("gpt-9"))


def test_many_presets_are_counted_and_not_listed() -> None:
    at = asked("qwen")
    assert len([button for button in at.button if button.key.startswith("open ")]) == 6
    assert f"and {len(cm.find_models('qwen')) - 6} more" in marked(at)


def test_imported_file_shows_sizes_keys_and_notes() -> None:
    at = asked(json.dumps(QWEN))
    shown = headlines(at)
    assert (shown["KV per token"], shown["KV at 8K"]) == ("49.2\u00a0kB", "403\u00a0MB")
    told = marked(at)
    assert f"{MODEL.parameters.total:,.0f} parameters" in told
    assert all(plain(note).replace(JOINER, "") in told for note in cm.read_huggingface(QWEN).notes)
    for listed in ("num_key_value_heads", "rope_theta", "answer_of_a_stranger"):
        assert any(listed in text.value for text in at.text)


def test_cache_of_an_imported_model_has_the_chosen_bits() -> None:
    at = asked(json.dumps(QWEN))
    assert headlines(at)["KV per token"] == si(MODEL.kv_bytes_per_token, "B")
    at.segmented_control(key="import kv bits").set_value("8 bits").run()
    assert headlines(at)["KV per token"] == si(MODEL.kv_bytes_per_token / 2, "B")
    origin = next(each.value for each in at.table if "Value" in each.value.columns)
    assert plain("argument kv_bits") in " ".join(map(str, origin.to_numpy().ravel()))
    press(at, "open import")
    assert [group.kv_bits for group in linked(at).model.attention] == [8]


def test_imported_model_opens_in_explore_under_its_name() -> None:
    at = asked(json.dumps(QWEN))
    next(box for box in at.text_input if (box.key or "").startswith(NAME)).set_value("Ours <b>").run()
    press(at, "open import")
    model = linked(at).model
    assert (model.name, model.parameters, model.attention) == ("Ours <b>", MODEL.parameters, MODEL.attention)
    again = opened(cm.to_query(linked(at)))
    assert headlines(again) == headlines(opened(cm.to_query(linked(again))))
    assert again.sidebar.selectbox(key="model").options[0] == "Ours <b> (yours)"
    assert not texts(again)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        ('{"model_type": "bert"}', "an encoder: it does not decode token by token"),
        (json.dumps(QWEN | {"num_key_value_heads": 3}), "must divide the 16 query heads"),
        (json.dumps(QWEN | {"hidden_sizes": 7}), "hidden_sizes"),
        ('{"a": {"b": ' * 20_000, "levels deep"),
        ('{\n"peft_type": "LORA", "r": 8, "base_model_name_or_path": "x"}', "adapter"),
    ],
)
def test_refused_file_shows_its_reason(text: str, reason: str) -> None:
    at = asked(text)
    assert any(reason in line.value for line in at.text)
    assert not [button for button in at.button if button.key == "open import"]


@pytest.mark.parametrize("name", STRANGE)
def test_strange_text_in_the_box_makes_nothing(name: str) -> None:
    for text in (STRANGE[name], json.dumps(QWEN | {"_name_or_path": STRANGE[name], STRANGE[name][:40]: ""})):
        assert not ALIVE.search(marked(asked(text)))


def test_edits_of_an_imported_model_are_listed_and_undone() -> None:
    at = opened(cm.to_query(cm.default_scenario().replace(model=MODEL)))
    assert not [button for button in at.button if (button.key or "").startswith("reset ")]
    at.sidebar.number_input(key="hidden").set_value(4096).run()
    assert not at.exception
    listed = {button.key: button.label for button in at.button if (button.key or "").startswith("reset ")}
    assert "2,048" in listed["reset hidden"]
    again = opened(cm.to_query(linked(at)))
    again.button(key="reset hidden").click().run()
    assert linked(again).model.hidden == MODEL.hidden
    assert "edited.hidden" not in again.query_params
