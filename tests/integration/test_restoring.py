"""Restoring over what is left of a server."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from server.backup import back_up, restore
from server.devices.invites import authority
from server.filing import Filed, file
from server.store import open_server
from sync.ledger.ledger import FILE_NAME
from sync.value import Cell, quantity_value
from tests.unit.field_office import VILLAGE, clock, office_in


async def test_a_log_that_stayed_behind_is_not_played_into_a_restored_server(
    tmp_path: Path,
) -> None:
    """With the file gone and its log still there, what is restored is the backup and no more."""
    folder, backup = tmp_path / "server", tmp_path / "backup"
    log = folder / f"{FILE_NAME}-wal"
    async with office_in(tmp_path) as office:
        done = await back_up(office.ledger, backup)
        person, grant = authority(office.ledger)
        cells = [(Cell("value", "2024", "A001"), quantity_value(1))]
        await file(office.ledger, [Filed(VILLAGE, person, grant, cells)])
        shutil.copyfile(log, tmp_path / "log")  # as a killed server leaves it
    (folder / FILE_NAME).unlink()
    shutil.copyfile(tmp_path / "log", log)

    restored = restore(backup, folder, os.urandom)

    async with open_server(folder, clock) as ledger:
        ((count,),) = await ledger.database.rows("SELECT count(*) FROM commits")
    assert (restored.replaced, restored.commits, count) == (None, done.commits, done.commits)
