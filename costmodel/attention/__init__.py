"""Attention mechanisms: one class and one file each, and the union that presets and links choose from by `kind`."""

from typing import Annotated

from pydantic import Field

from costmodel.attention.base import Attention
from costmodel.attention.block_sparse import BlockSparse
from costmodel.attention.csa import Csa
from costmodel.attention.dsa import Dsa
from costmodel.attention.gated_delta import GatedDelta
from costmodel.attention.gqa import Gqa
from costmodel.attention.hca import Hca
from costmodel.attention.kda import Kda
from costmodel.attention.lightning import Lightning
from costmodel.attention.mamba1 import Mamba1
from costmodel.attention.mamba2 import Mamba2
from costmodel.attention.mfa import Mfa
from costmodel.attention.mla import Mla
from costmodel.attention.recurrent import RecurrentAttention
from costmodel.attention.rg_lru import RgLru
from costmodel.attention.shared_kv import SharedKv
from costmodel.attention.short_conv import ShortConv
from costmodel.attention.softmax import SoftmaxAttention

MECHANISMS: tuple[type[Attention], ...] = (
    Gqa,
    Mla,
    Mfa,
    Dsa,
    BlockSparse,
    SharedKv,
    Csa,
    Hca,
    Lightning,
    GatedDelta,
    Kda,
    Mamba2,
    Mamba1,
    RgLru,
    ShortConv,
)
AnyAttention = Annotated[
    Gqa
    | Mla
    | Mfa
    | Dsa
    | BlockSparse
    | SharedKv
    | Csa
    | Hca
    | Lightning
    | GatedDelta
    | Kda
    | Mamba2
    | Mamba1
    | RgLru
    | ShortConv,
    Field(discriminator="kind"),
]

__all__ = [
    "MECHANISMS",
    "AnyAttention",
    "Attention",
    "BlockSparse",
    "Csa",
    "Dsa",
    "GatedDelta",
    "Gqa",
    "Hca",
    "Kda",
    "Lightning",
    "Mamba1",
    "Mamba2",
    "Mfa",
    "Mla",
    "RecurrentAttention",
    "RgLru",
    "SharedKv",
    "ShortConv",
    "SoftmaxAttention",
]
