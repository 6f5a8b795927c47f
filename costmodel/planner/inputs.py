"""Counts that the planner's questions take, checked like the fields of a spec."""

from costmodel.errors import DomainError, Problem
from costmodel.spec import Field

MOST_SERVERS = 64
"""Servers of each pool that a search looks at unless told otherwise."""

SERVERS = Field(label="Servers", unit="servers", low=1, high=4096, help="Servers of one pool.")
REQUESTS = Field(label="Micro-batch", unit="requests", low=1, high=100_000_000, help="Requests of one micro-batch.")


def checked(mark: Field, name: str, value: object) -> int:
    """`value` as a whole number that `mark` allows; otherwise DomainError naming the argument."""
    try:
        return int(mark.check(value) or 0)
    except DomainError as error:
        raise DomainError(Problem(name, error.problems[0].reason)) from None
