"""What a server that was rebuilt or restored knows of people, keys and what they typed."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from server import backup, rebuilding
from sync.ledger.ledger import FILE_NAME
from tests.integration.desk_office import CITY, PASSWORD, VILLAGE, clock, office

KEPT = ("account", "api_key", "signin_event", "draft", "second_factor", "review_words")


async def used(folder: Path) -> Path:
    """A server on which somebody made a key, failed to sign in and typed; the backup of it."""
    async with office(folder) as county:
        made = {"name": "k", "at": CITY.hex(), "totals": "1", "until": "2024-12-31"}
        assert (await county.browsers["administrator"].post("/admin/keys", data=made)).is_success
        for password in ("wrong", PASSWORD):
            said = {"login": "viewer", "password": password}
            await county.browsers["stranger"].post("/signin", data=said)
        person, second = county.people["staff"], county.people["town"]
        async with county.ledger.transaction() as database:
            await database.run(
                "INSERT INTO draft VALUES (?, '2024Q3', 'B001', ?, '12', '', 1)", (VILLAGE, person)
            )
            await database.run("INSERT INTO second_factor VALUES (?, x'00', 1, 0, 1)", (second,))
            await database.run("INSERT INTO review_words VALUES (?, 'C201', 'why', 1)", (second,))
        await backup.back_up(county.ledger, folder / "backup")
    return folder / "backup"


def rows(file: Path, table: str) -> list[tuple[object, ...]]:
    """All rows of a table."""
    with closing(sqlite3.connect(file)) as database:
        return database.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


async def test_a_rebuilt_server_keeps_what_nobody_could_bring_again(tmp_path: Path) -> None:
    """Accounts, keys, the book of signing in and what was being typed; nobody is signed in (S50)."""
    await used(tmp_path)
    folder = tmp_path / "server"
    before = {table: rows(folder / FILE_NAME, table) for table in KEPT}
    with closing(sqlite3.connect(folder / FILE_NAME)) as database, database:
        database.execute("UPDATE place_no SET id = randomblob(16)")
    made = await rebuilding.rebuild(folder, clock, os.urandom, lambda _: None)

    assert made is not None
    for table in KEPT:
        assert before[table], table
        assert set(rows(folder / FILE_NAME, table)) >= set(before[table]), table
    assert not rows(folder / FILE_NAME, "web_session")


async def test_a_restored_server_signs_everybody_out(tmp_path: Path) -> None:
    """Whoever signed out since the backup was made stays out; accounts and keys are as they were
    (S8).
    """
    file = await used(tmp_path)
    assert rows(file, "web_session")
    backup.restore(file, tmp_path / "again", os.urandom)

    assert not rows(tmp_path / "again" / FILE_NAME, "web_session")
    for table in KEPT:
        assert rows(tmp_path / "again" / FILE_NAME, table) == rows(file, table)
