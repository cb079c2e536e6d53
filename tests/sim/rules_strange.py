"""Rules of durability, of trust and of bounds, switched off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from server.intake import answer
from sync import wire
from sync.grants import Register
from sync.ledger import aside, ledger, receive, take
from sync.ledger.database import Database
from sync.ledger.receive import Intake
from sync.problems import Problem
from tests.sim.switch import Patch


def all_or_nothing(patch: Patch) -> None:
    """Each statement of a transaction is durable by itself."""

    @asynccontextmanager
    async def writing(database: Database) -> AsyncIterator[None]:
        async with database._lock:
            yield

    patch(Database, "writing", writing)


def durable_before_told(patch: Patch) -> None:
    """What a transaction wrote becomes durable with the next one."""

    @asynccontextmanager
    async def writing(database: Database) -> AsyncIterator[None]:
        connection = database._connection
        async with database._lock:
            if connection.in_transaction:
                await connection.execute("COMMIT")
            await connection.execute("BEGIN IMMEDIATE")
            yield

    @asynccontextmanager
    async def reading(database: Database) -> AsyncIterator[None]:
        async with database._lock:
            yield

    patch(Database, "writing", writing)
    patch(Database, "reading", reading)


def undone_when_it_fails(patch: Patch) -> None:
    """What a transaction that failed has written stays."""

    async def keep(database: Database) -> None:
        if database._connection.in_transaction:
            await database._connection.execute("COMMIT")

    patch(Database, "_roll_back", keep)


def memory_read_anew(patch: Patch) -> None:
    """What a transaction that failed did to the registers in memory stays."""

    @asynccontextmanager
    async def transaction(there: ledger.Ledger) -> AsyncIterator[Database]:
        async with there.database.writing():
            yield there.database

    patch(ledger.Ledger, "transaction", transaction)


def counted_once(patch: Patch) -> None:
    """A cell that changes twice in one intake is two changes."""
    patch(take, "_each_once", list)


def commits_signed(patch: Patch) -> None:
    """Whoever signed a commit, it is its device's."""
    patch(receive, "is_signed", lambda *_: True)


def bad_signature_is_not_final(patch: Patch) -> None:
    """A commit that came with a bad signature once is refused for ever."""
    patch(Intake, "_stands", lambda _, before, __: before.refusal is not None)


def aside_is_bounded(patch: Patch) -> None:
    """What must wait is kept, however much it is."""

    async def room(*_: object) -> tuple[int, int]:
        return 10**9, 10**12

    patch(aside, "room", room)


def scope_only(patch: Patch) -> None:
    """A device is sent all places."""
    patch(answer, "scope_of", lambda there, _: (there.root, *there.tree))


def unknown_kinds_kept(patch: Patch) -> None:
    """A server refuses cells of a kind that it doesn't know."""
    real = Register.judge

    def judge(register: Register, commit: Any, *arguments: Any) -> str | None:
        if any(change.cell.kind == "later" for change in commit.changes):
            return "grant-not-covering"
        return real(register, commit, *arguments)

    patch(Register, "judge", judge)


def later_fields_passed_over(patch: Patch) -> None:
    """A message with a field more than known is malformed."""
    real = wire._decode

    def decode(decoder: Any, content: bytes) -> Any:
        message = real(decoder, content)
        if len(msgspec.msgpack.decode(wire.encode(message))) < len(msgspec.msgpack.decode(content)):
            raise Problem("message-malformed")
        return message

    patch(wire, "_decode", decode)


def revoked_refused(patch: Patch) -> None:
    """A revoked device's commits are taken."""
    real = Register.judge

    def judge(register: Register, *arguments: Any) -> str | None:
        reason = real(register, *arguments)
        return None if reason == "device-revoked" else reason

    patch(Register, "judge", judge)
