"""Time of `import costmodel` in a fresh interpreter, and of reading one config.json; on otherwise idle cores."""

import json
import subprocess
import sys
from time import perf_counter
from typing import Any

import costmodel as cm

BUDGET_MS = 30
CONFIG_BUDGET_MS = 5
RUNS = 9
CODE = "import time; t = time.perf_counter(); import costmodel; print((time.perf_counter() - t) * 1e3)"

LAYERS = 61
QUANTISED: dict[str, Any] = {
    "quant_method": "modelopt",
    "quant_algo": "NVFP4",
    "ignore": [f"model.layers.{layer}.{part}*" for layer in range(LAYERS) for part in ("self_attn", "input_layernorm")],
}
CONFIG: dict[str, Any] = {
    "model_type": "deepseek_v3",
    "hidden_size": 7168,
    "intermediate_size": 18432,
    "num_attention_heads": 128,
    "num_hidden_layers": LAYERS,
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
    "quantization_config": QUANTISED,
}
"""A large file: 61 layers, and a list of 122 modules that stay high."""


def show(name: str, times: list[float], budget: float) -> None:
    """Print the median and its share of the budget [ms]."""
    median = sorted(times)[len(times) // 2]
    print(f"{name}: {median:.1f} ms (budget {budget} ms, {median / budget:.2f} of it)")


def fresh_import() -> float:
    """Milliseconds that one fresh interpreter needs."""
    return float(subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stdout)


def config_import(text: str) -> float:
    """Milliseconds to read that config.json."""
    start = perf_counter()
    cm.read_huggingface(text)
    return (perf_counter() - start) * 1e3


def main() -> None:
    """Print both."""
    text = json.dumps(CONFIG)
    show("import costmodel", [fresh_import() for _ in range(RUNS)], BUDGET_MS)
    show("read a config.json", [config_import(text) for _ in range(RUNS)], CONFIG_BUDGET_MS)


if __name__ == "__main__":
    main()
