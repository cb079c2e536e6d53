"""The conversation of one sync, as a generator: it says what is to be done and is sent the answer.

    give what is new, take what came; while anything moves, go on;
    what the server asks for by id, offer; where fingerprints differ, compare heads;
    a server that doesn't know this device is shown its registration first.

It does no IO: a road performs `Exchange`, the ledger `Prepare` and `Settle`.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from sync.ids import CommitId, PlaceId
from sync.limits import SYNC_ROUNDS_MAX
from sync.problems import Problem, can_say
from sync.wire import ProblemReply, SyncReply, SyncRequest


class Asked(NamedTuple):
    """What the next request is to hold beside new commits."""

    wants: tuple[CommitId, ...] = ()
    have: tuple[tuple[PlaceId, tuple[CommitId, ...]], ...] = ()
    heads: bool = False
    introduce: int = 0
    """Which page of the registrations to show, from 1; 0 for none."""
    known: frozenset[CommitId] = frozenset()
    """Commits of which the server has said in this conversation that it has accepted them."""
    waiting: frozenset[CommitId] = frozenset()
    """Commits of which it has said that it holds them until something arrives that they need."""


class Outcome(NamedTuple):
    """Where a replica stands after an answer."""

    agreed: bool
    """The server's fingerprint of the scope equals the replica's own."""
    unreceipted: int
    """Own commits that no server has accepted yet."""
    held: int
    """Commits that the server holds until something arrives that they need."""
    more: bool
    received: int
    """Commits that came and were new here."""
    asked: Asked
    """What the server asked for by id, with the heads it has."""
    known: frozenset[CommitId] = frozenset()
    """Commits for which the answer held a receipt: the server has them, and all they build on."""
    waiting: frozenset[CommitId] = frozenset()
    """Commits that the answer said to be held."""


@dataclass(frozen=True, slots=True)
class Prepare:
    """Seal what is pending and make a request."""

    asked: Asked


@dataclass(frozen=True, slots=True)
class Exchange:
    """Carry a request to the server and bring its reply."""

    request: SyncRequest


@dataclass(frozen=True, slots=True)
class Settle:
    """Take in a reply."""

    reply: SyncReply


class Finished(NamedTuple):
    """What a whole sync came to."""

    outcome: Outcome
    sent: int
    received: int
    rounds: int

    @property
    def complete(self) -> bool:
        """The server holds all that was recorded here, and both have the same."""
        return self.outcome.agreed and self.outcome.unreceipted == 0


_IDLE_ROUNDS_MAX = 3

Effect = Prepare | Exchange | Settle
Flow = Generator[Effect, object, Finished]


class Performer(Protocol):
    """What carries out a conversation's effects."""

    async def perform(self, effect: Effect) -> object:
        """The answer to one effect."""


async def hold(flow: Flow, performer: Performer) -> Finished:
    """Runs a conversation to its end."""
    answer: object = None
    while True:
        try:
            effect = flow.send(answer)
        except StopIteration as stop:
            finished = stop.value
            assert isinstance(finished, Finished)
            return finished
        answer = await performer.perform(effect)


def conversation() -> Flow:
    """One sync. Raises the problem that the server answered with."""
    asked, progress = Asked(), _Progress()
    sent = received = 0
    for rounds in range(1, SYNC_ROUNDS_MAX + 1):
        request = yield Prepare(asked)
        assert isinstance(request, SyncRequest)
        reply = yield Exchange(request)
        if isinstance(reply, ProblemReply):
            asked = _after_problem(reply, asked, request)
            continue
        if not isinstance(reply, SyncReply):
            raise Problem("reply-untrue")
        outcome = yield Settle(reply)
        assert isinstance(outcome, Outcome)
        sent, received = sent + len(request.commits), received + outcome.received
        progress.note(outcome, by_cursor=not asked.heads)
        following = _next(asked, outcome, progress.idle)
        if following is None:
            return Finished(outcome, sent, received, rounds)
        asked = following
        if following.wants:
            asked = following._replace(known=progress.known, waiting=progress.waiting)
    raise Problem("sync-endless")


def _after_problem(reply: ProblemReply, asked: Asked, request: SyncRequest) -> Asked:
    shown = any(offered.receipts for offered in request.commits)
    if reply.code == "unknown-device" and (shown or not asked.introduce):
        return Asked(introduce=asked.introduce + 1)
    raise problem_of(reply)


def problem_of(reply: ProblemReply) -> Problem:
    """The problem that a server answered with, also one that this software has no words for."""
    if can_say(reply.code, reply.values):
        return Problem(reply.code, **reply.values)
    return Problem("server-said", code=reply.code)


@dataclass(slots=True)
class _Progress:
    """Whether anything moves; what is asked for again and again, and nobody has, is no movement.

    What the server says to have for the first time is: a long history is offered page by page, and
    the server may have had its first pages all along.
    """

    unreceipted: int | None = None
    wanted: set[CommitId] = field(default_factory=set)
    known: frozenset[CommitId] = frozenset()
    waiting: frozenset[CommitId] = frozenset()
    have: tuple[tuple[PlaceId, tuple[CommitId, ...]], ...] = ()
    idle: int = 0

    def note(self, outcome: Outcome, *, by_cursor: bool) -> None:
        wants, have = outcome.asked.wants, outcome.asked.have
        moved = (
            outcome.received > 0
            or (outcome.more and by_cursor)
            or self.unreceipted is None
            or outcome.unreceipted < self.unreceipted
            or not self.wanted.issuperset(wants)
            or (have not in ((), self.have))
            or not self.known.issuperset(outcome.known)
            or not self.waiting.issuperset(outcome.waiting)
        )
        self.idle = 0 if moved else self.idle + 1
        self.unreceipted = outcome.unreceipted
        self.wanted.update(wants)
        self.known |= outcome.known
        self.waiting |= outcome.waiting
        self.have = have or self.have


def _next(asked: Asked, outcome: Outcome, idle: int) -> Asked | None:
    """What to ask next; None when all is agreed, or when nothing moves any more."""
    if idle >= _IDLE_ROUNDS_MAX:
        return None
    if outcome.asked.wants and idle == 0:
        return outcome.asked
    if outcome.more:
        return Asked(heads=asked.heads)
    if outcome.unreceipted > outcome.held and idle == 0:
        return Asked()
    if not outcome.agreed:
        return Asked(heads=True)
    return None
