"""`POST /sync/v1`: what laptops bring goes to the intake queue; its reply goes back, packed.

Errors speak the protocol's own form, so that a laptop can say them in its person's language.
"""

from __future__ import annotations

import logging
from http import HTTPStatus

from litestar import Response, post

from server.devices.seen import software_in
from server.intake.answer import problem_reply
from server.intake.queue import IntakeQueue
from server.routes.access import BY_SIGNATURE, WHO
from server.routes.bodies import Held, body_of
from server.routes.refusals import AnyRequest
from sync import wire
from sync.limits import MESSAGE_BYTES_MAX, RETRY_AFTER_SECONDS
from sync.problems import Problem
from sync.roads.http import SYNC_PATH
from sync.wire import ProblemReply, Reply

__all__ = ["sync_v1"]

_LOG = logging.getLogger("tianji.fault")
_STATUSES = {
    "message-too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "body-slow": HTTPStatus.REQUEST_TIMEOUT,
}


@post(
    SYNC_PATH,
    opt={WHO: BY_SIGNATURE},
    status_code=HTTPStatus.OK,
    request_max_body_size=MESSAGE_BYTES_MAX,
    include_in_schema=False,
)
async def sync_v1(request: AnyRequest) -> Response[bytes]:
    """One whole exchange of a sync or an enrolment."""
    queue: IntakeQueue = request.app.state.queue
    try:
        with Held(request.app.state.held) as held:
            software = software_in(request.headers.get("user-agent", ""))
            return _packed(await queue.answer(await body_of(request, held), software))
    except Problem as problem:
        wait = RETRY_AFTER_SECONDS if problem.code == "server-busy" else 0
        return _packed(problem_reply(problem, wait))
    except Exception:  # noqa: BLE001 - whatever it is, the laptop gets an answer that it can read
        _LOG.exception("fault", extra={"path": SYNC_PATH})
        return _packed(problem_reply(Problem("server-failed"), RETRY_AFTER_SECONDS))


def _packed(answer: Reply) -> Response[bytes]:
    status, headers = HTTPStatus.OK, {}
    if isinstance(answer, ProblemReply):
        if answer.code.startswith("storage-"):
            # 'The disk is full' would be read as the laptop's own disk.
            _LOG.error("storage", extra={"code": answer.code, "path": SYNC_PATH})
            answer = problem_reply(Problem("server-failed"), RETRY_AFTER_SECONDS)
        status = _STATUSES.get(answer.code, HTTPStatus.OK)
        if answer.retry_seconds:
            status = HTTPStatus.SERVICE_UNAVAILABLE
            headers["retry-after"] = str(answer.retry_seconds)
    content = wire.pack(wire.encode(answer))
    return Response(content, status_code=status, media_type=wire.MEDIA_TYPE, headers=headers)
