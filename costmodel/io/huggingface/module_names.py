"""Names of the matrices of a layer in checkpoints, by kind of mixer and by class of tensor."""

import re
from collections.abc import Iterable, Mapping

from costmodel.mechanism import Mechanism

Set = tuple[str, ...]


def _under(parents: Iterable[str], *sets: str) -> tuple[Set, ...]:
    """One set of names for every parent and every list of leaves."""
    return tuple(tuple(f"{parent}.{leaf}" for leaf in leaves.split()) for parent in parents for leaves in sets)


_QKVO = "q_proj k_proj v_proj o_proj"
_LATENT = "kv_a_proj_with_mqa kv_b_proj o_proj"
_GATED = ("gate_proj up_proj down_proj", "gate_up_proj down_proj", "w1 w2 w3")
_TWO = "up_proj down_proj"
_FFN_PARENTS = ("mlp", "feed_forward", "block_sparse_moe")
_SHARED = tuple(
    f"{parent}.{shared}" for parent in (*_FFN_PARENTS, "mixer") for shared in ("shared_experts", "shared_expert")
)
_SOFTMAX = (
    *_under(("self_attn", "mixer"), _QKVO, "qkv_proj o_proj"),
    *_under(("self_attn",), "q_proj k_proj v_proj out_proj", "q_proj k_proj v_proj dense"),
    *_under(("self_attention",), "query_key_value dense"),
    *_under(("attn",), "c_attn c_proj"),
)
_MLA = _under(("self_attn",), f"{_LATENT} q_a_proj q_b_proj", f"{_LATENT} q_proj")
_INDEX = _under(("self_attn.indexer",), "wq_b wk")[0]

MIXERS: Mapping[str, tuple[Set, ...]] = {
    "gqa": _SOFTMAX,
    "block_sparse": _SOFTMAX,
    "mfa": _under(("self_attn",), "q_proj k_proj v_proj wq o_proj", "qkv_proj wq o_proj"),
    "mla": _MLA,
    "dsa": tuple((*names, *_INDEX) for names in _MLA),
    **dict.fromkeys(
        ("shared_kv", "csa", "hca"),
        _under(("self_attn",), "q_a_proj q_b_proj kv_proj o_a_proj o_b_proj")
        + _under(("attn",), "wq_a wq_b wkv wo_a wo_b"),
    ),
    "gated_delta": _under(("linear_attn",), "in_proj_qkvz out_proj", "in_proj_qkv in_proj_z out_proj"),
    "kda": _under(("self_attn",), f"{_QKVO} f_a_proj f_b_proj g_a_proj g_b_proj"),
    "lightning": _under(("self_attn",), "qkv_proj output_gate out_proj"),
    "mamba1": _under(("mamba", "mixer"), "in_proj x_proj dt_proj out_proj"),
    "mamba2": _under(("mamba", "mixer"), "in_proj out_proj"),
    "rg_lru": _under(("temporal_block",), "linear_x linear_y linear_out"),
    "short_conv": _under(("conv",), "in_proj out_proj"),
}
"""Sets of modules that together are all matrices of one mixer."""

FFNS: Mapping[str, tuple[Set, ...]] = {
    "experts": (
        *_under((f"{parent}.experts.0" for parent in _FFN_PARENTS), *_GATED),
        *_under((f"{parent}.experts" for parent in _FFN_PARENTS), "gate_up_proj down_proj"),
        *_under(("moe",), _GATED[0]),
    ),
    "shared": _under((*_SHARED, "shared_mlp", "share_expert"), *_GATED),
    "dense": _under(("mlp", "feed_forward"), *_GATED),
}
"""Sets of modules that together are all matrices of a class in the FFN of one layer, three to a FFN."""

TWO_MATRICES: Mapping[str, tuple[Set, ...]] = {
    "experts": _under(("mixer.experts.0", "mlp.experts.0", "mlp.experts"), _TWO),
    "shared": _under(_SHARED, _TWO),
    "dense": _under(("mlp", "mixer"), _TWO) + _under(("mlp",), "dense_h_to_4h dense_4h_to_h", "fc1 fc2", "c_fc c_proj"),
}
"""The same for FFNs without a gate."""

SMALL = re.compile(r"in_proj_(?:a|b|ba)\*?$|(?:^|\.)b_proj\*?$|weights_proj\*?$|(?:^|\.)g_proj\*?$")
"""Matrices of about one per cent of their layer and less, beside those of the sets."""

KNOWN = frozenset(
    name for table in (MIXERS, FFNS, TWO_MATRICES) for sets in table.values() for names in sets for name in names
)


def sets_of(tensor_class: str, group: Mechanism) -> tuple[Set, ...]:
    """Names of the matrices that a class of tensor has in one layer of a group."""
    if tensor_class == "attention":
        return MIXERS[group.tag()]
    return (TWO_MATRICES if getattr(group, "matrices", 3) == 2 else FFNS)[tensor_class]
