"""Counts that the planner's questions take, checked like the fields of a spec."""

from costmodel.errors import DomainError, Problem
from costmodel.spec import Quantity

MOST_SERVERS = 64
"""Servers of each pool that a search looks at unless told otherwise."""

SERVERS = Quantity("Servers", "Servers of one pool.", 1, 4096, "servers")
REQUESTS = Quantity("Micro-batch", "Requests of one micro-batch.", 1, 100_000_000, "requests")


def checked(mark: Quantity, name: str, value: object) -> int:
    """`value` as a whole number that `mark` allows; otherwise DomainError naming the argument."""
    try:
        return int(mark.check(value) or 0)
    except DomainError as error:
        raise DomainError(Problem(name, error.problems[0].reason)) from None
