"""Files and texts that are no config.json of a decoder: each is refused with its own sentence."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import costmodel as cm

Refusal = Callable[[Any], str]
LLAMA = {
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "num_hidden_layers": 2,
    "vocab_size": 100,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
}


def write(folder: Path, content: bytes | object) -> Path:
    path = folder / "config.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def test_file_reads_as_its_text(tmp_path: Path) -> None:
    found = cm.read_huggingface(write(tmp_path, LLAMA))
    assert found.model.ffn == cm.read_huggingface(LLAMA).model.ffn
    assert found.model.sources[0].locator == "config.json"


def test_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    path = write(tmp_path, b"\xef\xbb\xbf" + json.dumps(LLAMA).encode())
    assert cm.read_huggingface(path).model.hidden == 64


def test_infinity_is_read_where_it_changes_nothing() -> None:
    text = json.dumps(LLAMA | {"time_step_limit": [0.0, float("inf")]})
    assert "Infinity" in text
    assert cm.read_huggingface(text).model.hidden == 64


FILES: list[tuple[bytes, str]] = [
    (b"GGUF\x03\x00\x00\x00\xff\xfe", "a GGUF file holds weights of llama.cpp; give the config.json"),
    (b"\xff\xfe{\x00}\x00", "not text in UTF-8; give the config.json beside the weights"),
    (b" " * 2_000_000, "a config.json has at most 1,048,576 bytes"),
    (b'{"weight_map": {"model.embed_tokens.weight": "a.safetensors"}}', "an index of safetensors"),
    (b'{"dim": 5120, "n_layers": 40, "vocab_size": 131072}', "a params.json of Mistral"),
    (b'{"peft_type": "LORA", "r": 16}', "an adapter, not a model; give the config.json of the base model"),
    (b'{"_class_name": "FluxTransformer2DModel"}', "a diffusion model"),
    (b'{"model_type": "bert", "hidden_size": 768}', "an encoder: it does not decode token by token"),
    (b'{"model_type": "t5", "is_encoder_decoder": true}', "an encoder with a decoder is not modelled"),
    (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "nested more than 32 levels deep"),
    (b'{"hidden_size": 1, "hidden_size": 2}', "hidden_size: stands twice in one object"),
    (b'{"hidden_size": ', "not JSON: Expecting value (line 1"),
    (b'{"hidden_size": ' + b"9" * 5_000 + b"}", "not JSON that can be read"),
    (b'["a"]', "a config.json holds one JSON object; paste the whole file"),
    (b'{"model_type": ["llama"]}', "model_type: ['llama']: must be text"),
    (b"models/config.json", "a name, not the text of a config.json; give the file as a Path"),
    (b"{}", "model_type: missing: the family is not known"),
]


@pytest.mark.parametrize(("content", "says"), FILES, ids=[says[:30] for _, says in FILES])
def test_other_files_are_refused(content: bytes, says: str, tmp_path: Path, refusal: Refusal) -> None:
    assert says in refusal(write(tmp_path, content))


def test_missing_file_is_refused_with_its_name(tmp_path: Path, refusal: Refusal) -> None:
    assert "'absent.json': cannot be read: No such file" in refusal(tmp_path / "absent.json")


def test_duplicate_key_is_the_field_of_its_problem() -> None:
    with pytest.raises(cm.ImportRefusedError) as caught:
        cm.read_huggingface('{"hidden_size": 1, "hidden_size": 2}')
    assert [problem.field for problem in caught.value.problems] == ["hidden_size"]


@pytest.mark.parametrize("value", [None, 5, b"{}"])
def test_other_types_are_refused(value: Any, refusal: Refusal) -> None:
    assert f"must be text, a Path or an object, not {type(value).__name__}" in refusal(value)


def test_mapping_nested_too_deep_is_refused(refusal: Refusal) -> None:
    deep: Any = {}
    for _ in range(10_000):
        deep = {"a": [deep]}
    assert "nested more than 32 levels" in refusal(deep)


VALUES: list[tuple[dict[str, Any], str]] = [
    ({"hidden_size": []}, "a list stands where one number belongs"),
    ({"hidden_size": [64, 32]}, "hidden_size: [64, 32]: a list stands where one number belongs"),
    ({"hidden_size": {"value": 64}}, "must be a whole number"),
    ({"hidden_size": float("nan")}, "must be a whole number"),
    ({"hidden_size": 10**30}, "must be a whole number from 0 to 10,000,000,000"),
    ({"hidden_size": True}, "must be a whole number"),
    ({"hidden_size": -64}, "must be a whole number"),
    ({"hidden_size": 0}, "hidden must be at least 1"),
    ({"hidden_size": None}, "hidden must be at least 1"),
    ({"num_hidden_layers": 5_000}, "more than 1000 layers"),
    ({"num_hidden_layers": [2, 3]}, "its entries differ"),
    ({"num_hidden_layers": [2, 2]}, "num_hidden_layers: [2, 2]: a list stands where one number belongs"),
    ({"tie_word_embeddings": "no"}, "must be true or false"),
    ({"torch_dtype": "int8"}, "must be float32, bfloat16, float16"),
    ({"dtype": "float16"}, "torch_dtype: 'bfloat16': disagrees with dtype, which says 'float16'"),
    ({"architectures": []}, "must be a list with one class"),
    ({"architectures": "LlamaForCausalLM"}, "must be a list with one class"),
    ({"architectures": ["LlamaForTokenClassification"]}, "not a class that generates text"),
    ({"architectures": ["Qwen2ForCausalLM"]}, "disagrees with model_type llama"),
    ({"sliding_window": 4096}, "sliding_window: 4096: a window in this family is not known"),
    ({"head_dim": 0}, "attention.head_dim must be at least 1"),
    ({"num_attention_heads": 6}, "hidden_size 64 is not divisible by 6 heads"),
    ({"hidden_size": 10**10}, "head_dim: 2500000000 is not allowed"),
]


@pytest.mark.parametrize(("changes", "says"), VALUES, ids=[says[-40:] for _, says in VALUES])
def test_values_out_of_range_are_refused(changes: dict[str, Any], says: str, refusal: Refusal) -> None:
    assert says in refusal(LLAMA | changes)


def test_equal_entries_of_a_list_are_one_number() -> None:
    assert cm.read_huggingface(LLAMA | {"hidden_size": [64, 64]}).model.hidden == 64


def test_null_head_dim_is_derived() -> None:
    found = cm.read_huggingface(LLAMA | {"head_dim": None})
    assert found.provenance["attention.head_dim"] == "derived: hidden_size / num_attention_heads"
    assert "head_dim" in found.used


def test_null_switch_is_its_default_with_a_note() -> None:
    found = cm.read_huggingface(LLAMA | {"attention_bias": None})
    assert any("attention_bias" in note for note in found.notes)


def test_unknown_class_name_is_noted() -> None:
    found = cm.read_huggingface(LLAMA | {"architectures": ["TunedForCausalLM"]})
    assert any("TunedForCausalLM: model_type llama decided" in note for note in found.notes)


def test_float32_weights_have_32_bits_and_a_note() -> None:
    found = cm.read_huggingface(LLAMA | {"torch_dtype": "float32"})
    assert found.model.ffn[0].weight_bits == 32
    assert any("most are served in 16" in note for note in found.notes)


def test_null_dtype_is_taken_as_16_bits() -> None:
    found = cm.read_huggingface(LLAMA | {"torch_dtype": None})
    assert found.model.ffn[0].weight_bits == 16
    assert any("torch_dtype is missing" in note for note in found.notes)


def test_unknown_small_key_is_noted() -> None:
    found = cm.read_huggingface(LLAMA | {"colour": "red"})
    assert found.unknown == ("colour",)
    assert "colour = 'red' is unknown and was not used" in found.notes


def test_name_comes_from_the_file_or_the_caller() -> None:
    assert cm.read_huggingface(LLAMA | {"_name_or_path": "lab/Tiny Model"}).model.id == "tiny-model"
    assert cm.read_huggingface(LLAMA, name="???").model.id == "imported"


NESTED = {"model_type": "gemma3", "torch_dtype": "bfloat16", "text_config": {"model_type": "gemma3_text"}}
PARTS: list[tuple[dict[str, Any], str]] = [
    (NESTED | {"text_config": 1}, "text_config: must be one object that describes the text part"),
    (NESTED | {"llm_config": {}}, "text_config, llm_config: must be one object"),
    (NESTED | {"model_type": "new_vision"}, "a multimodal family that is not known; paste its text part alone"),
    (NESTED | {"text_config": {"model_type": "llama"}}, "not a text part of gemma3"),
    ({"model_type": "mistral3", "text_config": LLAMA | {"tie_word_embeddings": None}}, "the classes of this family"),
    (NESTED | {"hidden_size": 1, "text_config": {"hidden_size": 2}}, "disagrees with text_config.hidden_size"),
]


@pytest.mark.parametrize(("config", "says"), PARTS, ids=[says[:40] for _, says in PARTS])
def test_unclear_text_part_is_refused(config: dict[str, Any], says: str, refusal: Refusal) -> None:
    assert says in refusal(config)


def test_outer_keys_win_over_the_text_part() -> None:
    inner = {**LLAMA, "model_type": "gemma3_text", "head_dim": 16, "sliding_window_pattern": 2, "sliding_window": 8}
    outer = {"model_type": "gemma3", "torch_dtype": "float32", "eos_token_id": None, "text_config": inner}
    found = cm.read_huggingface(outer)
    assert found.model.embedding_bits == 32
    assert "torch_dtype outside text_config wins over the one inside" in found.notes
    assert found.provenance["embedding_bits"] == "torch_dtype"


def test_null_outside_does_not_hide_the_text_part() -> None:
    inner = {**LLAMA, "head_dim": 16, "sliding_window_pattern": 2, "sliding_window": 8}
    del inner["model_type"]
    found = cm.read_huggingface({"model_type": "gemma3", "torch_dtype": None, "text_config": inner})
    assert found.provenance["embedding_bits"] == "text_config.torch_dtype"


def test_sizes_out_of_the_range_of_a_model_are_refused(refusal: Refusal) -> None:
    says = refusal({**LLAMA, "vocab_size": 10**9})
    assert says == "vocabulary: 1000000000 is not allowed; must be a whole number from 1 to 100,000,000"


def test_text_part_may_be_nested_twice(refusal: Refusal) -> None:
    inner = {**LLAMA, "model_type": "qwen2_5_omni_text"}
    config = {
        "model_type": "qwen2_5_omni",
        "architectures": ["Qwen2_5OmniForConditionalGeneration"],
        "thinker_config": {"audio_config": {"d_model": 8}, "text_config": inner},
        "talker_config": {"hidden_size": 8},
    }
    found = cm.read_huggingface(config)
    assert found.model.ffn == cm.read_huggingface({**LLAMA, "model_type": "qwen2"}).model.ffn
    assert found.provenance["hidden"] == "thinker_config.text_config.hidden_size"
    assert any("that see, hear and speak" in note for note in found.notes)
    inner["hidden_size"] = 0
    assert "thinker_config.text_config.hidden_size: 0: hidden must be at least 1" in refusal(config)
