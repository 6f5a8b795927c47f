"""One row for each mechanism: the example on which every law is tested. A new mechanism adds its row here."""

import costmodel as cm
from costmodel.attention import (
    Attention,
    BlockSparse,
    Csa,
    Dsa,
    GatedDelta,
    Hca,
    Kda,
    Mamba1,
    Mamba2,
    RgLru,
    SharedKv,
    ShortConv,
)
from costmodel.ffn import Ffn

ATTENTION_ROWS: tuple[Attention, ...] = (
    cm.Gqa(layers=3, heads=64, kv_heads=8, head_dim=128),
    cm.Mla(layers=3, heads=128, query_rank=1536, kv_rank=512, rope_dim=64, nope_dim=128, value_dim=128),
    cm.Mfa(layers=3, heads=64, head_dim=256, query_rank=2048),
    Dsa(
        layers=3,
        heads=128,
        query_rank=1536,
        kv_rank=512,
        rope_dim=64,
        nope_dim=128,
        value_dim=128,
        index_heads=64,
        index_dim=128,
        index_top_k=2048,
    ),
    BlockSparse(layers=3, heads=64, kv_heads=4, head_dim=128, index_heads=4, index_dim=128),
    SharedKv(layers=3, heads=64, head_dim=512, query_rank=1024, output_groups=8, output_rank=1024, window=128, norms=2),
    Csa(
        layers=3,
        heads=64,
        head_dim=512,
        query_rank=1024,
        output_groups=8,
        output_rank=1024,
        window=128,
        block=4,
        index_heads=64,
        index_dim=128,
        index_top_k=512,
    ),
    Hca(
        layers=3,
        heads=64,
        head_dim=512,
        query_rank=1024,
        output_groups=8,
        output_rank=1024,
        window=128,
        block=128,
    ),
    cm.Lightning(layers=3, heads=64, key_dim=128, value_dim=96),
    GatedDelta(layers=3, heads=32, key_heads=16, key_dim=128, value_dim=128),
    Kda(layers=3, heads=32, head_dim=128),
    Mamba2(layers=3, heads=64, head_dim=64, groups=8, state_dim=128),
    Mamba1(layers=3, width=8192, state_dim=16, step_rank=256, inner_norms="all"),
    RgLru(layers=3, width=2560, blocks=10),
    ShortConv(layers=3, width=2048),
)

FFN_ROWS: tuple[Ffn, ...] = (
    cm.Dense(layers=3, intermediate=18432),
    cm.Moe(layers=58, experts=256, top_k=8, shared=1, intermediate=2048),
)
