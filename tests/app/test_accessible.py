"""The page of Streamlit gets what it lacks for the keyboard and screen readers; nothing else is touched."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from app.accessible import SCRIPT, STYLE, AccessiblePage
from app.security import content_policy
from tests.app.running import asked, run

PAGE = b"<html><head><title>x</title></head><body></head></body></html>"


async def page(_: Request) -> Response:
    return Response(PAGE, media_type="text/html", headers={"etag": "1", "last-modified": "today", "x-other": "kept"})


async def in_parts(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": PAGE[:20], "more_body": True})
    await send({"type": "http.response.body", "body": PAGE[20:]})


async def data(_: Request) -> Response:
    return JSONResponse("</head>")


ROUTES = [Route("/", page), Mount("/parts", in_parts), Route("/data", data)]
FRONT = Starlette(routes=ROUTES, middleware=[Middleware(AccessiblePage), Middleware(GZipMiddleware, minimum_size=1)])
BROWSER = ((b"accept", b"text/html,*/*"), (b"accept-encoding", b"gzip"))


@pytest.mark.parametrize("path", ["/", "/parts/"])
def test_page_gets_style_and_script_once(path: str) -> None:
    status, headers, body = run(asked(FRONT, path, headers=BROWSER))
    text = body.decode()
    assert status == 200
    assert text.count(STYLE) == text.count(SCRIPT) == 1
    assert text.index(SCRIPT) < text.index("<body>")
    assert int(headers["content-length"]) == len(body)
    assert not {"etag", "last-modified"} & headers.keys()


def test_other_headers_of_the_page_are_kept() -> None:
    assert run(asked(FRONT, "/"))[1]["x-other"] == "kept"


def test_data_and_other_methods_pass_through() -> None:
    assert run(asked(FRONT, "/data"))[2] == b'"</head>"'
    assert run(asked(FRONT, "/", headers=BROWSER[1:]))[1]["content-encoding"] == "gzip"
    assert run(asked(FRONT, "/", method="HEAD"))[1]["etag"] == "1"


def test_script_is_allowed_by_its_hash() -> None:
    assert content_policy().count("'sha256-") >= 2
