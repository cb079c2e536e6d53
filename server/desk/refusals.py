"""Whatever goes wrong becomes a page with one sentence; programs get it as problem+json."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from litestar import Response
from litestar.exceptions import HTTPException

from server.desk.rendering import AnyRequest, plain_page
from server.routes import refusals
from sync.problems import Problem

__all__ = ["handlers"]

_LOG = logging.getLogger("tianji.fault")
_FOR_PROGRAMS: Final = ("/api/", "/sync/", "/schema", "/healthz", "/metrics", "/static/")


def _problem(request: AnyRequest, error: Problem) -> Response[Any]:
    if _is_program(request):
        return refusals.of_problem(request, error)
    if error.code in ("sign-in-first", "sign-in-unfinished") and request.method == "GET":
        return _to_sign_in(request, error.code)
    if error.code.startswith("storage-"):
        _LOG.error("storage", extra={"code": error.code, "path": request.url.path})
        error = Problem("server-busy", address=request.url.netloc)
    status = refusals.status_of(error)
    return plain_page(request, "problem.html", status, problem=error)


def _http(request: AnyRequest, error: HTTPException) -> Response[Any]:
    path = request.url.path
    if _is_program(request):
        return refusals.of_framework(request, error)
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _fault(request, error)
    known = error.status_code not in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
    return _problem(request, Problem("page-request" if known else "page-unknown", path=path[:80]))


def _fault(request: AnyRequest, error: Exception) -> Response[Any]:
    if _is_program(request):
        return refusals.of_fault(request, error)
    _LOG.error("fault", exc_info=error, extra={"path": request.url.path})
    return _problem(request, Problem("server-failed"))


def _is_program(request: AnyRequest) -> bool:
    """Whether what asks wants no page: by what is asked for, or since no browser asks so."""
    wanted = request.headers.get("accept", "")
    return request.url.path.startswith(_FOR_PROGRAMS) or "text/html" not in wanted


def _to_sign_in(request: AnyRequest, code: str) -> Response[Any]:
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    where = "/signin" if code == "sign-in-first" else "/signin/next"
    back = "" if address == "/" else f"?back={quote(address, safe='')}"
    return Response(None, status_code=HTTPStatus.SEE_OTHER, headers={"location": f"{where}{back}"})


handlers: dict[int | type[Exception], Any] = {
    Problem: _problem,
    HTTPException: _http,
    Exception: _fault,
}
"""By exception, for the application; whatever is raised becomes a refusal."""
