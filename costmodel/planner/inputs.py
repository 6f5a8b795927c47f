"""Checks of the planner's arguments, as for the fields of a spec."""

from typing import get_args

from costmodel.errors import DomainError, Problem, quote
from costmodel.scenario import Objective, Scenario
from costmodel.spec import Field

LARGEST_POOL = int(Scenario.model_fields["largest_pool"].default)
"""Servers of each pool that a search looks at by default."""

OBJECTIVES: tuple[Objective, ...] = get_args(Objective)

SERVERS = Field(label="Servers", unit="servers", low=1, high=4096, help="Servers of one pool.")
PREFILL_SHARE = Field(
    label="Prefill share",
    unit="tokens",
    low=0,
    high=1e6,
    whole=False,
    help="Prompt tokens per output token that are computed in decode steps.",
)
REQUESTS = Field(label="Micro-batch", unit="requests", low=1, high=100_000_000, help="Requests of one micro-batch.")


def checked_share(value: object) -> float:
    """A share of prefill that is allowed; otherwise DomainError naming the argument."""
    try:
        return float(PREFILL_SHARE.check(value) or 0.0)
    except DomainError as error:
        raise DomainError(Problem("prefill_share", error.problems[0].reason)) from None


def checked(field: Field, name: str, value: object) -> int:
    """`value` as a whole number that `field` allows; otherwise DomainError naming the argument."""
    try:
        return int(field.check(value) or 0)
    except DomainError as error:
        raise DomainError(Problem(name, error.problems[0].reason)) from None


def check_objective(objective: str) -> None:
    """Refuse an unknown objective."""
    if objective not in OBJECTIVES:
        known = ", ".join(OBJECTIVES)
        raise DomainError(Problem("objective", f"{quote(objective)} is not allowed; must be one of {known}"))
