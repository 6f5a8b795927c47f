"""The addresses that the front door serves beside the pages: health, version, the API and its description."""

from dataclasses import asdict
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from app.api.openapi import LATEST, document
from app.api.operations import OPERATIONS
from app.api.problems import failed
from app.api.request_pool import RequestPool
from app.version import version

EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
PREFIXES = ("/api", f"/api/{LATEST}")


async def health(_: Request) -> Response:
    """Alive."""
    return PlainTextResponse("ok")


async def api_version(_: Request) -> Response:
    """Version, commit and its date."""
    return JSONResponse(asdict(version()))


async def openapi(_: Request) -> Response:
    """The OpenAPI document."""
    return JSONResponse(document())


async def unknown(request: Request) -> Response:
    """404 in the form of the API, or 405 where the address exists; without it, a page would answer."""
    allowed = METHODS.get(request.url.path)
    if allowed is not None:
        return failed(HTTPStatus.METHOD_NOT_ALLOWED, f"this address takes {allowed}", {"Allow": allowed})
    return failed(HTTPStatus.NOT_FOUND, "no such address", addresses=list(METHODS))


POOL = RequestPool()
ROUTES = [
    Route("/healthz", health),
    Route("/openapi.json", openapi),
    Route("/api/version", api_version),
    *(
        Route(f"{prefix}{each.path}", POOL.endpoint(each.answer), methods=[each.method])
        for prefix in PREFIXES
        for each in OPERATIONS
    ),
]
METHODS = {route.path: ", ".join(sorted(route.methods or ())) for route in ROUTES}
ROUTES += [
    Route(path, unknown, methods=EVERY_METHOD) for path in ("/healthz", "/openapi.json", "/api", "/api/{rest:path}")
]
