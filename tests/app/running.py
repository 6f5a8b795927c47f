"""The app without a browser: Streamlit's AppTest over main.py, and the front door's routes as plain ASGI calls."""

import asyncio
import json
import re
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.middleware import Middleware
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from app.api.routes import ROUTES
from app.security import SecurityHeaders
from costmodel import Model, Scenario, cheapest, from_query, load_model, models

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "app" / "main.py"
PAGES = re.findall(r'st\.Page\(\s*"(views/\w+\.py)"', MAIN.read_text(encoding="utf-8"))
WITH_AN_ADDRESS_OF_ITS_OWN = re.findall(
    r'st\.Page\(\s*"(views/\w+\.py)"[^()]*url_path=', MAIN.read_text(encoding="utf-8")
)
PATIENCE_SECONDS = 60

# Each AppTest asks every installed package for components of Streamlit, which takes longer than most pages: ask once.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def _structure(model: Model) -> tuple[str, ...]:
    return tuple(group.tag() for group in (*model.attention, *model.ffn))


ONE_OF_EACH_STRUCTURE = sorted({_structure(load_model(name)): name for name in models()}.values())
"""A preset for every sequence of mechanisms: what a page draws differs between these, not between sizes."""

STACKS = ("attention", "ffn")
MENUS = (
    "why these numbers",
    "bridge",
    "price map",
    "what binds",
    "what matters",
    "drafts",
    "shape",
    "edit accelerators",
    "prices drawer",
    "placement",
    *(f"rest {stack}" for stack in STACKS),
    *(f"group {stack}.{number}" for stack in STACKS for number in (0, 1)),
)
"""Drawers draw what is in them only while they are open."""


def opened(
    query: str = "", page: str = "views/explore.py", theme: str = "light", open_drawers: tuple[str, ...] = ()
) -> AppTest:
    """The app as a visitor sees it who follows a link to a page."""
    at = AppTest.from_file(MAIN, default_timeout=PATIENCE_SECONDS)
    at.context["theme"] = theme
    for name, text in parse_qsl(query, keep_blank_values=True):
        at.query_params[name] = [*at.query_params.get(name, []), text]
    for menu in (*MENUS, *open_drawers):
        at.session_state[menu] = True
    # Before its first run AppTest knows a page by the name of its file alone.
    if page in WITH_AN_ADDRESS_OF_ITS_OWN:
        at.run()
    if page != "views/explore.py":
        at.switch_page(page)
    return at.run()


def headlines(at: AppTest) -> dict[str, str]:
    """The headline figures by label."""
    return {metric.label: metric.value.replace("\\$", "$") for metric in at.metric}


def linked(at: AppTest) -> Scenario:
    """The Scenario of the URL that the app shows now, which must be valid as a whole."""
    pairs = {name: text if isinstance(text, str) else text[0] for name, text in at.query_params.items()}
    link = from_query(urlencode(pairs))
    assert link.problems == ()
    return link.scenario


def afd_cost(scenario: Scenario) -> float:
    """The library's own answer to the first headline."""
    return float(cheapest(scenario).pair.total)


def texts(at: AppTest) -> str:
    """Everything on the page that was written as plain text."""
    return "\n".join(str(text.value) for text in at.text)


def specification(element: Any) -> dict[str, Any]:
    """The chart specification that an element carries."""

    return dict(json.loads(element.proto.spec))


T = TypeVar("T")
Answer = tuple[int, dict[str, str], bytes]


def fetched(path: str, query: str = "", method: str = "GET", sent: bytes = b"") -> Answer:
    """Status, headers and body of a route behind the security headers."""
    front = Starlette(routes=ROUTES, middleware=[Middleware(SecurityHeaders)])
    return run(asked(front, path, query, method, sent))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run in a thread of its own: tests in a browser leave an event loop running in the main one."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


async def asked(
    front: Starlette,
    path: str,
    query: str = "",
    method: str = "GET",
    body: bytes = b"",
    *,
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> Answer:
    """One request to an application, as a plain ASGI call."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "server": ("localhost", 80),
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), *headers],
    }
    await front(scope, receive, send)  # type: ignore[arg-type]
    answered = {name.decode(): text.decode() for name, text in sent[0]["headers"]}
    return sent[0]["status"], answered, b"".join(message.get("body", b"") for message in sent[1:])
