"""Service level agreement: time per output token and pipeline depth."""

from typing import Annotated

from costmodel.spec import Field, Spec

Tpot = Annotated[
    float,
    Field(
        label="TPOT",
        unit="s",
        low=1e-4,
        high=100,
        whole=False,
        scale=1e-3,
        scale_unit="ms",
        help="Time per output token that the service owes.",
    ),
]
Stages = Annotated[
    int,
    Field(
        label="Pipeline stages",
        unit="stages",
        low=3,
        high=4,
        choices=(3, 4),
        help="3: attention, network, FFN. 4: network split by direction.",
    ),
]


class Sla(Spec):
    """Time per output token [s] and pipeline depth; the paper plans for 50 ms and three stages (sec. 3.1)."""

    tpot: Tpot = 0.05
    stages: Stages = 3
