"""The constraint that leaves a condition without designs."""

from costmodel.designspace.join import join_chunks
from costmodel.designspace.pareto import Checkpoint, unchecked
from costmodel.designspace.query import Query, Stack
from costmodel.designspace.separation import separate
from costmodel.designspace.table import Table, joined
from costmodel.errors import DomainError

BROKEN_RELATIONS = "relations between fields"


def emptied_by(query: Query, condition: int, check: Checkpoint = unchecked) -> str:
    """The first constraint, in the order given, with which a condition without designs has none left.

    Found by bisection: with n constraints, existence is looked for log2(n + 1) times at most, rounded up.
    """
    constraints = query.question.constraints
    fewest, most = 0, len(constraints)
    while fewest < most:
        middle = (fewest + most) // 2
        if _exists(separate(query.question.with_first_constraints(middle)), condition, check):
            fewest = middle + 1
        else:
            most = middle
    return constraints[most - 1].text if most else BROKEN_RELATIONS


def _exists(query: Query, condition: int, check: Checkpoint) -> bool:
    """True when some design of a condition meets all constraints."""
    first = condition * query.steps_per_condition
    return any(_exists_at(query, step, check) for step in range(first, first + query.steps_per_condition))


def _exists_at(query: Query, step: int, check: Checkpoint) -> bool:
    try:
        tables = [_table(query, stack, step, check) for stack in Stack]
    except DomainError:
        # A value that is no number belongs to a design that a later constraint removes: the search met none.
        return True
    return any(len(chunk) for chunk in join_chunks(tables[Stack.ATTENTION], tables[Stack.FFN], check))


def _table(query: Query, stack: Stack, step: int, check: Checkpoint) -> Table:
    blocks = []
    for block in query.blocks(stack, step):
        check()
        blocks.append(query.table(stack, block).pruned(check))
    return joined(blocks).pruned(check)
