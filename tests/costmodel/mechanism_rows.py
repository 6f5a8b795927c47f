"""One row for each mechanism: the example on which every law is tested. A new mechanism adds its row here."""

import costmodel as cm
from costmodel.attention import Attention
from costmodel.ffn import Ffn

ATTENTION_ROWS: tuple[Attention, ...] = (
    cm.Gqa(layers=3, heads=64, kv_heads=8, head_dim=128),
    cm.Mla(layers=3, heads=128, query_rank=1536, kv_rank=512, rope_dim=64, nope_dim=128, value_dim=128),
    cm.Mfa(layers=3, heads=64, head_dim=256, query_rank=2048),
    cm.Lightning(layers=3, heads=64, key_dim=128, value_dim=96),
)

FFN_ROWS: tuple[Ffn, ...] = (
    cm.Dense(layers=3, intermediate=18432),
    cm.Moe(layers=58, experts=256, top_k=8, shared=1, intermediate=2048),
)
