"""Continuous batching: slots that always hold a request, whose context grows by what a decode step keeps."""

import numpy as np
from numpy.typing import NDArray

from costmodel.lengths import Lengths

Floats = NDArray[np.float64]


class Slots:
    """Requests of all micro-batches and attention workers, from a stationary start; a finished one is replaced at once.

    A request stays on its worker. `started` counts the requests that came after the first ones, `finished` those that
    are done: all slots are full, so the two are equal and `slots` are in flight.
    """

    def __init__(self, lengths: Lengths, shape: tuple[int, ...], rng: np.random.Generator) -> None:
        decoding = lengths.output >= 1
        self._prompts = lengths.prompt[decoding]
        # A request that ends within a token ends with it.
        self._outputs = np.ceil(lengths.output[decoding])
        self._arriving = np.cumsum(lengths.share[decoding])
        self._rng = rng
        self.finished = 0
        # A request is met in proportion to its steps, at any of them: inspection of a renewal process.
        steps = np.cumsum(lengths.share[decoding] * self._outputs)
        met = np.searchsorted(steps, rng.uniform(0, steps[-1], shape), side="right")
        met = np.minimum(met, len(steps) - 1)
        self._prompt, self._output = self._prompts[met], self._outputs[met]
        self._decoded = np.floor(rng.uniform(0, self._output))

    @property
    def slots(self) -> int:
        """Requests in flight."""
        return self._prompt.size

    @property
    def contexts(self) -> Floats:
        """Cached tokens that the next step of each request attends to: the prompt and what is decoded, itself too."""
        return self._prompt + self._decoded + 1

    def advance(self, tokens: float) -> None:
        """One decode step: every request grows by `tokens`; those with all of their output make room for new ones."""
        self._decoded += tokens
        done = self._decoded >= self._output
        count = int(np.count_nonzero(done))
        if count:
            drawn = self._rng.uniform(0, self._arriving[-1], count)
            new = np.minimum(np.searchsorted(self._arriving, drawn, side="right"), len(self._arriving) - 1)
            self._prompt[done], self._output[done] = self._prompts[new], self._outputs[new]
            self._decoded[done] = 0.0
            self.finished += count
