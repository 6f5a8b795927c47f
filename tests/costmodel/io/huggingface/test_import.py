"""Import of config.json files: published models to the last parameter and byte; everything else refused by name."""

import json
from typing import Any

import pytest

import costmodel as cm

LLAMA = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "num_hidden_layers": 32,
    "vocab_size": 128256,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
}
DEEPSEEK: dict[str, Any] = {
    "model_type": "deepseek_v3",
    "hidden_size": 7168,
    "intermediate_size": 18432,
    "num_attention_heads": 128,
    "num_key_value_heads": 128,
    "num_hidden_layers": 61,
    "vocab_size": 129280,
    "first_k_dense_replace": 3,
    "moe_layer_freq": 1,
    "moe_intermediate_size": 2048,
    "n_routed_experts": 256,
    "n_shared_experts": 1,
    "num_experts_per_tok": 8,
    "n_group": 8,
    "topk_group": 4,
    "q_lora_rank": 1536,
    "kv_lora_rank": 512,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]},
}
GPT_OSS = {
    "model_type": "gpt_oss",
    "hidden_size": 2880,
    "intermediate_size": 2880,
    "head_dim": 64,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "num_hidden_layers": 24,
    "num_local_experts": 32,
    "num_experts_per_tok": 4,
    "layer_types": ["sliding_attention", "full_attention"] * 12,
    "sliding_window": 128,
    "attention_bias": True,
    "vocab_size": 201088,
    "tie_word_embeddings": False,
    "quantization_config": {
        "quant_method": "mxfp4",
        "modules_to_not_convert": ["model.layers.*.self_attn", "model.layers.*.mlp.router", "lm_head"],
    },
}
NEMOTRON = {
    "model_type": "nemotron_h",
    "hidden_size": 2688,
    "num_hidden_layers": 52,
    "hybrid_override_pattern": "MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME",
    "head_dim": 128,
    "num_attention_heads": 32,
    "num_key_value_heads": 2,
    "mamba_num_heads": 64,
    "mamba_head_dim": 64,
    "n_groups": 8,
    "ssm_state_size": 128,
    "conv_kernel": 4,
    "use_conv_bias": True,
    "mamba_ssm_cache_dtype": "float32",
    "n_routed_experts": 128,
    "n_shared_experts": 1,
    "num_experts_per_tok": 6,
    "moe_intermediate_size": 1856,
    "moe_shared_expert_intermediate_size": 3712,
    "n_group": 1,
    "vocab_size": 131072,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "time_step_limit": [0.0, float("inf")],
}
GEMMA3 = {
    "model_type": "gemma3",
    "vision_config": {"hidden_size": 1152},
    "torch_dtype": "bfloat16",
    "text_config": {
        "model_type": "gemma3_text",
        "hidden_size": 5376,
        "intermediate_size": 21504,
        "head_dim": 128,
        "num_attention_heads": 32,
        "num_key_value_heads": 16,
        "num_hidden_layers": 62,
        "sliding_window": 1024,
        "sliding_window_pattern": 6,
        "vocab_size": 262144,
    },
}
QWEN3_NEXT = {
    "model_type": "qwen3_next",
    "hidden_size": 2048,
    "intermediate_size": 5120,
    "head_dim": 256,
    "num_attention_heads": 16,
    "num_key_value_heads": 2,
    "num_hidden_layers": 48,
    "full_attention_interval": 4,
    "linear_conv_kernel_dim": 4,
    "linear_key_head_dim": 128,
    "linear_num_key_heads": 16,
    "linear_num_value_heads": 32,
    "linear_value_head_dim": 128,
    "decoder_sparse_step": 1,
    "mlp_only_layers": [],
    "moe_intermediate_size": 512,
    "shared_expert_intermediate_size": 512,
    "num_experts": 512,
    "num_experts_per_tok": 10,
    "vocab_size": 151936,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
}

# Total and active parameters, BF16 cache per token and at 8,192 tokens, state: counted on the published modules.
TRUTH = [
    (LLAMA, (8030261248, 7504924672, 131072, 1073741824, 0)),
    (DEEPSEEK, (671026404352, 36625603584, 70272, 575668224, 0)),
    (GPT_OSS, (20914757184, 3608307264, 49152, 204447744, 0)),
    (NEMOTRON, (31577937344, 3227751872, 6144, 50331648, 49364992)),
    (GEMMA3, (27009002240, 27009002240, 507904, 1106870272, 0)),
    (QWEN3_NEXT, (79674391296, 3563764480, 24576, 201326592, 77856768)),
]


def refusal(config: Any) -> str:
    with pytest.raises(cm.ImportRefusedError) as caught:
        cm.read_huggingface(config)
    return str(caught.value)


@pytest.mark.parametrize(("config", "truth"), TRUTH, ids=[config["model_type"] for config, _ in TRUTH])
def test_counts_match_published_modules(config: dict[str, Any], truth: tuple[int, ...]) -> None:
    model = cm.read_huggingface(config).model
    counts = (
        model.parameters.total,
        model.parameters.active,
        model.kv_bytes_per_token,
        model.kv_bytes_per_sequence(8192),
        model.state_bytes_per_sequence,
    )
    assert counts == truth


def test_text_and_mapping_read_alike() -> None:
    assert cm.read_huggingface(json.dumps(NEMOTRON)).model.attention == cm.read_huggingface(NEMOTRON).model.attention


def test_fp8_blocks_store_their_scales() -> None:
    model = cm.read_huggingface(DEEPSEEK).model
    assert {group.weight_bits for group in model.ffn} == {8 + 32 / 128**2}


def test_mxfp4_stores_only_experts_low() -> None:
    model = cm.read_huggingface(GPT_OSS).model
    assert model.ffn[0].weight_bits == 4.25
    assert {group.weight_bits for group in model.attention} == {16}


def test_kv_bits_come_from_the_file_only() -> None:
    scheme = {**DEEPSEEK["quantization_config"], "kv_cache_scheme": {"num_bits": 8}}
    assert cm.read_huggingface(DEEPSEEK).model.attention[0].kv_bits == 16  # type: ignore[union-attr]
    quantised = cm.read_huggingface({**DEEPSEEK, "quantization_config": scheme})
    assert quantised.model.attention[0].kv_bits == 8  # type: ignore[union-attr]


def test_missing_tied_embeddings_are_noted() -> None:
    config = {key: value for key, value in LLAMA.items() if key != "tie_word_embeddings"}
    assert any("tie_word_embeddings" in note for note in cm.read_huggingface(config).notes)


def test_edited_file_is_noted() -> None:
    config = {key: value for key, value in LLAMA.items() if key != "torch_dtype"}
    assert "edited file" in cm.read_huggingface(config).notes[0]


def test_provenance_names_the_key() -> None:
    provenance = cm.read_huggingface(GEMMA3).provenance
    assert provenance["hidden"] == "text_config.hidden_size"


REFUSED: list[tuple[Any, str]] = [
    ({**LLAMA, "model_type": "new_thing"}, "not known"),
    ({**LLAMA, "attn_res_block_size": 8}, "attn_res_block_size"),
    ({**LLAMA, "num_key_value_heads": 5}, "must divide"),
    ({**LLAMA, "hidden_size": "4096"}, "whole number"),
    ({**LLAMA, "hidden_size": float("inf")}, "whole number"),
    ({**LLAMA, "hidden_size": [4096, 8192]}, "entries differ"),
    ({**LLAMA, "architectures": ["MistralForCausalLM"]}, "disagrees with model_type"),
    ({**LLAMA, "architectures": ["LlamaForSequenceClassification"]}, "generates text"),
    ({**LLAMA, "is_encoder_decoder": True}, "encoder"),
    ({**LLAMA, "add_cross_attention": True}, "not modelled"),
    ({**LLAMA, "model_type": "bert"}, "encoder"),
    ({**LLAMA, "model_type": "mllama"}, "cross-attention"),
    ({**LLAMA, "model_type": "rwkv"}, "recurrence"),
    ({**DEEPSEEK, "q_lora_rank": None}, "q_lora_rank"),
    ({**DEEPSEEK, "moe_layer_freq": "1"}, "whole number"),
    ({**GPT_OSS, "layer_types": ["full_attention"] * 23}, "23 entries for 24 layers"),
    ({**GPT_OSS, "experts_per_token": 8}, "disagrees with num_experts_per_tok"),
    ({**NEMOTRON, "hybrid_override_pattern": "M*"}, "52 sublayers"),
    ({"peft_type": "LORA"}, "adapter"),
    ({"weight_map": {}}, "safetensors"),
    ({"dim": 4096, "n_layers": 32}, "params.json"),
    ({"general.architecture": "llama"}, "GGUF"),
    ({"hidden_size": 4096}, "model_type: missing"),
    ("GGUF\x03", "GGUF"),
    ("[1]", "one JSON object"),
    ("{", "not JSON"),
    ('{"hidden_size": 1, "hidden_size": 2}', "twice"),
    (" " * (2**20 + 1), "bytes"),
    ('{"a": ' * 10_000 + "1" + "}" * 10_000, "levels deep"),
]


@pytest.mark.parametrize(("config", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_refusal_says_why(config: Any, says: str) -> None:
    assert says in refusal(config)
