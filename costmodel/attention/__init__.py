"""Attention mechanisms: one class and one file each, and the union that presets and links choose from by `kind`."""

from typing import Annotated

from pydantic import Field

from costmodel.attention.base import Attention
from costmodel.attention.gqa import Gqa
from costmodel.attention.lightning import Lightning
from costmodel.attention.mfa import Mfa
from costmodel.attention.mla import Mla
from costmodel.attention.recurrent import RecurrentAttention
from costmodel.attention.softmax import SoftmaxAttention

MECHANISMS: tuple[type[Attention], ...] = (Gqa, Mla, Mfa, Lightning)
AnyAttention = Annotated[Gqa | Mla | Mfa | Lightning, Field(discriminator="kind")]

__all__ = [
    "MECHANISMS",
    "AnyAttention",
    "Attention",
    "Gqa",
    "Lightning",
    "Mfa",
    "Mla",
    "RecurrentAttention",
    "SoftmaxAttention",
]
