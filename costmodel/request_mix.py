"""Requests that a scenario serves: lengths, their spread, hit rate, and how well the capacity for them is used."""

from collections.abc import Iterable, Iterator
from typing import Annotated

import numpy as np

from costmodel.lengths import MOST_CV, NODES, NORMAL_REACH, Lengths
from costmodel.spec import Field, Rule, Spec, is_array
from costmodel.units import Numeric
from costmodel.workload import CONTEXTS

UNKNOWN_HIT_RATE = "The hit rate of the prefix cache is not known: 0 % is assumed, the most that prefill can cost."

# 16 tokens to 1M, four steps to the octave.
LENGTHS = (*(quarter * 2**power for power in range(2, 8) for quarter in (4, 5, 6, 7)), *CONTEXTS)

Prompt = Annotated[
    int,
    Field(
        label="Prompt",
        unit="tokens",
        low=1,
        high=5_000_000,
        stops=LENGTHS,
        help="Mean prompt of a request, cached tokens included.",
    ),
]
Output = Annotated[
    int,
    Field(label="Output", unit="tokens", low=1, high=1_000_000, stops=LENGTHS, help="Mean output of a request."),
]
Cached = Annotated[
    float | None,
    Field(
        label="Hit rate",
        low=0,
        high=0.9999,
        whole=False,
        optional=True,
        scale=0.01,
        scale_unit="%",
        help="Share of the prompt found in a prefix cache. Empty: not known; 0 is then assumed and said so.",
    ),
]
PromptCv = Annotated[
    float,
    Field(
        label="Prompt spread", low=0, high=MOST_CV, whole=False, help="Deviation over mean of the prompt; 0: all alike."
    ),
]
OutputCv = Annotated[
    float,
    Field(
        label="Output spread", low=0, high=MOST_CV, whole=False, help="Deviation over mean of the output; 0: all alike."
    ),
]
Utilization = Annotated[
    float,
    Field(
        label="Utilization",
        low=1e-4,
        high=1,
        whole=False,
        scale=0.01,
        scale_unit="%",
        help="Mean load over capacity. List prices are compared with the cost of reserved capacity: that at full load "
        "over utilization. Start: about that of DeepSeek's published day, 226.75 servers of 278.",
    ),
]


class RequestMix(Spec):
    """Requests by their mean lengths [token]; spreads are lognormal and independent. Numbers or arrays."""

    prompt: Prompt = 8192
    output: Output = 1024
    cached: Cached = None
    prompt_cv: PromptCv = 0.0
    output_cv: OutputCv = 0.0
    utilization: Utilization = 0.8

    def rules(self) -> Iterable[Rule]:
        """The last token of a prompt is always computed."""
        values = {"prompt": self.prompt, "cached": self.cached}
        yield Rule(
            self.hit_rate * self.prompt <= self.prompt - 1,
            "cached must leave one token of the prompt to compute",
            values,
        )

    @property
    def hit_rate(self) -> Numeric:
        """Share of the prompt that is cached, 0 where it is not known."""
        return 0.0 if self.cached is None else self.cached

    @property
    def missed(self) -> Numeric:
        """Mean prompt tokens that are computed."""
        return self.prompt * (1 - self.hit_rate)

    @property
    def decode_context(self) -> Numeric:
        """Mean context of a decode step [token]: E[P] + (E[D^2] / E[D] + 1) / 2, as that of `Lengths`."""
        return self.prompt + (self.output * (1 + self.output_cv**2) + 1) / 2

    def nodes(self) -> Iterator[tuple[Numeric, float | Numeric]]:
        """Prompts [token] that stand for their spread, and the share of each; the mean alone where there is none."""
        if not is_array(self.prompt_cv) and self.prompt_cv == 0:
            yield self.prompt, 1.0
            return
        sigma = np.log1p(self.prompt_cv**2) ** 0.5
        reach = NORMAL_REACH + 2 * sigma
        steps = np.linspace(-1.0, 1.0, NODES)
        density = [np.exp(-((reach * step) ** 2) / 2) for step in steps]
        total = sum(density)
        for step, each in zip(steps, density, strict=True):
            yield self.prompt * np.exp(sigma * reach * step - sigma**2 / 2), each / total

    def lengths(self) -> Lengths:
        """The distribution of the requests."""
        return Lengths.spread(
            self.prompt,
            self.output,
            prompt_cv=self.prompt_cv,
            output_cv=self.output_cv,
            hit_rate=float(self.hit_rate),
        )
