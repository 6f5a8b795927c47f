"""Falcon: attention and a two-matrix FFN in parallel."""

from collections.abc import Callable

from costmodel.io.huggingface.families.common import Shape, dense, make_gqa, trunk
from costmodel.io.huggingface.reader import Reader


def falcon(reader: Reader) -> Shape:
    """`multi_query` means one KV head, and `num_kv_heads` nothing, unless the architecture is the new one."""
    base = trunk(reader, tied=True)
    heads = reader.size("attention.heads", "num_attention_heads", "n_head")
    if base.hidden % heads:
        reader.refuse("num_attention_heads", f"must divide hidden_size {base.hidden}")
    new = reader.switch("attention.layout", "new_decoder_architecture", default=False)
    many = reader.switch("attention.multi_query", "multi_query", default=True)
    if new:
        kv_heads = reader.size("attention.kv_heads", "num_kv_heads", "n_head_kv")
    else:
        kv_heads = 1 if many else heads
        reader.void("multi_query decides", "num_kv_heads", "n_head_kv")
    reader.never("biases in this family are not known", "bias")
    parallel = reader.switch("norms", "parallel_attn", default=True)
    two = new and reader.data.get("num_ln_in_parallel_attn") in (None, 2)
    reader.take("norms", "num_ln_in_parallel_attn")
    fields = {"heads": heads, "kv_heads": kv_heads, "head_dim": base.hidden // heads, "norms": 2}
    ffn = dense(reader, "ffn_hidden_size", norms=2 if two or not parallel else 0, matrices=2)
    reader.derive("attention.head_dim", "hidden_size / num_attention_heads")
    layers = base.layers
    kinds, ffns = ["full"] * layers, ["dense"] * layers
    made = {"full": make_gqa(fields)}
    return Shape(base.hidden, base.vocabulary, base.tied, kinds, made, ffns, {"dense": ffn}, final_norms=2)


FAMILIES: dict[str, Callable[[Reader], Shape]] = {"falcon": falcon}
