"""Fifty callers of the API at once, each with a bounded number of requests."""

import http.client
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from urllib.parse import urlsplit

from app.api.request_pool import RETRY_SECONDS

CALLERS = 50
PATIENCE_SECONDS = 120
ANSWERED, BUSY = (200, None), (503, str(RETRY_SECONDS))


def asked(address: str, path: str) -> tuple[int, str | None]:
    """Status of one request, and after how many seconds to come back if it says so."""
    line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE_SECONDS)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        answer.read()
        return answer.status, answer.getheader("Retry-After")
    finally:
        line.close()


def crowd(
    address: str, path: str, requests_each: int, *, pause: float = 0.0, stop: Event | None = None
) -> Counter[tuple[int, str | None]]:
    """How often which status came, over all callers; they pause for some seconds after a refusal."""

    def caller(_: int) -> list[tuple[int, str | None]]:
        answers = []
        for _ in range(requests_each):
            answers.append(asked(address, path))
            if stop is not None and stop.is_set():
                break
            if answers[-1] != ANSWERED:
                time.sleep(pause)
        return answers

    with ThreadPoolExecutor(CALLERS) as callers:
        return Counter(answer for answers in callers.map(caller, range(CALLERS)) for answer in answers)
