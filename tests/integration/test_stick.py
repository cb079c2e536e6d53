"""A village that works by stick alone: files go up and come back, late, twice, cut or never."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from random import Random

import pytest

from field_client.desk import Desk
from server import filing
from server.catalogue import shipped
from server.devices import invites
from server.intake import bundles
from server.intake.bundles import Answered
from sync import wire
from sync.bundle import Page
from sync.ids import PlaceId, mint
from sync.problems import Problem
from sync.roads.bundle import REPLY, Arrived, outgoing, shut_for, take_in
from sync.value import Cell, Value, flag_value, quantity_value, text_value
from sync.wire import Cursor, Signed, SyncReply
from tests.unit.field_office import NOW, VILLAGE, Office, office_in


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A server."""
    async with office_in(tmp_path) as here:
        yield here


async def recorded(desk: Desk, number: int, code: str = "B002", period: str = "2024Q3") -> None:
    """One value that the officer typed."""
    await desk.record(VILLAGE, [(Cell("value", period, code), quantity_value(number))])


async def up(desk: Desk) -> bytes:
    """The file that the laptop writes."""
    return (await outgoing(desk.ledger, os.urandom)).content


async def heard(office: Office, content: bytes) -> Answered:
    """What the server makes of a file."""
    return await bundles.answer(office.ledger, content, os.urandom)


async def carried(office: Office, desk: Desk) -> Arrived:
    """A stick goes up with all there is, and comes back with the answer."""
    return await take_in(desk.ledger, (await heard(office, await up(desk))).content)


async def same(office: Office, desk: Desk) -> bool:
    """Whether laptop and server hold the same of the laptop's scope."""
    rows = await desk.ledger.database.rows("SELECT place FROM scope")
    scope = [row[0] for row in rows]
    return await desk.ledger.fingerprint(scope) == await office.ledger.fingerprint(scope)


async def returned(office: Office, words: str) -> None:
    """Something that the server files at the village."""
    person, grant = invites.authority(office.ledger)
    cells = [(Cell("note", "2024Q3", "B002"), text_value(words))]
    await filing.file(office.ledger, [filing.Filed(VILLAGE, person, grant, cells)])


async def test_a_stick_carries_what_a_network_would(office: Office) -> None:
    """What was recorded is at the server with its receipts, and both hold the same (R42)."""
    async with office.desk("张三") as desk:
        await recorded(desk, 125_000)
        await returned(office, "请核对")
        arrived = await carried(office, desk)

        assert (arrived.unreceipted, arrived.agreed, arrived.missing) == (0, True, 0)
        assert arrived.received == 1
        assert await same(office, desk)


async def test_sticks_and_the_network_mix(office: Office) -> None:
    """The same commits by either road are the same commits: in whatever order, both agree (R42)."""
    chance = Random(11)
    async with office.desk("张三") as desk:
        for number in range(8):
            await recorded(desk, 10_000 * number, period=f"2024-0{number + 1}")
            if chance.random() < 0.5:
                await office.sync(desk)
            else:
                await carried(office, desk)
            await returned(office, f"第{number}次")
        assert (await office.sync(desk)).complete
        assert (await carried(office, desk)).received == 0
        assert await same(office, desk)


async def test_files_that_come_late_twice_or_never_do_no_harm(office: Office) -> None:
    """Sticks read in any order, each several times, and some not at all, end in the same (R42)."""
    chance = Random(7)
    async with office.desk("张三") as desk:
        ups, downs = [], []
        for number in range(10):
            await recorded(desk, 10_000 * number, period=f"2024-{number % 9 + 1:02d}")
            ups.append(await up(desk))
            if chance.random() < 0.7:
                downs.append((await heard(office, chance.choice(ups))).content)
            if downs and chance.random() < 0.7:
                await take_in(desk.ledger, chance.choice(downs))
            await returned(office, f"第{number}次")
        first = await carried(office, desk)
        for old in (*downs, *downs[:2]):
            late = await take_in(desk.ledger, old)
            assert late.is_late
        await heard(office, ups[0])

        assert first.unreceipted == 0
        assert (await carried(office, desk)).agreed
        assert await same(office, desk)


async def test_a_server_that_was_put_back_is_made_whole_by_stick(
    office: Office, tmp_path: Path
) -> None:
    """What a server lost it asks for in its answer, and gets with the next stick (R43)."""
    async with office.desk("张三") as desk:
        await recorded(desk, 10_000)
        await carried(office, desk)
        lost = await _without(office, "2024Q3")
        assert lost
        rounds = [await carried(office, desk) for _ in range(3)]

        assert rounds[-1].agreed
        assert await same(office, desk)


async def _without(office: Office, period: str) -> bool:
    """Takes the commits that hold a period out of the server's books, as an old backup would."""
    database = office.ledger.database
    rows = await database.rows(
        "SELECT DISTINCT v.commit_no, v.place FROM version v WHERE v.kind = 'value'"
        " AND v.subject = ?",
        (period,),
    )
    async with office.ledger.transaction() as writing:
        for number, place in rows:
            await writing.run("DELETE FROM version WHERE commit_no = ?", (number,))
            await writing.run("DELETE FROM receipt WHERE commit_no = ?", (number,))
            await writing.run(
                "INSERT INTO head (place, commit_no) SELECT ?, parent FROM parent WHERE child = ?",
                (place, number),
            )
            await writing.run("DELETE FROM head WHERE commit_no = ?", (number,))
            await writing.run("DELETE FROM parent WHERE child = ?", (number,))
            await writing.run("DELETE FROM commits WHERE no = ?", (number,))
        await writing.set_meta("epoch", os.urandom(8))
        await writing.run("DELETE FROM rollup")
        await writing.run("DELETE FROM check_due")
    return bool(rows)


async def test_no_altered_file_harms_anybody(office: Office) -> None:
    """Each way's file flipped and cut at many bytes: what is whole counts, the rest is said, and
    neither side ends with anything that was not written (R44).
    """
    chance = Random(3)
    async with office.desk("张三") as desk:
        await recorded(desk, 30_000)
        content = await up(desk)
        before = await office.ledger.fingerprint([VILLAGE])
        for altered in damaged(content, chance):
            with pytest.raises(Problem, match=r"bundle-(none|for-another)"):
                await heard(office, altered)
        assert await office.ledger.fingerprint([VILLAGE]) == before
        down = (await heard(office, content)).content
        for altered in damaged(down, chance):
            with pytest.raises(Problem, match=r"bundle-(none|for-another)"):
                await take_in(desk.ledger, altered)
        assert (await take_in(desk.ledger, down)).unreceipted == 0


def damaged(content: bytes, chance: Random) -> list[bytes]:
    """The file with one byte changed, or cut short."""
    found = [content[:cut] for cut in range(0, len(content), 17)]
    for at in range(0, len(content), 5):
        altered = bytearray(content)
        altered[at] ^= 1 << chance.randrange(8)
        found.append(bytes(altered))
    return found


async def test_a_file_of_another_server_is_turned_away(office: Office, tmp_path: Path) -> None:
    """A stick that was read at the wrong server, or the wrong laptop, changes nothing (R44)."""
    async with office_in(tmp_path / "elsewhere") as other, office.desk("张三") as desk:
        await recorded(desk, 10_000)
        content = await up(desk)
        with pytest.raises(Problem, match="bundle-for-another"):
            await heard(other, content)
        async with office.desk("李四") as neighbour:
            down = await heard(office, content)
            with pytest.raises(Problem, match="bundle-for-another"):
                await take_in(neighbour.ledger, down.content)


async def test_a_month_of_one_village_is_small(office: Office) -> None:
    """A hundred values in one commit take at most eight bytes each in the file (R45)."""
    async with office.desk("张三") as desk:
        await carried(office, desk)
        chance = Random(1)
        entered = [one for one in shipped().indicators.values() if not one.formula]
        cells = [
            (Cell("value", "2024-09", one.code), _figure(one.type, number, chance))
            for number, one in enumerate(entered)
        ]
        await desk.record(VILLAGE, cells)
        size = len(await up(desk))

    assert size <= 8 * len(cells)


async def test_thirty_villages_in_one_file_are_smaller_still(office: Office) -> None:
    """A month of thirty villages takes at most five bytes a value in one file (R45)."""
    chance = Random(1)
    entered = [one for one in shipped().indicators.values() if not one.formula]
    seconds = count(NOW, 60)  # each village's sheet is confirmed in its own minute
    async with office.desk("李四", lambda: next(seconds)) as desk:
        await carried(office, desk)
        for village in range(30):
            cells = [
                (Cell("value", "2024-09", one.code), _figure(one.type, number, chance))
                for number, one in enumerate(entered)
            ]
            await desk.record(PlaceId(mint("place", b"village %d" % village)), cells)
        size = len(await up(desk))

    assert size <= 5 * 30 * len(entered)


async def test_an_answer_that_no_server_signed_changes_nothing(office: Office) -> None:
    """Whoever writes a file to a laptop in a server's name is found out (R44)."""
    async with office.desk("张三") as desk, office.desk("李四") as other:
        await carried(office, desk)
        await carried(office, other)
        scope = await desk.ledger.database.rows("SELECT place FROM scope ORDER BY place")
        empty = SyncReply(
            at=NOW,
            certificates=(),
            scope=(),
            receipts=(),
            refusals=(),
            held=(),
            feed=(),
            more=False,
            cursor=Cursor(b"", 0, b"", b""),
            fingerprint=b"",
            wants=(),
            have={},
            version=1,
        )
        content = wire.encode(empty)
        own = desk.ledger.sealer.signer
        for whose, signer, to in (
            (desk.ledger.device, own, desk.ledger.device),
            (office.ledger.device, own, desk.ledger.device),
            (office.ledger.device, office.ledger.sealer.signer, other.ledger.device),
        ):
            signature = signer.sign(REPLY, desk.ledger.realm, to + content)
            page = Page(99, wire.encode(Signed(content, whose, signature)))
            with pytest.raises(Problem, match="bundle-untrue"):
                await take_in(desk.ledger, shut_for(own.public, [page], os.urandom))

        assert await desk.ledger.database.rows("SELECT place FROM scope ORDER BY place") == scope


def _figure(kind: str, number: int, chance: Random) -> Value:
    """A count of heads, an amount in hundredths of ten thousand yuan, or yes or no."""
    if kind == "flag":
        return flag_value(chance.random() < 0.7)
    count, money = chance.randrange(3_000), chance.randrange(30_000)
    return quantity_value(count * 10_000 if number % 2 else money * 100)
