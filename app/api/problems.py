"""Errors of the API as problem details (RFC 9457)."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse, Response

from costmodel import Problem

PROBLEM_TYPE = "application/problem+json"


def failed(status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None, **more: object) -> Response:
    """A problem without a type of its own: the status explains it, `detail` says what happened here."""
    content = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": detail, **more}
    return JSONResponse(content, int(status), dict(headers or {}), media_type=PROBLEM_TYPE)


def refused(problems: Iterable[Problem]) -> Response:
    """422 with every parameter that cannot be applied, each with its reason."""
    found = [{"field": problem.field, "reason": problem.reason} for problem in problems]
    detail = "; ".join(f"{each['field']}: {each['reason']}" if each["field"] else each["reason"] for each in found)
    return failed(HTTPStatus.UNPROCESSABLE_ENTITY, detail, problems=found)
