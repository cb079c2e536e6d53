"""The demo's summary is checked, not assumed: whatever is spoilt behind its back, it notices."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from deploy.demo.progress import Bars
from deploy.demo.story import Story
from deploy.demo.summary import Summary, summed_up
from deploy.demo.times import quarters
from sync.ledger.database import Database


async def _spoil(database: Database, *statements: str) -> None:
    async with database.writing():
        for statement in statements:
            await database.run(statement)


async def test_the_summary_notices_whatever_is_spoilt(tmp_path: Path) -> None:
    """A changed figure on a laptop, a changed total, a vanished commit: each makes it not so (D4)."""
    periods = quarters(date(2026, 6, 1), 1)
    story = Story(tmp_path, 0, 1, 1, periods, Bars("en", quiet=True))
    try:
        await story.play()
        whole = await summed_up(story)
        async with story.laptops[0].opened() as desk:
            await _spoil(desk.ledger.database, f"UPDATE version SET number = 1 {_OF_B003}")
        laptop = await summed_up(story)
        server = story.station.ledger.database
        await _spoil(server, "UPDATE rollup SET total_low = total_low + 1 WHERE series = 'B003'")
        total = await summed_up(story)
        await _spoil(
            server,
            f"DELETE FROM commits WHERE no IN (SELECT commit_no FROM version {_OF_B003})",
        )
        gone = await summed_up(story)
    finally:
        await story.station.stop()

    assert _wrong(whole) == []
    assert _wrong(laptop) == ["replicas_agree"]
    assert _wrong(total) == ["replicas_agree", "rollups_equal_refold"]
    assert {"lost", "values_on_server"} <= set(_wrong(gone))
    assert [one.is_so for one in (whole, laptop, total, gone)] == [True, False, False, False]


_OF_B003 = "WHERE kind = 'value' AND field = 'B003' AND shown = 1"


def _wrong(summary: Summary) -> list[str]:
    wrong = {
        "lost": summary.lost > 0,
        "values_on_server": summary.values_recorded != summary.values_on_server,
        "replicas_agree": not summary.replicas_agree,
        "versions_as_shown": not summary.versions_as_shown,
        "rollups_equal_refold": not summary.rollups_equal_refold,
    }
    return [name for name, is_wrong in wrong.items() if is_wrong]
