"""Rows of a search: what one side's designs contribute, reduced to those that can still matter, and put together.

All functions are pure and their arguments travel between processes, so the steps may run anywhere, in any order.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from costmodel.designspace.dominance import Mask, Matrix, Order, Rows, frontier_rows
from costmodel.designspace.expression import Comparison, Name, Node, compare, evaluate
from costmodel.designspace.query import Separation, accelerator_index
from costmodel.errors import DomainError
from costmodel.metrics import Evaluation, metric
from costmodel.paths import relations, update
from costmodel.spec import Check
from costmodel.units import Numeric

LARGEST_WORD = 1 << 62


@dataclass(frozen=True)
class Candidates:
    """Rows of one side, or of whole designs.

    `values` [row, column]: what each row contributes to the objectives (to be minimised) and then to the left and the
    right of each coupled constraint. `order` [row, word]: place in axis order, additive over the sides. `valid`: how
    many designs of the range met every relation between fields.
    """

    values: Matrix
    order: Order
    valid: int

    def take(self, rows: Rows | Mask | slice) -> "Candidates":
        """Some of the rows."""
        return Candidates(self.values[rows], self.order[rows], self.valid)

    def __len__(self) -> int:
        return len(self.values)


def joined(several: Sequence[Candidates]) -> Candidates:
    """The rows of several ranges of the same side."""
    return Candidates(
        np.concatenate([one.values for one in several]),
        np.concatenate([one.order for one in several]),
        sum(one.valid for one in several),
    )


def side_candidates(split: Separation, step: int, side: int, start: int, stop: int) -> Candidates:
    """Rows `start` to `stop` of one side at one step of the outer axes: evaluated, filtered, reduced."""
    question = split.question
    places = _places(split, step, side, start, stop)
    arrays = {path: question.values[path][place] for path, place in places.items()}
    scenario = update(question.scenario, arrays, Check.NOTHING)
    with np.errstate(all="ignore"):
        look_up = metric_lookup(Evaluation(scenario))
        rules = list(relations(scenario))
        keep = np.ones(stop - start, dtype=bool)
        for index in split.own_rules(side):
            keep &= np.asarray(rules[index].holds)
        valid = int(np.count_nonzero(keep))
        for rule in split.own_constraints(side):
            keep &= np.asarray(compare(rule.sign, evaluate(rule.left, look_up), evaluate(rule.right, look_up)))
        values = _columns(split, side, keep, look_up)
    return reduce_candidates(split, Candidates(values, _order(split, places, side, keep), valid))


def reduce_candidates(split: Separation, rows: Candidates) -> Candidates:
    """Only those rows of one side that some row of the other side may need."""
    if len(rows) < 2:
        return rows
    never = np.zeros(len(rows), dtype=bool)
    return rows.take(needed_rows(split, rows, [never for _ in split.coupled]))


def coupled_columns(split: Separation) -> Iterator[tuple[Comparison, int, int]]:
    """Each coupled constraint with the columns of its left and its right."""
    for place, rule in enumerate(split.coupled):
        left = len(split.goals) + 2 * place
        yield rule, left, left + 1


def needed_rows(split: Separation, rows: Candidates, certain: list[Mask]) -> Rows:
    """Positions of rows that may be needed; `certain` says, per coupled constraint, which rows meet it in any case."""
    columns = [rows.values[:, : len(split.goals)]]
    for (rule, left, right), met in zip(coupled_columns(split), certain, strict=True):
        sides = []
        if rule.sign in ("<=", "<", "=="):
            sides += [rows.values[:, left], -rows.values[:, right]]
        if rule.sign in (">=", ">", "=="):
            sides += [-rows.values[:, left], rows.values[:, right]]
        columns += [np.where(met, side.min(), side)[:, None] for side in sides]
    return frontier_rows(np.hstack(columns), rows.order)


def coordinates(split: Separation, order: Order) -> dict[str, Rows]:
    """For each design axis, the places of its values in rows of that order."""
    found: dict[str, Rows] = {}
    for word, axes in enumerate(_words(split)):
        lengths = [len(split.question.values[path]) for path in axes]
        found |= dict(zip(axes, np.unravel_index(order[:, word], lengths), strict=True)) if axes else {}
    return found


def _places(split: Separation, step: int, side: int, start: int, stop: int) -> dict[str, int | Rows]:
    """For each axis that is set: one place (outer axes) or one per row (axes of the side)."""
    lengths = split.question.values
    outer = np.unravel_index(step, [len(lengths[path]) for path in split.outer]) if split.outer else ()
    places: dict[str, int | Rows] = dict(zip(split.outer, map(int, outer), strict=True))
    own = split.sides[side]
    if own:
        inner = np.unravel_index(np.arange(start, stop), [len(lengths[path]) for path in own])
        places |= dict(zip(own, inner, strict=True))
    return places


def metric_lookup(run: Evaluation) -> Callable[[Name], Numeric]:
    """A function from the names in expressions to their values in one evaluation."""
    terms: dict[Name, tuple[Numeric, ...]] = {}

    def look_up(name: Name) -> Numeric:
        whole = Name(name.metric, name.accelerator)
        if whole not in terms:
            terms[whole] = metric(name.metric).terms(run, accelerator_index(run.scenario, name.accelerator))
        return sum(terms[whole]) if name.term is None else terms[whole][name.term]

    return look_up


def _columns(split: Separation, side: int, keep: Mask, look_up: Callable[[Name], Numeric]) -> Matrix:
    def total(addends: list[Node]) -> Numeric:
        return sum(evaluate(addend, look_up) for addend in addends)

    columns = [
        goal.sign * total(parts[side]) for goal, parts in zip(split.question.objectives, split.goals, strict=True)
    ]
    columns += [total(parts[side]) for parts in split.coupled_sides]
    values = np.empty((int(np.count_nonzero(keep)), len(columns)))
    for place, column in enumerate(columns):
        values[:, place] = np.broadcast_to(column, keep.shape)[keep]
    if not np.isfinite(values).all():
        column = int(np.flatnonzero(~np.isfinite(values).all(axis=0))[0])
        texts = [goal.text for goal in split.question.objectives]
        texts += [rule.text for rule in split.coupled for _ in "lr"]
        raise DomainError(f"{texts[column]!r} is not a finite number for some designs (division by zero?)")
    return values


def _order(split: Separation, places: dict[str, int | Rows], side: int, keep: Mask) -> Order:
    """Place in axis order of each row; the outer axes are counted on the first side."""
    words = _words(split)
    order = np.zeros((int(np.count_nonzero(keep)), len(words)), dtype=np.int64)
    counted = split.sides[side] if side else (*split.sides[0], *split.outer)
    for word, axes in enumerate(words):
        stride = 1
        for path in reversed(axes):
            if path in counted:
                order[:, word] += np.broadcast_to(places[path], keep.shape)[keep] * stride
            stride *= len(split.question.values[path])
    return order


def _words(split: Separation) -> list[list[str]]:
    """Design axes packed, in order, into groups whose combinations fit a 64-bit integer: usually one group."""
    words: list[list[str]] = [[]]
    for path in split.question.design_axes:
        if prod(len(split.question.values[other]) for other in [*words[-1], path]) > LARGEST_WORD:
            words.append([])
        words[-1].append(path)
    return words
