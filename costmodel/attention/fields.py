"""Fields that several attention mechanisms share."""

from typing import Annotated, Literal

from costmodel.spec import Choice, Field

Heads = Annotated[
    int,
    Field(
        label="Query heads",
        unit="heads",
        low=1,
        high=1024,
        stops=(*range(4, 64, 4), *range(64, 257, 8)),
        help="Number of query heads h.",
    ),
]
Dim = Annotated[
    int,
    Field(
        label="Head dimension",
        unit="elements",
        low=1,
        high=4096,
        stops=tuple(range(32, 513, 32)),
        help="Width d of one query, key and value head.",
    ),
]
QueryRank = Annotated[
    int,
    Field(
        label="Query rank",
        unit="elements",
        low=1,
        high=65_536,
        stops=tuple(range(256, 8193, 256)),
        help="Width of the low-rank query from which all heads are made.",
    ),
]
Bits = Annotated[
    int,
    Field(
        label="Compute bits",
        unit="bit",
        low=4,
        high=16,
        choices=(4, 8, 16),
        help="Precision of the attention core (scores and values).",
    ),
]
LinearBits = Annotated[
    int,
    Field(
        label="Projection bits",
        unit="bit",
        low=4,
        high=16,
        choices=(4, 8, 16),
        help="Precision of the projection matrix products.",
    ),
]
Gate = Annotated[
    Literal["none", "full", "per_head"],
    Choice(
        label="Output gate",
        choices=("none", "full", "per_head"),
        help="full: a gate for every element of the heads' output (Qwen3-Next). per_head: one number for each head.",
        rare=True,
    ),
]
Sinks = Annotated[
    Literal["none", "per_head"],
    Choice(
        label="Attention sinks",
        choices=("none", "per_head"),
        help="per_head: a learned logit that every head may put its weight on (gpt-oss). No cache and no work.",
        rare=True,
    ),
]
KeyDim = Annotated[
    int, Field(label="Key dimension", unit="elements", low=1, high=4096, help="Rows dk of one head's state.")
]
ValueDim = Annotated[
    int, Field(label="Value dimension", unit="elements", low=1, high=4096, help="Columns dv of one head's state.")
]
StateDim = Annotated[
    int,
    Field(
        label="State dimension",
        unit="elements",
        low=1,
        high=4096,
        stops=(8, 16, 32, 64, 96, 128, 192, 256),
        help="State elements N that every channel keeps.",
    ),
]
