"""Variability of the stages of a simulated pipeline, beyond that of the contexts."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from costmodel.spec import Choice, Field, Spec

Floats = NDArray[np.float64]


def _cv(stage: str) -> Field:
    return Field(
        label=f"Variation of {stage}",
        low=0,
        high=2,
        whole=False,
        help=f"Deviation over mean of the {stage} time, drawn anew for every layer and worker; 1: exponential.",
    )


AttentionCv = Annotated[float, _cv("attention")]
FfnCv = Annotated[float, _cv("FFN")]
NetworkCv = Annotated[float, _cv("network")]
Skew = Annotated[
    float,
    Field(
        label="Expert skew",
        low=1,
        high=100,
        whole=False,
        help="Tokens that the busiest FFN accelerator is expected to get, over the mean; 1: even.",
    ),
]
Routing = Annotated[
    Literal["even", "random"],
    Choice(
        "Routing",
        "even: every layer routes exactly its expected loads. random: loads are drawn (multinomial).",
        ("even", "random"),
    ),
]


class Variability(Spec):
    """Coefficients of variation of the stages, and how tokens are routed; the default varies nothing.

    Drawn times are gamma distributed with the planned time as mean; the attention stage waits for the slowest worker.
    """

    attention_cv: AttentionCv = 0.0
    ffn_cv: FfnCv = 0.0
    network_cv: NetworkCv = 0.0
    routing: Routing = "even"
    expert_skew: Skew = 1.0


def noise(cv: float, size: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Factors of mean 1 and that cv, gamma distributed: exponential at 1."""
    return np.ones(size) if cv == 0 else rng.gamma(cv**-2, cv**2, size)
