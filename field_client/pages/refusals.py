"""Whatever goes wrong becomes a page with one sentence, or a JSON document for a page's own script."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any, Final

from litestar import Response
from litestar.exceptions import HTTPException

from field_client.pages.rendering import AnyRequest, language_of, plain_page
from sync.problems import Problem
from sync.screens.choices import own_path

__all__ = ["handlers"]

_LOG = logging.getLogger("tianji.pages")
_STATUS: Final = {
    "launch-first": HTTPStatus.UNAUTHORIZED,
    "launch-used": HTTPStatus.UNAUTHORIZED,
    "unlock-first": HTTPStatus.UNAUTHORIZED,
    "access-denied": HTTPStatus.FORBIDDEN,
    "page-unknown": HTTPStatus.NOT_FOUND,
    "page-fault": HTTPStatus.INTERNAL_SERVER_ERROR,
}


def _problem(request: AnyRequest, problem: Problem) -> Response[Any]:
    status = _STATUS.get(problem.code, HTTPStatus.UNPROCESSABLE_ENTITY)
    spoken = language_of(request)
    if problem.code == "unlock-first" and request.method == "GET" and not _is_script(request):
        request.scope["state"]["session"].back = own_path(request.url.path)
        return Response(None, status_code=HTTPStatus.SEE_OTHER, headers={"location": "/unlock"})
    if _is_script(request):
        document = {"code": problem.code, "sentence": problem.say(spoken), "status": int(status)}
        kind = "application/problem+json"
        return Response(document, status_code=status, media_type=kind)
    return plain_page(request, "problem.html", status, problem=problem)


def _http(request: AnyRequest, error: HTTPException) -> Response[Any]:
    path = request.url.path[:80]
    known = error.status_code != HTTPStatus.NOT_FOUND
    return _problem(request, Problem("page-request" if known else "page-unknown", path=path))


def _fault(request: AnyRequest, error: Exception) -> Response[Any]:
    _LOG.error("fault", exc_info=error)
    return _problem(request, Problem("page-fault"))


def _is_script(request: AnyRequest) -> bool:
    return request.url.path.startswith("/api/")


handlers = {Problem: _problem, HTTPException: _http, Exception: _fault}
