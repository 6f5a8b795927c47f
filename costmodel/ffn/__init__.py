"""Feed-forward mechanisms: one class and one file each, and the union chosen from by `kind`."""

from typing import Annotated

from pydantic import Field

from costmodel.ffn.base import Ffn
from costmodel.ffn.dense import Dense
from costmodel.ffn.moe import Moe

MECHANISMS: tuple[type[Ffn], ...] = (Dense, Moe)
AnyFfn = Annotated[Dense | Moe, Field(discriminator="kind")]

__all__ = ["MECHANISMS", "AnyFfn", "Dense", "Ffn", "Moe"]
