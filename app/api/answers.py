"""Answers of the API: the library's reports for the query of a link, as JSON, CSV or TOML."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse, Response

from app.api.problems import refused
from app.api.request_pool import Answer, Asked
from app.jobs import Cancel
from app.searching import at_once
from app.uploads import text_of
from costmodel import (
    KV_BITS,
    DesignSearch,
    Problem,
    Scenario,
    designs_of_query,
    file_of_query,
    from_query,
    import_report,
    read_huggingface,
    search_of_query,
    to_toml,
)

KV = "kv_bits"

Designs = Mapping[str, Scenario]


def json_of_scenario(report: Callable[[Scenario], object]) -> Answer:
    """A report on the scenario of a query as JSON; 422 with the list of problems when a parameter is refused."""
    return _of_scenario(lambda scenario: JSONResponse(report(scenario)))


def file_of_scenario(write: Callable[[Scenario], str], name: str, media_type: str) -> Answer:
    """The same as a file to keep."""
    return _of_scenario(lambda scenario: _file(write(scenario), name, media_type))


def json_of_designs(report: Callable[[Designs], object]) -> Answer:
    """A report on the designs that a query lists as JSON."""
    return _of_designs(lambda designs: JSONResponse(report(designs)))


def file_of_designs(write: Callable[[Designs], str], name: str, media_type: str) -> Answer:
    """The same as a file to keep."""
    return _of_designs(lambda designs: _file(write(designs), name, media_type))


def json_of_search(report: Callable[[DesignSearch, Cancel], object]) -> Answer:
    """A report on the search of a query as JSON; refused where it is not small and soon done."""
    return _of_search(lambda asked, cancel: JSONResponse(report(asked, cancel)))


def file_of_search(write: Callable[[DesignSearch, Cancel], str], name: str, media_type: str) -> Answer:
    """The same as a file to keep."""
    return _of_search(lambda asked, cancel: _file(write(asked, cancel), name, media_type))


def json_of_presets(report: Callable[[], object]) -> Answer:
    """A report that depends on nothing in the request."""
    return lambda _: JSONResponse(report())


def file_of_presets(write: Callable[[], str], name: str, media_type: str) -> Answer:
    """The same as a file to keep."""
    return lambda _: _file(write(), name, media_type)


def imported(asked: Asked) -> Response:
    """The model that the config.json in the body describes; `kv_bits` of the query are those of its KV cache."""
    given = dict(parse_qsl(asked.query, keep_blank_values=True))
    bits = {str(each): each for each in KV_BITS}
    problems = [Problem(name, f"unknown parameter; only {KV} is read") for name in given if name != KV]
    if KV in given and given[KV] not in bits:
        problems.append(Problem(KV, f"{given[KV][:40]!r} is not allowed; must be one of {', '.join(bits)}"))
    if problems:
        return refused(problems)
    imported = read_huggingface(text_of(asked.body), kv_bits=bits[given[KV]] if KV in given else None)
    found: dict[str, Any] = import_report(imported)
    return JSONResponse(found)


def question_file(name: str, media_type: str) -> Answer:
    """The scenario, and the designs and the search that a query names, as a file that loads back."""

    def answered(asked: Asked) -> Response:
        file = file_of_query(asked.query)
        if file.link.problems:
            return refused(file.link.problems)
        designs = None if file.designs is None else file.designs.values()
        return _file(to_toml(file.link.scenario, designs=designs, search=file.search), name, media_type)

    return answered


def _of_scenario(answer: Callable[[Scenario], Response]) -> Answer:
    def answered(asked: Asked) -> Response:
        link = from_query(asked.query)
        return refused(link.problems) if link.problems else answer(link.scenario)

    return answered


def _of_designs(answer: Callable[[Designs], Response]) -> Answer:
    def answered(asked: Asked) -> Response:
        designs, problems = designs_of_query(asked.query)
        return refused(problems) if problems else answer(designs)

    return answered


def _of_search(answer: Callable[[DesignSearch, Cancel], Response]) -> Answer:
    def answered(asked: Asked) -> Response:
        link = search_of_query(asked.query)
        return refused(link.problems) if link.problems else at_once(link.search, answer)

    return answered


def _file(text: str, name: str, kind: str) -> Response:
    return Response(text, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
