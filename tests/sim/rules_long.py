"""Rules of histories and backlogs that fill many messages, switched off."""

from __future__ import annotations

from typing import Any

from sync import conversation
from sync.conversation import Asked
from sync.ledger import feed, outbox
from sync.wire import ProblemReply
from tests.sim.switch import Patch


def acknowledged_is_movement(patch: Patch) -> None:
    """What the server says to have is forgotten: the same first page is offered again."""
    real = conversation._Progress.note

    def note(progress: Any, outcome: Any, *, by_cursor: bool) -> None:
        real(progress, outcome._replace(known=frozenset()), by_cursor=by_cursor)

    patch(conversation._Progress, "note", note)


def introduction_paged(patch: Patch) -> None:
    """A server that doesn't know a device is shown the first page of registrations only."""

    def after(reply: ProblemReply, asked: Asked, _: object) -> Asked:
        if reply.code == "unknown-device" and not asked.introduce:
            return Asked(introduce=1)
        raise conversation.problem_of(reply)

    patch(conversation, "_after_problem", after)


def held_behind_the_rest(patch: Patch) -> None:
    """The oldest of what was not accepted goes first, also what a server holds for ever."""
    real = outbox.unreceipted

    async def unreceipted(database: Any, _: object = ()) -> Any:
        return await real(database)

    patch(outbox, "unreceipted", unreceipted)


def asked_who_has_it(patch: Patch) -> None:
    """A server asks for what it lacks in the order of ids, whoever may have it."""
    patch(feed, "_ordered", lambda lacking, *_: sorted(lacking))
