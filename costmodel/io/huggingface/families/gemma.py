"""Gemma 3n and 4: layers that read the cache of an earlier one, embeddings per layer, a dense layer beside experts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from costmodel.attention import Gqa
from costmodel.ffn import Dense, Moe
from costmodel.io.huggingface.families.common import Shape, Trunk, gqa, trunk
from costmodel.io.huggingface.layers import Make, layer_types, one_override
from costmodel.io.huggingface.reader import Reader


@dataclass(frozen=True)
class Kind:
    """What a layer does: full or sliding, and whether it reads the cache of an earlier layer."""

    attention: str
    reused: bool

    def __str__(self) -> str:
        return f"{self.attention} {'reused' if self.reused else 'own'}"


def gemma4(reader: Reader) -> Shape:
    """Full layers have heads of another width, and with `attention_k_eq_v` no value projection."""
    base = trunk(reader, tied=True)
    kinds = _kinds(reader, base)
    sliding = gqa(reader, base.hidden, derived=False, biases="attention_bias", norms=2, qk_norm="head")
    if reader.data.get("use_bidirectional_attention") == "all":
        reader.refuse("use_bidirectional_attention", "an encoder: it does not decode token by token")
    numbers = [layer for layer, kind in enumerate(kinds) if kind.attention == "full"]
    full = sliding | {"head_dim": _full(reader, numbers, "head_dim", "global_head_dim")}
    if full["head_dim"] is None:
        reader.refuse("global_head_dim", "missing: the width of heads of full layers is not known")
    if reader.switch("attention.value_source", "attention_k_eq_v", default=False):
        full["value_source"] = "key_projection"
        full["kv_heads"] = _full(reader, numbers, "num_key_value_heads", "num_global_key_value_heads")
        if full["kv_heads"] is None:
            full["kv_heads"] = sliding["kv_heads"]
            reader.derive("attention.full.kv_heads", "num_key_value_heads", "num_global_key_value_heads")
    else:
        reader.void("attention_k_eq_v is false", "num_global_key_value_heads")
    made: dict[str, dict[str, Any]] = {"full": full, "sliding": _slide(reader, sliding, kinds)}
    return _shape(base, kinds, made, _ffns(reader, base, kinds))


def _full(reader: Reader, numbers: list[int], field: str, key: str) -> int | None:
    """A field of the full layers: by its key, or by `per_layer_config`."""
    said = one_override(reader, numbers, field)
    if said is not None:
        reader.agree(key, said, "per_layer_config")
        return said
    return reader.size_or_none(f"attention.full.{field}", key) if key in reader.data else None


def gemma3n(reader: Reader) -> Shape:
    """Gemma 3n: AltUp keeps several residual streams, LAuReL adds a low-rank path.

    The parameters of both are counted. Their products, a few per cent of a layer, are not among the modelled work.
    """
    base = trunk(reader, tied=True)
    kinds = _kinds(reader, base)
    fields = gqa(reader, base.hidden, derived=False, biases="attention_bias", norms=2, qk_norm="head")
    width = reader.size("ffn.intermediate", "intermediate_size")
    streams = reader.size("altup.streams", "altup_num_inputs")
    rank = reader.size("laurel.rank", "laurel_rank")
    reader.void("it drops activations, not weights", "activation_sparsity_pattern")
    norm, table = _table(reader, base)
    if not table:
        reader.refuse("hidden_size_per_layer_input", "0: embeddings per layer belong to this family")
    hidden = base.hidden
    altup = (2 + streams) * hidden + streams**2 + streams**3
    laurel = (2 * rank + 1) * hidden
    other = norm + base.layers * (altup + laurel) + 2 * (streams - 1) * hidden**2
    reader.notes.append(f"AltUp and LAuReL: {other:,} parameters are counted as others; their work is not modelled")
    made = {"full": fields, "sliding": _slide(reader, fields, kinds)}
    ffn: dict[str, Make] = {"plain": partial(Dense, intermediate=width, norms=3, **table)}
    return _shape(base, kinds, made, (["plain"] * base.layers, ffn, other))


def _slide(reader: Reader, fields: dict[str, Any], kinds: Sequence[Kind]) -> dict[str, Any]:
    if not any(kind.attention == "sliding" for kind in kinds):
        reader.void("no layer slides", "sliding_window")
        return fields
    return fields | {"window": reader.size("attention.window", "sliding_window"), "window_count": "inclusive"}


def _kinds(reader: Reader, base: Trunk) -> list[Kind]:
    """The last `num_kv_shared_layers` layers reuse the cache of the last layer of their kind before them."""
    listed = layer_types(reader, base.layers, ("full", "sliding"))
    if listed is None:
        reader.refuse("layer_types", "missing: which layers slide is not known")
    reused = reader.count("attention.kv_source", "num_kv_shared_layers")
    first = base.layers - reused
    if reused and not set(listed[first:]) <= set(listed[: max(first, 0)]):
        reader.refuse("num_kv_shared_layers", "leaves a kind of layer without a cache of its own")
    return [Kind(one, layer >= first) for layer, one in enumerate(listed)]


def _ffns(reader: Reader, base: Trunk, kinds: Sequence[Kind]) -> tuple[list[str], dict[str, Make], int]:
    """Feed-forward layers, and parameters that exist once."""
    width = reader.size("ffn.intermediate", "intermediate_size")
    double = reader.switch("ffn.double_width", "use_double_wide_mlp", default=False)
    if double and not any(kind.reused for kind in kinds):
        reader.notes.append("use_double_wide_mlp has no effect: no layer reuses the cache of another")
    rows, table = _table(reader, base)
    norms = 2 + bool(table)
    fields: dict[str, Any] = {"norms": norms, **table}
    names = ["wide" if double and kind.reused else "plain" for kind in kinds]
    widths = {"plain": width, "wide": 2 * width}
    if not reader.switch("ffn.experts", "enable_moe_block", default=False):
        reader.void("enable_moe_block is false", "num_experts", "top_k_experts", "moe_intermediate_size")
        return names, {name: partial(Dense, intermediate=one, **fields) for name, one in widths.items()}, rows
    fields |= {
        "norms": norms + 4,
        "experts": reader.size("ffn.experts", "num_experts"),
        "top_k": reader.size("ffn.top_k", "top_k_experts", "num_experts_per_tok"),
        "intermediate": reader.size("ffn.expert_width", "moe_intermediate_size"),
        "router_bias": "per_expert",
        "shared": 1,
    }
    reader.derive("ffn.shared", "the dense layer beside the experts")
    return names, {name: partial(Moe, shared_intermediate=one, **fields) for name, one in widths.items()}, rows


def _table(reader: Reader, base: Trunk) -> tuple[int, dict[str, Any]]:
    """The embeddings per layer, and the norm of their projection, which exists once."""
    width = reader.size_or_none("ffn.table_width", "hidden_size_per_layer_input")
    if width is None:
        reader.void("there are no embeddings per layer", "vocab_size_per_layer_input")
        return 0, {}
    rows = reader.size("ffn.table_rows", "vocab_size_per_layer_input")
    if rows > base.vocabulary:
        reader.refuse("vocab_size_per_layer_input", f"more than the vocabulary of {base.vocabulary}")
    return width, {"table_rows": rows, "table_width": width, "table_projections": "gated"}


def _shape(
    base: Trunk,
    kinds: Sequence[Kind],
    fields: dict[str, dict[str, Any]],
    ffn: tuple[list[str], dict[str, Make], int],
) -> Shape:
    mixers: dict[str, Make] = {}
    for kind in set(kinds):
        changes = {"kv_source": "reused"} if kind.reused else {}
        mixers[str(kind)] = partial(Gqa, **fields[kind.attention] | changes)
    names, make, other = ffn
    return Shape(
        base.hidden, base.vocabulary, base.tied, list(map(str, kinds)), mixers, names, make, other_parameters=other
    )


FAMILIES: dict[str, Callable[[Reader], Shape]] = {"gemma3n_text": gemma3n, "gemma4_text": gemma4}
