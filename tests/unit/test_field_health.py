"""What a laptop's facts call for, which copies are kept, and what a doctor mends."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_client import copies
from field_client.copies import Copy, copies_in, is_due, is_whole, keep_copy, surplus
from field_client.desk import Desk
from field_client.examining import examine, examine_closed, remember_folder
from field_client.health import Facts, Remedy, Weight, findings, risky_place
from field_client.saying import finding_words, report
from sync.entry.desk import moment
from sync.ledger import identity
from sync.problems import Problem
from sync.texts import LANGUAGES
from sync.value import Cell, quantity_value
from tests.conftest import Outcome
from tests.unit.field_office import NOW, VILLAGE, Office, office_in

DAY = 24 * 3600
NOON = datetime(2024, 10, 27, 12)  # noqa: DTZ001 - China's, as copies are named
WELL = Facts(
    now=NOW,
    folder="/srv/people/tianji",
    sound=True,
    file_bytes=10**6,
    free_bytes=10**11,
    copies=3,
    newest_copy=NOON,
    today=NOON.date(),
    last_contact=NOW - DAY,
    readable=False,
    version="1",
    sqlite="3.40",
)
COPIES = st.lists(
    st.builds(
        lambda hours, size: Copy(Path(f"{hours}"), NOON - timedelta(hours=hours), size),
        st.integers(0, 2_000),
        st.integers(1, 2**30),
    ),
    unique_by=lambda one: one.made,
    max_size=40,
)


def found(facts: Facts) -> dict[str, tuple[Weight, Remedy]]:
    """What isn't good, by its key."""
    return {
        one.key: (one.weight, one.remedy)
        for one in findings(facts)
        if one.weight is not Weight.GOOD
    }


def test_a_laptop_that_is_well_calls_for_nothing() -> None:
    """Not for anybody's attention, and not for a repair."""
    assert found(WELL) == {}


@pytest.mark.parametrize(
    "change, key, weight, remedy",
    [
        ({"sound": False}, "health-database-damaged", Weight.WRONG, Remedy.REBUILD),
        ({"free_bytes": 2**29}, "health-disk-low", Weight.LOOK, Remedy.NONE),
        ({"free_bytes": 2**20}, "health-disk-full", Weight.WRONG, Remedy.NONE),
        ({"copies": 0, "newest_copy": None}, "health-copies-none", Weight.LOOK, Remedy.COPY),
        ({"newest_copy": NOON - timedelta(4)}, "health-copies-old", Weight.LOOK, Remedy.COPY),
        ({"clock_wrong_seconds": 3 * DAY}, "health-clock-ahead", Weight.WRONG, Remedy.NONE),
        ({"clock_wrong_seconds": -3 * DAY}, "health-clock-behind", Weight.WRONG, Remedy.NONE),
        ({"last_contact": None}, "health-sending-never", Weight.LOOK, Remedy.SYNC),
        (
            {"unsent": 4, "oldest_unsent": NOW - 20 * DAY},
            "health-sending-late",
            Weight.LOOK,
            Remedy.SYNC,
        ),
        ({"revoked": True}, "health-sending-revoked", Weight.WRONG, Remedy.ASIDE),
        ({"aside": 2}, "health-aside-some", Weight.LOOK, Remedy.ASIDE),
        ({"has_identity": False}, "health-identity-missing", Weight.LOOK, Remedy.IDENTITY),
        ({"readable": True}, "health-private-open", Weight.LOOK, Remedy.PRIVATE),
        ({"risk": "network"}, "health-place-network", Weight.WRONG, Remedy.NONE),
        ({"risk": "carried"}, "health-place-carried", Weight.WRONG, Remedy.NONE),
        ({"twin": "/other"}, "health-place-twin", Weight.WRONG, Remedy.NONE),
    ],
)
def test_each_fact_that_is_wrong_is_found_and_nothing_else(
    change: dict[str, object], key: str, weight: Weight, remedy: Remedy
) -> None:
    """With what can be done about it, and a sentence in three languages."""
    facts = WELL._replace(**change)  # type: ignore[arg-type]  # names and values of its fields

    assert found(facts) == {key: (weight, remedy)}
    for language in LANGUAGES:
        assert all(finding_words(one, language) for one in findings(facts))


def test_an_encrypted_laptop_isnt_told_to_leave_its_key_in_the_open() -> None:
    """Where a passphrase guards the file, no key lies beside it."""
    assert found(WELL._replace(encrypted=True, has_identity=False)) == {}


def test_nineteen_days_are_no_reason_to_worry() -> None:
    """A laptop that waits for its next visit to a network is as it should be."""
    assert found(WELL._replace(unsent=4, oldest_unsent=NOW - 19 * DAY)) == {}


@pytest.mark.parametrize(
    "folder, system, risk",
    [
        ("/srv/people/tianji", "ext4", ""),
        (r"C:\ProgramData\Tianji", "", ""),
        (r"\\town-server\share\tianji", "", "network"),
        ("//town-server/share/tianji", "", "network"),
        ("/mnt/share/tianji", "cifs", "network"),
        ("/mnt/share/tianji", "nfs4", "network"),
        (r"D:\papers\OneDrive - 某镇\tianji", "", "carried"),
        (r"D:\坚果云\tianji", "", "carried"),
        ("/srv/people/Dropbox/tianji", "ext4", "carried"),
        ("/srv/people/not-onedrive/tianji", "ext4", ""),
    ],
)
def test_a_folder_that_is_no_place_for_a_database_is_known(
    folder: str, system: str, risk: str
) -> None:
    """Network drives and folders that another program carries to the cloud."""
    assert risky_place(folder, system) == risk


@given(COPIES)
def test_the_newest_three_and_one_a_day_stay_where_there_is_room(made: list[Copy]) -> None:
    """Of the last seven days that have one, and nothing else."""
    kept = set(made) - set(surplus(made, 2**60))
    newest = sorted(made, key=lambda one: one.made, reverse=True)
    days = sorted({one.made.date() for one in made}, reverse=True)

    assert set(newest[:3]) <= kept
    assert {one.made.date() for one in kept} == {
        *days[:7],
        *(one.made.date() for one in newest[:3]),
    }
    assert len(kept) <= 10


@given(COPIES, st.integers(0, 2**31))
def test_a_full_disk_costs_old_copies_first_and_never_the_last(made: list[Copy], free: int) -> None:
    """As many go as the room wants, the oldest first (F83)."""
    gone = surplus(made, free)
    kept = sorted(set(made) - set(gone), key=lambda one: one.made)
    newest = max(made, key=lambda one: one.made, default=None)

    assert newest is None or kept[-1] == newest
    if len(kept) > 1:
        assert free + sum(one.bytes for one in gone) >= copies.FREE_BYTES_KEPT
    assert gone == sorted(gone, key=lambda one: one.made)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A server with one village."""
    async with office_in(tmp_path) as made:
        yield made


async def test_a_copy_is_whole_private_and_becomes_the_laptop_again(office: Office) -> None:
    """It holds what was typed up to that moment, sent or not, and opens in the file's place (F83)."""
    async with office.desk("张三") as desk:
        folder = desk.ledger.database.path.parent
        await desk.record(VILLAGE, [(Cell("value", "2024Q3", "B001"), quantity_value(70_000))])
        copy = await keep_copy(desk)
        assert is_whole(copy.file)
        assert copies_in(folder) == [copy]
        assert sys.platform == "win32" or copy.file.stat().st_mode & 0o077 == 0
        assert [one.name for one in copy.file.parent.iterdir()] == [copy.file.name]

    restored = office.folder / "restored"
    restored.mkdir()
    shutil.copy(copy.file, restored / "tianji.db")
    async with Desk.open(restored, lambda: NOW) as again:
        assert (await office.sync(again)).complete
    async with Desk.open(folder, lambda: NOW) as desk:
        assert (await office.sync(desk)).complete


async def test_a_copy_takes_what_others_write_meanwhile(office: Office) -> None:
    """It is made through a connection of its own: whoever types doesn't wait, and loses nothing."""
    async with office.desk("张三") as desk:
        copying = asyncio.create_task(keep_copy(desk))
        for number in range(20):
            cell = Cell("value", "2024Q3", f"B00{number % 6 + 1}")
            await desk.record(VILLAGE, [(cell, quantity_value(number * 10_000))])
        assert is_whole((await copying).file)


def test_a_file_that_is_no_copy_counts_as_none(tmp_path: Path) -> None:
    """Text, an empty file, a database of something else, and one that was cut."""
    for name, content in (("text", b"hello" * 99), ("empty", b"")):
        (tmp_path / name).write_bytes(content)
        assert not is_whole(tmp_path / name)
    with closing(sqlite3.connect(tmp_path / "other")) as other:
        other.execute("CREATE TABLE commits (no)")
    assert not is_whole(tmp_path / "other")
    assert not is_whole(tmp_path / "missing")


async def test_a_copy_is_due_once_there_is_something_new(office: Office) -> None:
    """The first at once; the next only after hours in which the file was written to."""
    async with office.desk("张三") as desk:
        folder = desk.ledger.database.path.parent
        now = moment(NOW).replace(tzinfo=None)
        assert is_due(folder, now, 4)
        copy = await keep_copy(desk)
        assert not is_due(folder, now + timedelta(hours=3), 4)

        stamp = copy.file.stat().st_mtime + 60
        os.utime(desk.ledger.database.path, (stamp, stamp))
        assert is_due(folder, now + timedelta(hours=5), 4)
        os.utime(copy.file, (stamp + 60, stamp + 60))
        assert not is_due(folder, now + timedelta(hours=5), 4)


async def test_a_full_disk_is_told_and_leaves_no_half_copy(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copies of before stay."""
    async with office.desk("张三") as desk:
        before = await keep_copy(desk)
        usage = shutil.disk_usage(desk.ledger.database.path)._replace(free=10**6)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
        with pytest.raises(Problem, match="copy-no-room"):
            await keep_copy(desk)

        assert list(before.file.parent.iterdir()) == [before.file]


async def test_a_second_copy_of_the_folder_is_found(office: Office) -> None:
    """A laptop that was moved is none; one that lies in two places is."""
    async with office.desk("张三") as desk:
        folder = desk.ledger.database.path.parent
        await remember_folder(desk)
        assert (await examine(desk, sound=True)).twin == ""
    twin = Path(shutil.copytree(folder, office.folder / "twin"))
    async with Desk.open(twin, lambda: NOW) as desk:
        await remember_folder(desk)
        assert (await examine(desk, sound=True)).twin == str(folder)

    shutil.rmtree(folder)
    async with Desk.open(twin, lambda: NOW) as desk:
        assert (await examine(desk, sound=True)).twin == ""
        await remember_folder(desk)


async def test_how_long_the_oldest_entry_waits_is_told(office: Office) -> None:
    """Also once it is sealed, and until a server has it."""
    async with office.desk("张三") as desk:
        assert (await examine(desk, sound=True)).oldest_unsent is None
        await desk.record(VILLAGE, [(Cell("value", "2024Q3", "B001"), quantity_value(10_000))])
        assert (await examine(desk, sound=True)).oldest_unsent == NOW
        await desk.ledger.seal()
        facts = await examine(desk, sound=True)
        assert (facts.unsent, facts.oldest_unsent) == (1, NOW)
        assert (await office.sync(desk)).complete
        assert (await examine(desk, sound=True)).unsent == 0


async def test_the_report_holds_no_secret_and_no_figure(office: Office) -> None:
    """Not the key, not a person's name, not a value: it can be sent to anybody."""
    async with office.desk("张三") as desk:
        await desk.record(VILLAGE, [(Cell("value", "2024Q3", "B001"), quantity_value(98_765_432))])
        facts = await examine(desk, sound=True)
        kept = identity.read(desk.ledger.database.path.parent)
    for language in LANGUAGES:
        text = report(facts, language)
        assert kept is not None
        for secret in (kept.seed.hex(), "张三", "9876", kept.server):
            assert secret not in text


def test_what_does_not_open_is_still_examined(tmp_path: Path) -> None:
    """Its disk, its copies and its place are told beside the damage."""
    facts = examine_closed(tmp_path, Problem("storage-damaged", file="x"), NOW)

    assert found(facts)["health-database-closed"] == (Weight.WRONG, Remedy.REBUILD)


@pytest.mark.skipif(sys.platform == "win32", reason="files there are private by their folder")
async def test_a_doctor_says_what_is_wrong_and_mends_what_it_can(
    office: Office, tianji: Callable[..., Outcome]
) -> None:
    """Files that others can read, an identity that is gone, no copy; damage is left to a rebuild (F84)."""
    folder = await office.enrol("张三")
    async with Desk.open(folder, lambda: NOW) as desk:
        await office.sync(desk)
    folder.chmod(0o755)
    (folder / "tianji.db").chmod(0o644)
    (folder / identity.FILE_NAME).unlink()

    def run(*options: str) -> Outcome:
        return tianji("field", "doctor", "--data", folder, *options)

    told = await asyncio.to_thread(run)
    assert "Other users of this machine can read" in told.out
    assert "isn't kept beside its data" in told.out
    mended = await asyncio.to_thread(run, "--repair")
    assert "Only you can read the files now." in mended.out
    assert identity.read(folder) is not None
    assert len(copies_in(folder)) == 1

    with (folder / "tianji.db").open("r+b") as file:
        file.seek(8_192)
        file.write(os.urandom(20_000))
    damaged = await asyncio.to_thread(run)
    assert damaged.code == 1
    assert f"tianji field rebuild --data {folder}" in damaged.out
