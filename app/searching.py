"""A search as background work: how large it may be, and everything of its answer that a page shows."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from app.charts.design_front import MOST_MARKS
from app.estimates import estimated
from app.jobs import Cancel, Progress
from app.wording import digits, quantity
from costmodel import (
    METRICS,
    PAPER_COLLECTION,
    DesignSearch,
    DomainError,
    Evaluation,
    Front,
    Problem,
    SearchCancelledError,
    assumed_power,
    fields,
    front_csv,
    load_model,
    metric,
    models,
    search,
    tdp_estimates,
)

SHOWN_ROWS = 1000
SHOWN_REASONS = 20
MOST_DOWNLOADED = 1_000_000
LONGEST_SEARCH_SECONDS = 2.0
"""Of a search that a caller waits for."""

T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """The largest search that a part of this app runs."""

    designs: int
    conditions: int
    axis_values: int
    of: str

    def check(self, asked: DesignSearch) -> None:
        """DomainError names what is too large; counted before any value is checked."""
        listed = sum(map(len, asked.values.values()))
        counts = (
            (asked.conditions, self.conditions, "conditions are"),
            (asked.size, self.designs, "designs are"),
            (listed, self.axis_values, "values of axes are"),
        )
        for count, most, what in counts:
            if count > most:
                raise DomainError(
                    f"{count:,} {what} too many: {self.of} takes at most {most:,}, the library any number"
                )


PAGE = Limits(designs=1_000_000_000, conditions=1_000, axis_values=20_000, of="this page")
API = Limits(designs=100_000, conditions=100, axis_values=2_000, of="the API")


def at_once(asked: DesignSearch, answer: Callable[[DesignSearch, Cancel], T]) -> T:
    """The answer to a search that is small and soon done; DomainError says why any other is refused."""
    API.check(asked)
    end = time.monotonic() + LONGEST_SEARCH_SECONDS
    try:
        return answer(asked, lambda: time.monotonic() > end)
    except SearchCancelledError:
        reason = f"takes longer than {LONGEST_SEARCH_SECONDS:g} s; run it on the Search page or in Python"
        raise DomainError(Problem("search", reason)) from None


@dataclass(frozen=True)
class Found:
    """A front prepared for a page, bounded however large the front.

    `reasons`: what emptied the first conditions without designs; `table`: the first rows; `labels`: those of its axes
    by path; `points` and `references`: rows of the chart, the former thinned; `estimates`: a sentence for each
    accelerator whose price is an estimate.
    """

    front: Front
    reasons: tuple[str, ...]
    table: Any
    labels: Mapping[str, str]
    points: list[dict[str, Any]]
    references: list[dict[str, Any]]
    across: str
    up: str
    estimates: tuple[str, ...]

    def worth(self, row: int) -> dict[str, float]:
        """What the chart shows of one design, whether it is among the drawn ones or not."""
        names = [self.up, self.across]
        frame = self.front.to_dataframe([name for name in names if name in METRICS], rows=slice(row, row + 1))
        return {name: float(frame[name].iloc[0]) for name in names}

    def csv(self) -> bytes:
        """The first `MOST_DOWNLOADED` rows as CSV."""
        return front_csv(self.front, rows=slice(MOST_DOWNLOADED)).encode()

    def parquet(self) -> bytes:
        """The same rows as Parquet."""
        frame = self.front.to_dataframe(rows=slice(MOST_DOWNLOADED))
        content: bytes = frame.reset_index().to_parquet(index=False)
        return content


@dataclass(frozen=True)
class SearchRequest:
    """The work of a page: run a search and prepare its answer."""

    asked: DesignSearch

    def __call__(self, progress: Progress, cancel: Cancel) -> Found:
        """Search, and prepare what the page shows: all on the worker's thread."""
        front = search(
            self.asked.space,
            minimise=self.asked.minimise,
            maximise=self.asked.maximise,
            where=self.asked.where,
            progress=progress,
            cancel=cancel,
        )
        across, up = _objectives(front)
        return Found(
            front=front,
            reasons=tuple(_reason(front, place) for place in sorted(front.emptied)[:SHOWN_REASONS]),
            table=front.to_dataframe([across] if across in METRICS else [], rows=slice(SHOWN_ROWS)),
            labels={path: fields(self.asked.scenario)[path].label for path in self.asked.axes},
            points=_points(front, across, up),
            references=self._references(across, up),
            across=across,
            up=up,
            estimates=self._estimates(),
        )

    def _estimates(self) -> tuple[str, ...]:
        """What prices, and TDPs where energy is asked about, rest on."""
        scenario = self.asked.space.scenario()
        used = scenario.accelerators
        powered = any("joules" in term for term in (*self.asked.minimise, *self.asked.maximise, *self.asked.where))
        return (*estimated(used), *((assumed_power(scenario.service), *tdp_estimates(used)) if powered else ()))

    def _references(self, across: str, up: str) -> list[dict[str, Any]]:
        """The paper's models on the same axes, where both objectives are plain metrics."""
        if not {across, up} <= METRICS.keys() or metric(across).per_accelerator or metric(up).per_accelerator:
            return []
        found = []
        for name in models(collection=PAPER_COLLECTION):
            scenario = self.asked.space.scenario().replace(model=load_model(name))
            run = Evaluation(scenario)
            at = float(metric(across).value(run)), float(metric(up).value(run))
            found.append(_point(scenario.model.name, at, -1, (across, up)))
        return found


def _objectives(front: Front) -> tuple[str, str]:
    """What the chart shows across and up."""
    objectives = front.objectives
    return (objectives[1] if len(objectives) > 1 else "parameters.active"), objectives[0]


def _points(front: Front, across: str, up: str) -> list[dict[str, Any]]:
    """Designs of the chart with their settings in words: all, or as many as stand for all."""
    rows = front.thinned(MOST_MARKS, across, up)
    places = zip(rows.tolist(), front.column(across)[rows].tolist(), front.column(up)[rows].tolist(), strict=True)
    points = [_point(f"design {row}", (x, y), row, (across, up)) for row, x, y in places]
    return [
        point | {"settings": settings_words(each)} for point, each in zip(points, front.settings(rows), strict=True)
    ]


def settings_words(settings: dict[str, float]) -> str:
    """The values of all axes as a short phrase."""
    named = ((path.rpartition(".")[2].replace("_", " "), value) for path, value in settings.items())
    return ", ".join(f"{name} {digits(value)}" for name, value in named)


def _reason(front: Front, place: int) -> str:
    condition = ", ".join(f"{path} {value:,.6g}" for path, value in front.conditions[place].items())
    return f"No design is left for {condition or 'this space'}: removed by {front.emptied[place]}."


def _point(name: str, at: tuple[float, float], row: int, names: tuple[str, str]) -> dict[str, Any]:
    across, up = at
    return {
        "name": name,
        "x": across,
        "y": up,
        "row": row,
        "settings": "as published",
        "x_shown": f"{names[0]}: {described(names[0], across)}",
        "y_shown": f"{names[1]}: {described(names[1], up)}",
    }


def described(name: str, value: float) -> str:
    """The value of an expression in words: with its unit where it is a metric."""
    return quantity(value, metric(name).unit) if name in METRICS else digits(value)
