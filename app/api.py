"""The JSON, CSV and TOML that the front door serves for the same query as a link."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from app.version import version
from costmodel import (
    DomainError,
    Link,
    Problem,
    comparison_csv,
    comparison_report,
    designs_of_query,
    from_query,
    plan_csv,
    plan_report,
    report,
    report_csv,
    to_toml,
)

AT_ONCE = 2
MOST_WAITING = 16
RETRY_SECONDS = 1
LONGEST_REST_SECONDS = 0.2

Endpoint = Callable[[Request], Awaitable[Response]]
Answer = Callable[[str], Response]


class RequestPool:
    """Answers requests in threads: a few at once, a few more in line, and 503 for everyone beyond.

    What computes never runs on the event loop, which also carries every visitor's clicks. While requests wait in line,
    a thread rests before each for as long as the last one took: at least half of the time is left to visitors.
    """

    def __init__(self, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="api")
        self._at_once, self._most = at_once, at_once + most_waiting
        self._lock = threading.Lock()
        self._inside = 0
        self._rest = 0.0

    def endpoint(self, answer: Answer) -> Endpoint:
        """The endpoint that gives the answer to a request's query."""

        async def answered(request: Request) -> Response:
            if not self._enter():
                return _problem(503, "busy", headers={"Retry-After": str(RETRY_SECONDS)})
            work = self._threads.submit(self._guarded, answer, request.url.query)
            work.add_done_callback(self._leave)
            return await asyncio.wrap_future(work)

        return answered

    def _enter(self) -> bool:
        """Take a place, if one is free."""
        with self._lock:
            free = self._inside < self._most
            self._inside += free
        return free

    def _leave(self, _: Future[Response]) -> None:
        with self._lock:
            self._inside -= 1

    def _guarded(self, answer: Answer, query: str) -> Response:
        """422 with the list of problems when the question as a whole cannot be answered."""
        if self._inside > self._at_once:
            time.sleep(self._rest)
        start = time.monotonic()
        try:
            return answer(query)
        except DomainError as error:
            return _refused(error.problems)
        finally:
            self._rest = min(time.monotonic() - start, LONGEST_REST_SECONDS)


def of_scenario(answer: Callable[[Link], Response]) -> Answer:
    """An answer to the scenario of a query; 422 with the list of problems when a parameter cannot be applied."""

    def answered(query: str) -> Response:
        link = from_query(query)
        return _refused(link.problems) if link.problems else answer(link)

    return answered


def cost(link: Link) -> Response:
    """Every result as JSON."""
    return JSONResponse(report(link.scenario))


def cost_csv(link: Link) -> Response:
    """The metrics as CSV."""
    return _file(report_csv(link.scenario), "afd-explorer.csv", "text/csv")


def plan(link: Link) -> Response:
    """The ranking of pairs and single accelerators as JSON."""
    return JSONResponse(plan_report(link.scenario))


def plan_table(link: Link) -> Response:
    """The ranking as CSV."""
    return _file(plan_csv(link.scenario), "afd-plan.csv", "text/csv")


def compared(query: str) -> Response:
    """The designs that a link lists, in every metric, as JSON."""
    designs, problems = designs_of_query(query)
    return _refused(tuple(problems)) if problems else JSONResponse(comparison_report(designs))


def compared_table(query: str) -> Response:
    """The same as CSV."""
    designs, problems = designs_of_query(query)
    return _refused(tuple(problems)) if problems else _file(comparison_csv(designs), "afd-designs.csv", "text/csv")


def scenario_toml(link: Link) -> Response:
    """The scenario as a file that loads back."""
    return _file(to_toml(link.scenario), "scenario.toml", "application/toml")


async def health(_: Request) -> Response:
    """Alive."""
    return PlainTextResponse("ok")


async def api_version(_: Request) -> Response:
    """Version, commit and its date."""
    return JSONResponse(asdict(version()))


async def unknown(request: Request) -> Response:
    """404 in the form of the API, or 405 where the address exists; without it, a page would answer."""
    if request.url.path in ADDRESSES:
        return _problem(405, "method not allowed", headers={"Allow": "GET, HEAD"})
    return _problem(404, "no such address", addresses=ADDRESSES)


def _refused(problems: tuple[Problem, ...]) -> Response:
    found = [{"field": problem.field, "reason": problem.reason} for problem in problems]
    return JSONResponse({"problems": found}, status_code=422)


def _problem(status: int, reason: str, headers: dict[str, str] | None = None, **more: object) -> Response:
    return JSONResponse({"error": reason, **more}, status_code=status, headers=headers)


def _file(text: str, name: str, kind: str) -> Response:
    return Response(text, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


POOL = RequestPool()
ROUTES = [
    Route("/healthz", health),
    Route("/api/version", api_version),
    Route("/api/cost", POOL.endpoint(of_scenario(cost))),
    Route("/api/cost.csv", POOL.endpoint(of_scenario(cost_csv))),
    Route("/api/compare", POOL.endpoint(compared)),
    Route("/api/compare.csv", POOL.endpoint(compared_table)),
    Route("/api/plan", POOL.endpoint(of_scenario(plan))),
    Route("/api/plan.csv", POOL.endpoint(of_scenario(plan_table))),
    Route("/api/scenario.toml", POOL.endpoint(of_scenario(scenario_toml))),
]
ADDRESSES = [route.path for route in ROUTES]
EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
ROUTES += [Route(path, unknown, methods=EVERY_METHOD) for path in ("/healthz", "/api", "/api/{rest:path}")]
