"""The threads that answer requests, and the limits on requests: how many at a time, and how large."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from app.api.problems import failed, refused
from costmodel import CostModelError, DomainError, Problem

AT_ONCE = 2
MOST_WAITING = 16
RETRY_SECONDS = 1
LONGEST_REST_SECONDS = 0.2

LONGEST_QUERY = 64_000
"""Bytes of a query. The longest link there can be, of 8 layer groups in each stack and 24 custom accelerators, fits."""

LARGEST_BODY = 1 << 20
"""Bytes of a body: hundreds of times a config.json."""


class Asked(NamedTuple):
    """A request: its query and its body."""

    query: str
    body: bytes = b""


Endpoint = Callable[[Request], Awaitable[Response]]
Answer = Callable[[Asked], Response]


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
        """The endpoint that gives the answer to a request."""

        async def answered(request: Request) -> Response:
            query = request.url.query
            if len(query) > LONGEST_QUERY:
                return failed(HTTPStatus.REQUEST_URI_TOO_LONG, f"a query holds at most {LONGEST_QUERY:,} bytes")
            body = await _body(request)
            if body is None:
                return failed(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body holds at most {LARGEST_BODY:,} bytes")
            if not self._enter():
                busy = "as many requests are in line as this server takes; come back later"
                return failed(HTTPStatus.SERVICE_UNAVAILABLE, busy, {"Retry-After": str(RETRY_SECONDS)})
            work = self._threads.submit(self._guarded, answer, Asked(query, body))
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

    def _guarded(self, answer: Answer, asked: Asked) -> Response:
        """422 with the list of problems when the question as a whole cannot be answered."""
        if self._inside > self._at_once:
            time.sleep(self._rest)
        start = time.monotonic()
        try:
            return answer(asked)
        except DomainError as error:
            return refused(error.problems)
        except CostModelError as error:
            return refused([Problem("", str(error))])
        finally:
            self._rest = min(time.monotonic() - start, LONGEST_REST_SECONDS)


async def _body(request: Request) -> bytes | None:
    """The body, read no further than the limit; None where it is longer."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            return None
        parts.append(part)
    return b"".join(parts)
