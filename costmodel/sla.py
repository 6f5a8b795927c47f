"""What a deployment promises: the time per output token, and the pipeline that has to keep it."""

from typing import Annotated

from costmodel.spec import Quantity, Spec

Tpot = Annotated[float, Quantity("TPOT", "Time per output token that is promised.", 1e-4, 100, "s", whole=False)]
Stages = Annotated[
    int,
    Quantity(
        "Pipeline stages", "3: attention, network, FFN. 4: network split by direction.", 3, 4, "stages", choices=(3, 4)
    ),
]


class Sla(Spec):
    """Time per output token [s] and pipeline depth; the paper plans for 50 ms and three stages (sec. 3.1)."""

    tpot: Tpot = 0.05
    stages: Stages = 3
