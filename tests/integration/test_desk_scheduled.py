"""What scheduled jobs came to, on the administrator's page."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from deploy.jobs.history import History
from server.accounts import grants
from server.administration.scheduled import scheduled
from server.settings import Settings
from tests.integration.desk_office import office

MOMENT = datetime(2024, 10, 26, 18, 30, tzinfo=UTC)


async def test_the_page_tells_how_scheduled_jobs_went(tmp_path: Path) -> None:
    """The last run of each job stands there in words; the server needs nothing of the jobs (S126)."""
    state = tmp_path / "jobs.db"
    with History.of(state) as history:
        history.begin("backup", MOMENT, MOMENT)
        history.end("backup", MOMENT, MOMENT, 2, 3, "the disk is full")
        history.begin("verify", MOMENT, MOMENT)
    async with office(tmp_path / "county") as county:
        station = county.app.state.station
        station.settings = Settings(jobs_state=str(state))
        await grants.add(
            county.ledger,
            county.people["administrator"],
            "administer",
            county.ledger.root,
            None,
            os.urandom,
        )
        page = (await county.browsers["administrator"].get("/admin/jobs")).text

    assert "定时任务" in page
    assert "the disk is full" in page
    assert "正在运行" in page


async def test_a_file_that_is_no_history_says_nothing(tmp_path: Path) -> None:
    """A wrong setting harms no page (S126)."""
    (tmp_path / "other.db").write_bytes(b"no database at all" * 100)

    assert await scheduled(str(tmp_path / "other.db")) == []
    assert await scheduled(str(tmp_path / "gone.db")) == []
    assert await scheduled("") == []
