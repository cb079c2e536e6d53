"""Reminders by a real SMTP conversation, in a year that the test's own clock tells."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from server.completeness import reminder_pages, runner
from server.settings import Settings
from sync.ids import PersonId, PlaceId, mint_at
from sync.problems import Problem
from sync.release import reminder_cell
from tests.integration.desk_office import (
    COUNTY,
    SECOND_TOWN,
    TOWN,
    VILLAGE,
    VILLAGES,
    DeskOffice,
    office,
)

QUARTER, FORM = "2024Q3", "C201"
HOUR = 3600


@dataclass
class Post:
    """A mail server that keeps what it takes, and refuses some addresses."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    known: bytes = b""
    """Who may send, as PLAIN says it; anybody if empty."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation (RFC 5321)."""
        writer.write(b"220 post\r\n")
        trusted = not self.known
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                writer.write(b"250-post\r\n250 AUTH PLAIN\r\n")
            elif verb == b"AUTH":
                trusted = b64decode(line.split()[2]) == self.known
                writer.write(b"235 go on\r\n" if trusted else b"535 no\r\n")
            elif not trusted and verb == b"MAIL":
                writer.write(b"530 who is it\r\n")
            elif verb == b"RCPT" and any(one.encode() in line for one in self.refused):
                writer.write(b"550 nobody of that name\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                content = await reader.readuntil(b"\r\n.\r\n")
                mail = message_from_bytes(content[:-5], policy=policy.default)
                assert isinstance(mail, EmailMessage)
                self.taken.append(mail)
                self.came.set()
                writer.write(b"250 kept\r\n")
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 well\r\n")
            await writer.drain()
        writer.close()

    def settings(self, **more: object) -> Settings:
        """Settings that lead here."""
        return Settings(
            smtp_host="127.0.0.1",
            smtp_port=self.port,
            smtp_from="desk@county.example",
            smtp_starttls=False,
            **more,  # type: ignore[arg-type]  # as the tests say them
        )


@asynccontextmanager
async def post_office() -> AsyncIterator[Post]:
    """The mail server on a port of its own."""
    post = Post()
    server = await asyncio.start_server(post.serve, "127.0.0.1", 0)
    post.port = server.sockets[0].getsockname()[1]
    async with server:
        yield post


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county in which one village handed the quarter's form in, late in October."""
    async with office(tmp_path) as here:
        await here.submit(VILLAGES[1], QUARTER, FORM)
        yield here


def officer(place: PlaceId) -> PersonId:
    """The one who reports for a village."""
    return PersonId(mint_at("person", place, b"officer"))


async def give_address(county: DeskOffice, *places: PlaceId) -> None:
    """Villages' officers get an address each."""
    async with county.ledger.transaction() as database:
        for place in places:
            await database.run(
                "INSERT INTO mail_address (person, address) VALUES (?, ?)",
                (officer(place), f"v{VILLAGES.index(place)}@village.example"),
            )


async def look(county: DeskOffice, settings: Settings) -> int:
    """What the running server does every so often."""
    found = await runner.due_now(county.ledger, settings)
    return await runner.send(county.ledger, settings, found)


async def test_one_message_lists_all_that_a_person_owes(county: DeskOffice) -> None:
    """Late forms with what is missing and how long it takes; once, not again the same day (S83)."""
    await give_address(county, VILLAGE, VILLAGES[1])
    async with post_office() as post:
        assert await look(county, post.settings(quiet_from=0, quiet_to=0)) == 2
        assert await look(county, post.settings(quiet_from=0, quiet_to=0)) == 0
    by_address = {str(mail["To"]): mail.get_content() for mail in post.taken}
    assert by_address.keys() == {"v0@village.example", "v1@village.example"}
    text = by_address["v0@village.example"]
    assert "村季报 2024年第3季度" in text
    assert "还差 7 项" in text
    assert text.count("村季报") == 1
    assert "村季报" not in by_address["v1@village.example"]


@pytest.mark.parametrize(
    "language, says", [("zh-Hant", "村季報 2024年第3季度"), ("en", "Village quarterly report")]
)
async def test_a_message_is_written_in_the_language_of_the_settings(
    county: DeskOffice, language: str, says: str
) -> None:
    """A realm that reads another script gets its reminders in it (S83)."""
    await give_address(county, VILLAGE)
    async with post_office() as post:
        settings = post.settings(quiet_from=0, quiet_to=0, mail_language=language)
        assert await look(county, settings) == 1

    assert says in post.taken[0].get_content()


async def test_nothing_goes_out_in_quiet_hours(
    county: DeskOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From ten in the evening till eight; then it goes, and the next day rests (S83)."""
    await give_address(county, VILLAGE)
    midnight = 1_729_958_400  # 2024-10-27 00:00 in China
    async with post_office() as post:
        sent = []
        for hour in range(30):
            monkeypatch.setattr(county.ledger, "now", lambda: midnight + hour * HOUR)  # noqa: B023
            if await look(county, post.settings()):
                sent.append(hour)

    assert sent == [8]


async def test_what_the_mail_server_refuses_stops_nobody_else(county: DeskOffice) -> None:
    """An address that is no good is not tried again that day (S83)."""
    await give_address(county, VILLAGE, VILLAGES[2])
    async with post_office() as post:
        post.refused.add("v0@village.example")
        settings = post.settings(quiet_from=0, quiet_to=0)
        await look(county, settings)
        assert [str(mail["To"]) for mail in post.taken] == ["v2@village.example"]
        assert await look(county, settings) == 0


async def test_a_mail_server_that_is_gone_is_tried_again(county: DeskOffice) -> None:
    """What it did not take counts as not sent (S83)."""
    await give_address(county, VILLAGE)
    async with post_office() as post:
        settings = post.settings(quiet_from=0, quiet_to=0)
    with pytest.raises(Problem) as failed:
        await look(county, settings)
    assert failed.value.code == "mail-failed"

    async with post_office() as again:
        assert await look(county, again.settings(quiet_from=0, quiet_to=0)) == 1


async def test_the_running_server_reminds_by_itself_and_when_woken(county: DeskOffice) -> None:
    """At its start, and at once when somebody asks; it ends with the application (S83)."""
    async with post_office() as post:
        settings = post.settings(quiet_from=0, quiet_to=0)
        reminders = runner.Reminders(county.ledger, county.app.state.station.readers, settings)
        async with reminders.at_work():
            await give_address(county, VILLAGE)
            async with asyncio.timeout(20):
                while not post.came.is_set():
                    reminders.wake()
                    await asyncio.wait([asyncio.create_task(post.came.wait())], timeout=0.2)

    assert [str(mail["To"]) for mail in post.taken] == ["v0@village.example"]


async def test_a_mail_server_may_want_to_know_who_sends(county: DeskOffice) -> None:
    """User and password go with the connection; without the right ones nothing counts as sent (S83)."""
    await give_address(county, VILLAGE)
    async with post_office() as post:
        post.known = b"\0desk\0secret"
        for password, sent in (("wrong", 0), ("secret", 1)):
            settings = post.settings(
                quiet_from=0, quiet_to=0, smtp_user="desk", smtp_password=password
            )
            if sent:
                assert await look(county, settings) == 1
            else:
                with pytest.raises(Problem):
                    await look(county, settings)


async def test_a_wish_ends_where_nothing_is_owed_any_more(county: DeskOffice) -> None:
    """Asked for in the evening, handed in before the morning: nothing goes out or waits (S83)."""
    await give_address(county, VILLAGE)
    async with county.ledger.transaction() as database:
        await runner.want(database, [officer(VILLAGE)], 0)
    settings = Settings(remind_days_before=0)
    for one in await runner.due_now(county.ledger, settings):
        for debt in one.debtor.debts:
            await county.submit(VILLAGE, debt.period.text, debt.form.code)

    assert await look(county, settings) == 0
    assert await county.ledger.database.rows("SELECT person FROM mail_wanted") == []


async def test_where_too_many_report_a_part_is_chosen(
    county: DeskOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page leads on to the places below, and asking for all is refused (S83)."""
    monkeypatch.setattr(reminder_pages, "PLACES_MAX", 2)
    at = f"/completeness/reminders?place={COUNTY.hex()}"
    page = await county.browsers["county"].get(at)
    assert "官塘镇" in page.text
    assert f"place={SECOND_TOWN.hex()}" in page.text


async def test_a_reviewer_sees_what_would_go_out_and_asks_for_it(county: DeskOffice) -> None:
    """Looking sends nothing; without a mail server asking is refused in a sentence (S83)."""
    await give_address(county, VILLAGE)
    browser = county.browsers["town"]
    page = await browser.get(f"/completeness/reminders?place={TOWN.hex()}")
    assert page.status_code == 200
    assert "v0@village.example" in page.text
    assert "官塘" not in page.text
    headers = {"origin": "http://desk.invalid", "sec-fetch-site": "same-origin"}
    asked = await browser.post(
        "/completeness/reminders", data={"place": TOWN.hex()}, headers=headers
    )
    assert asked.status_code == 400
    assert "smtp_host" in asked.text
    elsewhere = await browser.get(f"/completeness/reminders?place={SECOND_TOWN.hex()}")
    assert elsewhere.status_code == 404


async def test_words_for_the_laptops_are_filed_at_the_place(county: DeskOffice) -> None:
    """In the reviewer's own name, for all below (S83)."""
    headers = {"origin": "http://desk.invalid", "sec-fetch-site": "same-origin"}
    said = {"place": TOWN.hex(), "form": FORM, "period": QUARTER, "words": "请今天报"}
    answer = await county.browsers["town"].post(
        "/completeness/reminders/words", data=said, headers=headers
    )
    assert answer.status_code == 303
    cell = reminder_cell(QUARTER, FORM)
    standing = await county.ledger.standing(TOWN, [(cell.kind, cell.subject)])

    assert standing[cell].versions[0].value.text == "请今天报"
    at = f"/completeness/reminders?place={TOWN.hex()}&form={FORM}&period={QUARTER}"
    assert "请今天报" in (await county.browsers["town"].get(at)).text


async def test_an_administrator_keeps_addresses_and_each_their_own(county: DeskOffice) -> None:
    """What is no address is refused; an empty one ends it (S83)."""
    headers = {"origin": "http://desk.invalid", "sec-fetch-site": "same-origin"}

    async def kept(who: str, path: str, **said: str) -> tuple[int, list[str]]:
        answer = await county.browsers[who].post(path, data=said, headers=headers)
        rows = await county.ledger.database.rows("SELECT address FROM mail_address")
        return answer.status_code, [address for (address,) in rows]

    at = {"place": COUNTY.hex(), "person": officer(VILLAGE).hex()}
    path = "/completeness/reminders/address"
    assert await kept("administrator", path, **at, address="a@b.example") == (303, ["a@b.example"])
    assert await kept("administrator", path, **at, address="not one") == (400, ["a@b.example"])
    assert await kept("county", path, **at, address="c@b.example") == (403, ["a@b.example"])
    assert await kept("administrator", path, **at, address="") == (303, [])
    assert await kept("viewer", "/account/mail", address="me@b.example") == (303, ["me@b.example"])
    assert await kept("viewer", "/account/mail", address="") == (303, [])
