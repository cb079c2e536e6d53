"""The one shape of an error over HTTP: application/problem+json, in the language asked for.

`code` is what a program may rely on; `detail` is a sentence for a person.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec

from sync.problems import Problem
from sync.texts import Language, negotiate

__all__ = [
    "MEDIA_TYPE",
    "AnyRequest",
    "Refusal",
    "asked_language",
    "of_fault",
    "of_framework",
    "of_problem",
    "refusal",
    "refusals",
    "status_of",
]

MEDIA_TYPE = "application/problem+json"
_LOG = logging.getLogger("tianji.fault")

_STATUSES = {
    "api-token-missing": HTTPStatus.UNAUTHORIZED,
    "api-token-wrong": HTTPStatus.UNAUTHORIZED,
    "api-key-over": HTTPStatus.UNAUTHORIZED,
    "api-key-right": HTTPStatus.FORBIDDEN,
    "api-too-often": HTTPStatus.TOO_MANY_REQUESTS,
    "cursor-outdated": HTTPStatus.GONE,
    "export-gone": HTTPStatus.GONE,
    "cursor-unknown": HTTPStatus.NOT_FOUND,
    "prefill-owner-unknown": HTTPStatus.CONFLICT,
    "prefill-repeated": HTTPStatus.CONFLICT,
    "prefill-report-gone": HTTPStatus.GONE,
    "prefill-type-unknown": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "access-denied": HTTPStatus.FORBIDDEN,
    "not-allowed": HTTPStatus.FORBIDDEN,
    "sign-in-first": HTTPStatus.UNAUTHORIZED,
    "sign-in-unfinished": HTTPStatus.FORBIDDEN,
    "sign-in-wrong": HTTPStatus.FORBIDDEN,
    "sign-in-wait": HTTPStatus.TOO_MANY_REQUESTS,
    "sign-in-busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "first-password-over": HTTPStatus.FORBIDDEN,
    "code-wrong": HTTPStatus.FORBIDDEN,
    "password-wrong": HTTPStatus.FORBIDDEN,
    "link-code-wrong": HTTPStatus.FORBIDDEN,
    "service-refused": HTTPStatus.FORBIDDEN,
    "service-state": HTTPStatus.FORBIDDEN,
    "service-unreachable": HTTPStatus.SERVICE_UNAVAILABLE,
    "service-none": HTTPStatus.NOT_FOUND,
    "second-factor-off": HTTPStatus.NOT_FOUND,
    "people-unknown": HTTPStatus.NOT_FOUND,
    "not-oneself": HTTPStatus.FORBIDDEN,
    "page-unknown": HTTPStatus.NOT_FOUND,
    "route-unknown": HTTPStatus.NOT_FOUND,
    "place-unknown": HTTPStatus.NOT_FOUND,
    "level-unknown": HTTPStatus.NOT_FOUND,
    "dispute-gone": HTTPStatus.CONFLICT,
    "dispute-asked": HTTPStatus.CONFLICT,
    "aside-gone": HTTPStatus.CONFLICT,
    "indicator-unknown": HTTPStatus.NOT_FOUND,
    "method-unknown": HTTPStatus.METHOD_NOT_ALLOWED,
    "message-too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "body-slow": HTTPStatus.REQUEST_TIMEOUT,
    "request-slow": HTTPStatus.REQUEST_TIMEOUT,
    "server-busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "server-failed": HTTPStatus.INTERNAL_SERVER_ERROR,
}
_OF_STATUS = {
    HTTPStatus.NOT_FOUND: "route-unknown",
    HTTPStatus.METHOD_NOT_ALLOWED: "method-unknown",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "message-too-large",
    HTTPStatus.UNAUTHORIZED: "api-token-missing",
    HTTPStatus.FORBIDDEN: "access-denied",
}

AnyRequest = Request[Any, Any, State]


class Refusal(msgspec.Struct, frozen=True):
    """Why a request was not done, as RFC 9457 lays it out."""

    type: str
    title: str
    status: int
    detail: str
    code: str


def refusal(problem: Problem, language: Language) -> Refusal:
    """A problem as it is sent."""
    status = status_of(problem)
    kind = f"urn:tianji:problem:{problem.code}"
    return Refusal(kind, status.phrase, status, problem.say(language), problem.code)


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """What a route declares, so that OpenAPI tells of its errors."""
    return {
        status: ResponseSpec(
            Refusal,
            description=HTTPStatus(status).phrase,
            media_type=MEDIA_TYPE,
            generate_examples=False,
        )
        for status in statuses
    }


def asked_language(header: str | None) -> Language:
    """The first language of an Accept-Language header that is spoken here, by its weights."""
    wanted = []
    for place, part in enumerate((header or "").split(",")):
        tag, _, weight = part.strip().partition(";")
        wanted.append((-_weight(weight), place, tag.strip()))
    known = (tag for weight, _, tag in sorted(wanted) if weight and tag[:2].lower() in ("zh", "en"))
    return negotiate(next(known, None))


def _weight(text: str) -> float:
    try:
        return float(text.strip().removeprefix("q=") or 1)
    except ValueError:
        return 1.0


def status_of(problem: Problem) -> HTTPStatus:
    """The status that goes with a problem over HTTP."""
    known = _STATUSES.get(problem.code)
    if known is not None:
        return known
    if problem.code.startswith("storage-"):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.BAD_REQUEST


def _answer(request: AnyRequest, problem: Problem) -> Response[Refusal]:
    language = asked_language(request.headers.get("accept-language"))
    content = refusal(problem, language)
    headers = {"content-language": language, "vary": "accept-language"}
    if content.status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    if content.status == HTTPStatus.TOO_MANY_REQUESTS:
        headers["retry-after"] = str(problem.values.get("seconds", 1))
    return Response(content, status_code=content.status, media_type=MEDIA_TYPE, headers=headers)


def of_problem(request: AnyRequest, error: Problem) -> Response[Refusal]:
    """What was raised on purpose."""
    if error.code.startswith("storage-"):
        # What is wrong with the server's disk is for its keeper, not for whoever asks.
        _LOG.error("storage", extra={"code": error.code, "path": request.url.path})
        error = Problem("server-busy", address=request.url.netloc)
    return _answer(request, error)


def of_framework(request: AnyRequest, error: HTTPException) -> Response[Refusal]:
    """What the framework turned away."""
    code = _OF_STATUS.get(HTTPStatus(error.status_code))
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return of_fault(request, error)
    if code is not None:
        answer = _answer(request, Problem(code, path=request.url.path, method=request.method))
    else:
        answer = _answer(request, Problem("query-malformed", names=_named(error)))
    if error.headers and "allow" in {name.lower() for name in error.headers}:
        answer.headers["allow"] = {k.lower(): v for k, v in error.headers.items()}["allow"]
    return answer


def _named(error: HTTPException) -> str:
    """The parameters that are wrong, as far as the framework names them."""
    extra = error.extra if isinstance(error.extra, list) else []
    names = [str(one["key"]) for one in extra if isinstance(one, dict) and "key" in one]
    return ", ".join(names) or "?"


def of_fault(request: AnyRequest, error: Exception) -> Response[Refusal]:
    """A slip of ours: logged, and said without a word of what it was."""
    _LOG.error("fault", exc_info=error, extra={"path": request.url.path})
    return _answer(request, Problem("server-failed"))
