"""Workload of decoding: length of the cached context, tokens drafted and kept per step."""

from collections.abc import Iterable
from typing import Annotated

from costmodel.spec import Field, Rule, Spec
from costmodel.units import Numeric

# 1K to 1M tokens, four steps to the octave.
CONTEXTS = (*(quarter * 2**power for power in range(8, 18) for quarter in (4, 5, 6, 7)), 2**20)

Context = Annotated[
    int,
    Field(
        label="Context",
        unit="tokens",
        low=1,
        high=10_000_000,
        stops=CONTEXTS,
        help="Cached tokens that a decoded token attends to.",
    ),
]
DraftLength = Annotated[
    int,
    Field(
        label="MTP draft length",
        unit="tokens",
        low=0,
        high=64,
        help="Tokens drafted per step and verified in the same pass; 0: none.",
    ),
]
AcceptedLength = Annotated[
    float,
    Field(
        label="MTP accepted length",
        unit="tokens",
        low=1,
        high=65,
        whole=False,
        help="Mean tokens kept per step, the regular one included.",
    ),
]
ContextDeviation = Annotated[
    float,
    Field(
        label="Context spread",
        unit="tokens",
        low=0,
        high=10_000_000,
        whole=False,
        help="Standard deviation of context over the requests decoded together; 0: all alike. Costs follow the mean.",
    ),
]


class Workload(Spec):
    """Decoding at a given context, with or without multi-token prediction (MTP). Paper sec. 5.2."""

    context: Context
    draft_length: DraftLength = 0
    accepted_length: AcceptedLength = 1.0
    context_deviation: ContextDeviation = 0.0

    def rules(self) -> Iterable[Rule]:
        """A step keeps at most what it verified."""
        yield Rule(
            self.accepted_length <= self.draft_length + 1,
            "accepted_length must not exceed draft_length + 1",
            {"accepted_length": self.accepted_length, "draft_length": self.draft_length},
        )

    def without_drafts(self) -> "Workload":
        """The same context with one token per step."""
        return self.model_copy(update={"draft_length": 0, "accepted_length": 1.0})

    def steps_per_token(self) -> Numeric:
        """Decode steps, and so cache reads, per accepted token: 1 / a."""
        return 1 / self.accepted_length

    def passes_per_token(self) -> Numeric:
        """Token positions computed per accepted token: (n + 1) / a; rejected drafts are paid too."""
        return (self.draft_length + 1) / self.accepted_length
