"""Many keys of several columns are looked up by an index, however large the table is."""

from __future__ import annotations

from pathlib import Path

from sync.ledger.database import Database
from sync.ledger.ledger import SCHEMAS

SEEK = (
    "SELECT v.place, v.subject FROM {seek} version v ON v.place = k.column1"
    " AND v.kind = k.column2 AND v.subject = k.column3"
)


async def test_each_key_is_sought_and_found_once(tmp_path: Path) -> None:
    """Also where a key is asked for twice, and for more keys than one statement takes."""
    async with Database.open(tmp_path / "tianji.db", SCHEMAS, create=True) as database:
        rows = [(place, "value", str(at)) for place in range(30) for at in range(20)]
        async with database.writing():
            await database.run_many(
                "INSERT INTO version (place, kind, subject, field, commit_no, stamp, type, number,"
                " text, shown, disputed) VALUES (?, ?, ?, 'A001', 1, 1, 1, 1, '', 1, 0)",
                rows,
            )
        keys = [*rows[:500], rows[0], (99, "value", "0")]

        assert sorted(await database.rows_in(SEEK, sorted(set(keys)))) == sorted(
            (place, subject) for place, _, subject in rows[:500]
        )
        assert await database.rows_in(SEEK, [rows[0], rows[0]]) == [(0, "0")]
        plan = await database.rows_in("EXPLAIN QUERY PLAN " + SEEK, keys[:3])
        steps = [detail for *_, detail in plan if " v" in detail]
        assert steps == ["SEARCH v USING PRIMARY KEY (place=? AND kind=? AND subject=?)"]
