"""Sends the reminders that are due: now and then while the server runs, and when it is told to."""

from __future__ import annotations

import asyncio
import logging
import smtplib
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from server.catalogue.keeping import catalogue_of
from server.completeness import mailing
from server.completeness.gathering import Debtor, debtors, people_at
from server.completeness.reminding import Decision, Rules, Verdict, about, decided
from server.desk.reading import Readers
from server.settings import Settings
from sync.ids import PersonId, PlaceId
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.limits import REMINDER_CHECK_SECONDS
from sync.problems import Problem

__all__ = ["Reminders", "Told", "due_now", "rules_of", "send", "told", "want"]

_LOG = logging.getLogger("tianji.reminders")


class Told(NamedTuple):
    """A person with what their reminder lists, and what becomes of it."""

    debtor: Debtor
    decision: Decision


def rules_of(settings: Settings) -> Rules:
    """The rules of the settings."""
    return Rules(settings.remind_days_before, settings.quiet_from, settings.quiet_to)


async def due_now(books: Ledger, settings: Settings) -> list[Told]:
    """Everybody with an address who owes something that is late or nearly due."""
    rows = await books.database.rows("SELECT person FROM mail_address")
    mailed = {PersonId(person) for (person,) in rows}
    people = people_at(books, books.root) if mailed else {}
    return await told(books, settings, {one: people[one] for one in mailed & people.keys()})


async def told(
    books: Ledger, settings: Settings, people: Mapping[PersonId, Collection[PlaceId]]
) -> list[Told]:
    """Those of the people who owe something that is late or nearly due."""
    rules = rules_of(settings)
    found = []
    for one in await debtors(books, await catalogue_of(books), people, rules):
        decision = decided(one.reminded, books.now(), rules)
        listed = tuple(debt for debt in one.debts if debt.owed in decision.items)
        if listed:
            found.append(Told(one._replace(debts=listed), decision))
    return found


async def send(ledger: Ledger, settings: Settings, found: Sequence[Told]) -> int:
    """Sends what may go out now, of all that `due_now` found, one message a person; how many went.
    Raises `mail-not-set`, `mail-failed`.

    That a message goes is noted before it goes: if the machine stops between, one is missing rather
    than doubled. What the mail server didn't take is forgotten again, and tried at the next look.
    """
    await _drop_wishes(ledger, {one.debtor.person for one in found})
    going = [one for one in found if one.decision.verdict is Verdict.NOW]
    if not going:
        return 0
    if not mailing.is_set(settings):
        raise Problem("mail-not-set")
    now = ledger.now()
    going = await _note(ledger, going, now)
    said = [
        mailing.message(
            settings,
            one.debtor,
            mailing.words(ledger, one.debtor, settings.mail_language, settings.public_url),
            now,
        )
        for one in going
    ]

    def deliver() -> tuple[int, str]:
        """How many of the messages were taken, in their order, and why not all."""
        taken = 0
        try:
            with mailing.connected(settings) as smtp:
                for mail in said:
                    with suppress(smtplib.SMTPRecipientsRefused):  # that address is no good: go on
                        smtp.send_message(mail)
                    taken += 1
        except (OSError, smtplib.SMTPException) as error:
            return taken, type(error).__name__
        return taken, ""

    taken, why = await asyncio.to_thread(deliver)
    if why:
        await _forget(ledger, going[taken:])
        raise Problem("mail-failed", host=settings.smtp_host, count=taken, why=why)
    return taken


async def _drop_wishes(ledger: Ledger, owing: Collection[PersonId]) -> None:
    """Forgets that those were to be reminded who owe nothing any more."""
    rows = await ledger.database.rows("SELECT person FROM mail_wanted")
    done = [(person,) for (person,) in rows if person not in owing]
    if done:
        async with ledger.transaction() as database:
            await database.run_many("DELETE FROM mail_wanted WHERE person = ?", done)


async def _note(ledger: Ledger, going: Sequence[Told], now: int) -> list[Told]:
    """Notes what is about to go; those whom another process reminded meanwhile are left out."""
    async with ledger.transaction() as database:
        rows = await database.rows_in(
            "SELECT person, sent_at FROM mail_reminder WHERE person IN ({keys})",
            [(one.debtor.person,) for one in going],
        )
        times: dict[bytes, int] = dict(rows)
        own = [one for one in going if times.get(one.debtor.person) == one.debtor.reminded.last_at]
        await database.run_many(
            "INSERT INTO mail_reminder (person, sent_at, about) VALUES (?, ?, ?)"
            " ON CONFLICT (person) DO UPDATE SET sent_at = excluded.sent_at, about = excluded.about",
            [(one.debtor.person, now, about(one.decision.items)) for one in own],
        )
        await database.run_many(
            "DELETE FROM mail_wanted WHERE person = ?", [(one.debtor.person,) for one in own]
        )
    return own


async def _forget(ledger: Ledger, left: Sequence[Told]) -> None:
    async with ledger.transaction() as database:
        for person, _, _, _, before in (one.debtor for one in left):
            if before.last_at is None:
                await database.run("DELETE FROM mail_reminder WHERE person = ?", (person,))
            else:
                await database.run(
                    "UPDATE mail_reminder SET sent_at = ?, about = ? WHERE person = ?",
                    (before.last_at, before.last_about, person),
                )
            if before.asked:
                await want(database, [person], ledger.now())


async def want(database: Database, people: Iterable[PersonId], now: int) -> None:
    """Notes who is to be reminded as soon as may be; inside the transaction."""
    await database.run_many(
        "INSERT INTO mail_wanted (person, asked_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(person, now) for person in people],
    )


class Reminders:
    """Looks every so often, and at once when woken, what is to go out."""

    def __init__(self, ledger: Ledger, readers: Readers, settings: Settings) -> None:
        self._ledger = ledger
        self._readers = readers
        self._settings = settings
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Somebody asked for reminders."""
        self._woken.set()

    async def look(self) -> int:
        """Sends what is due now; how many went."""
        async with self._readers.reading() as books:
            found = await due_now(books, self._settings)
        return await send(self._ledger, self._settings, found)

    @asynccontextmanager
    async def at_work(self, _: object = None) -> AsyncIterator[None]:
        """While the application lives, and where a mail server is set."""
        if not mailing.is_set(self._settings):
            yield
            return
        running = asyncio.create_task(self._run())
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def _run(self) -> None:
        while True:
            try:
                count = await self.look()
                if count:
                    _LOG.info("reminded", extra={"count": count})
            except Problem as problem:
                _LOG.error("reminders", extra={"code": problem.code})
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), REMINDER_CHECK_SECONDS)
            self._woken.clear()
