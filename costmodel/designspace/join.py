"""Join of the attention and FFN tables into designs, without trying every pair of rows."""

from collections.abc import Iterator

import numpy as np

from costmodel.designspace.expression import compare
from costmodel.designspace.pareto import Checkpoint, unchecked
from costmodel.designspace.table import ALIKE, Table, joined

PAIRS_PER_CHUNK = 1 << 19
ROWS_KEPT_UNMERGED = 1 << 21
"""Sized so that a chunk takes about a second and a hundred megabytes at most."""


def join(attention: Table, ffn: Table, check: Checkpoint = unchecked) -> Table:
    """Designs: pairs of rows of the two tables that meet the coupled constraints and may be on the frontier.

    Large intermediate results are reduced to their frontier; the last reduction is left to the caller.
    """
    chunks = [pairs(attention.take(slice(0)), ffn.take(slice(0)))]
    kept = fresh = 0
    for chunk in join_chunks(attention, ffn, check):
        chunks.append(chunk)
        fresh += len(chunk)
        if fresh > max(ROWS_KEPT_UNMERGED, kept):
            chunks = [joined(chunks).minimal(check)]
            kept, fresh = len(chunks[0]), 0
    return joined(chunks)


def join_chunks(attention: Table, ffn: Table, check: Checkpoint = unchecked) -> Iterator[Table]:
    """The designs of `join` in chunks, none of them reduced.

    The attention table is halved along the constraints until its rows are so similar that few FFN rows can be needed.
    """
    pending = [(attention, ffn)] if len(attention) and len(ffn) else []
    while pending:
        check()
        group, others = pending.pop()
        others = others.useful_to(group, check)
        is_small = len(group) * len(others) <= PAIRS_PER_CHUNK and (not group.signs or len(group) <= ALIKE)
        if is_small or len(group) == 1:
            yield pairs(group, others)
        else:
            pending += [(half, others) for half in reversed(group.halves())]


def pairs(attention: Table, ffn: Table) -> Table:
    """Every pair of rows of the two tables that meets the coupled constraints."""
    attention_row, ffn_row = (part.ravel() for part in np.indices((len(attention), len(ffn))))
    met = np.ones(len(attention_row), dtype=bool)
    for sign, left, right in attention.couplings():
        compared = ((attention.values[:, None, at] + ffn.values[None, :, at]).ravel() for at in (left, right))
        met &= compare(sign, *compared)
    attention_row, ffn_row = attention_row[met], ffn_row[met]
    objectives = attention.objectives
    values = attention.values[attention_row, :objectives] + ffn.values[ffn_row, :objectives]
    return Table(values, attention.order[attention_row] + ffn.order[ffn_row], 0)
