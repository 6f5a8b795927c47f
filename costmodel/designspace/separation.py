"""Choice of the axes to tabulate and of those to step through: it decides speed, never results."""

from costmodel.designspace.query import LARGEST_WORD, Query, Stack
from costmodel.designspace.question import Question
from costmodel.errors import DomainError

MICROSECONDS_PER_STEP = 4000
MICROSECONDS_PER_ROW = 1
"""Rough costs of one axis step and of one table row, to choose between stepping and multiplying out."""


def separate(question: Question) -> Query:
    """Divide the axes between tables and steps; of axes that a term or relation mixes, the smaller group is stepped.

    Where stepping would take longer than one table of all design axes, there is one table. Both are exact.
    DomainError when a table would have more rows than can be counted.
    """
    apart = _apart(question)
    together = Query(question, question.condition_axes, (question.design_axes, ()))
    chosen = apart if _microseconds(apart) <= _microseconds(together) else together
    if max(chosen.rows(stack) for stack in Stack) > LARGEST_WORD:
        raise DomainError(f"axes have more than {LARGEST_WORD:.2g} combinations in one table; shorten some of them")
    return chosen


def _apart(question: Question) -> Query:
    attention = tuple(path for path in question.design_axes if path.startswith("attention."))
    ffn = tuple(path for path in question.design_axes if path.startswith("ffn."))
    shared = tuple(path for path in question.design_axes if path not in (*attention, *ffn))
    query = Query(question, (*question.condition_axes, *shared), (attention, ffn))
    while (mixed := query.mixed()) is not None:
        smaller = min((mixed.intersection(axes) for axes in query.table_axes), key=question.count)
        kept = tuple(tuple(path for path in axes if path not in smaller) for axes in query.table_axes)
        moved = tuple(path for path in question.design_axes if path in smaller)
        query = Query(question, (*query.step_axes, *moved), (kept[0], kept[1]))
    return query


def _microseconds(query: Query) -> int:
    """Estimated time; an integer, because a space may have more combinations than a float can hold."""
    rows = sum(query.rows(stack) for stack in Stack)
    return query.steps * (MICROSECONDS_PER_STEP + MICROSECONDS_PER_ROW * rows)
