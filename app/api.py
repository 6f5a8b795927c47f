"""The JSON, CSV and TOML that the front door serves for the same query as a link."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from costmodel import Link, from_query, report, report_csv, to_toml


async def health(_: Request) -> Response:
    """Alive."""
    return PlainTextResponse("ok")


async def cost(request: Request) -> Response:
    """Every result as JSON; 422 with the list of problems when a parameter cannot be applied."""
    link = from_query(request.url.query)
    return _refused(link) if link.problems else JSONResponse(report(link.scenario))


async def cost_csv(request: Request) -> Response:
    """The metrics as CSV."""
    link = from_query(request.url.query)
    return _refused(link) if link.problems else _file(report_csv(link.scenario), "afd-explorer.csv", "text/csv")


async def scenario_toml(request: Request) -> Response:
    """The scenario as a file that loads back."""
    link = from_query(request.url.query)
    return _refused(link) if link.problems else _file(to_toml(link.scenario), "scenario.toml", "application/toml")


def _refused(link: Link) -> Response:
    found = [{"field": problem.field, "reason": problem.reason} for problem in link.problems]
    return JSONResponse({"problems": found}, status_code=422)


def _file(text: str, name: str, kind: str) -> Response:
    return Response(text, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


ROUTES = [
    Route("/healthz", health),
    Route("/api/cost", cost),
    Route("/api/cost.csv", cost_csv),
    Route("/api/scenario.toml", scenario_toml),
]
