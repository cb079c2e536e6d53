"""What the pages of accounts answer: a way on, a new cookie, or the same form with what was wrong."""

from __future__ import annotations

from litestar import Response
from litestar.datastructures import Cookie

from server.desk.access import cookie_name_of
from server.desk.rendering import AnyRequest, page
from server.routes.refusals import status_of
from sync.problems import Problem

__all__ = ["led_in", "led_out", "led_to", "refused", "with_session"]


def led_to(address: str) -> Response[None]:
    """Leads the browser on."""
    return Response(None, status_code=303, headers={"location": address})


def led_in(request: AnyRequest, cookie: str, address: str) -> Response[None]:
    """Leads the browser on with a session's cookie."""
    answer = led_to(address)
    with_session(request, answer, cookie)
    return answer


def led_out(request: AnyRequest) -> Response[None]:
    """Leads to the sign-in page, and takes the cookie away."""
    answer = led_to("/signin")
    answer.set_cookie(_cookie(request, "", max_age=0))
    return answer


def with_session(request: AnyRequest, answer: Response[str] | Response[None], cookie: str) -> None:
    """Gives an answer the cookie of a session."""
    answer.set_cookie(_cookie(request, cookie, max_age=None))


async def refused(
    request: AnyRequest, template: str, problem: Problem, /, **values: object
) -> Response[str]:
    """The same page, with what was wrong."""
    answer = await page(request, template, status_of(problem), problem=problem, **values)
    if problem.code == "sign-in-wait":
        answer.headers["retry-after"] = str(problem.values["seconds"])
    return answer


def _cookie(request: AnyRequest, value: str, max_age: int | None) -> Cookie:
    return Cookie(
        key=cookie_name_of(request),
        value=value,
        max_age=max_age,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",  # a link in a message leads to the page that it names
        path="/",
    )
