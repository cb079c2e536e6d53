"""A database that this process has open more than once stays one with that of other processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sync.ledger import connector
from sync.ledger.database import Database

WRITE = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as other:
    other.execute("INSERT INTO meta (key, value) VALUES (?, 1)", (sys.argv[2],))
other.close()
"""


def write_elsewhere(path: Path, key: str) -> None:
    """Another process writes and, as it closes, tidies up if it believes itself alone."""
    subprocess.run([sys.executable, "-c", WRITE, str(path), key], check=True)


async def keys(database: Database) -> set[str]:
    """What the settings hold."""
    return {key for (key,) in await database.rows("SELECT key FROM meta")}


async def test_a_second_connection_lets_go_of_no_lock(tmp_path: Path) -> None:
    """Opening one to read beside the one that writes, asking whether the file is encrypted, and
    closing them again: what others write is seen, and what is written here afterwards is kept (L1, S5).
    """
    path = tmp_path / "some.db"
    async with Database.open(path, ("sync.ledger",), create=True) as writer:
        reader = await Database.open_to_read(path)
        assert not connector.is_encrypted(path)
        write_elsewhere(path, "from elsewhere")
        assert "from elsewhere" in await keys(writer)
        assert "from elsewhere" in await keys(reader)
        await reader.close()
        again = await Database.open_to_read(path)
        write_elsewhere(path, "once more")
        async with writer.writing():
            await writer.set_meta("from here", 1)
        assert {"from elsewhere", "once more", "from here"} <= await keys(again)
        await again.close()
    async with Database.open(path, ("sync.ledger",)) as opened:
        assert {"from elsewhere", "once more", "from here"} <= await keys(opened)
