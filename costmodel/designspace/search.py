"""Exact search of a design space: the Pareto frontier of every condition, with nothing sampled."""

from collections.abc import Sequence
from typing import Any

from costmodel.accelerator import Accelerator
from costmodel.designspace.front import Front
from costmodel.designspace.query import ask, separate
from costmodel.designspace.space import Space
from costmodel.designspace.steps import Cancel, Progress, Report, run_here


def search(
    space: Space,
    accelerators: Sequence[str | Accelerator],
    *,
    minimise: Sequence[str] = (),
    maximise: Sequence[str] = (),
    where: Sequence[str] = (),
    client: Any = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Front:
    """Designs that no other design of the space beats, one frontier for each combination of the condition axes.

    `accelerators` are preset names or Accelerator objects; attention and FFN each go to the one that is cheapest for
    them. `minimise` and `maximise` are expressions over metrics (`cost`, `parameters.active`, `2 * kv_bytes`), `where`
    are comparisons of such expressions, all of which a design must meet. Metrics that differ by accelerator take an id
    (`single@h20`); their bare names stand for the values that `Metric.terms` lists.

    A design is on the frontier when no other one is at least as good in every objective and better in one. Of designs
    with equal objectives one is kept, always the same: the first in axis order, unless another one leaves more room
    under a constraint. The frontier is that of trying every design, but attention and FFN are searched apart and only
    designs that can still matter are combined (docs/decisions/search.md).

    `client` is a dask.distributed Client on whose cluster the chunks run (extra `[distributed]`). `progress` is called
    between chunks with the share of the work done, `cancel` is asked then: when it returns True, SearchCancelledError.
    Raises UnknownNameError (near matches are listed) and DomainError (what is refused and why) before anything runs.

    >>> space = Space("step-3", {"attention.0.heads": [32, 64, 128], "ffn.1.top_k": [2, 3, 4]})
    >>> front = search(space, ["h800", "h20"], minimise=["cost"], where=["parameters.active >= 37e9"])
    >>> front.designs
    [{'attention.0.heads': 32, 'ffn.1.top_k': 4}]
    """
    split = separate(ask(space, accelerators, minimise, maximise, where))
    report = Report(split, progress, cancel)
    report.check()
    if client is None:
        fronts, valid = run_here(split, report)
    else:
        from costmodel.designspace.cluster import run_on  # noqa: PLC0415 - dask belongs to an extra

        fronts, valid = run_on(client, split, report)
    return Front(split, tuple(fronts), searched=space.size, invalid=space.size - valid)
