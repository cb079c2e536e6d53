"""When a form is late, and what tables of an older ledger hold once it is opened."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from server.review.folding import compare
from server.store import open_server
from sync import release, review
from sync.ids import PlaceId
from sync.release import Release, release_cell
from sync.review import SUBMITTED, Decided, Decision
from sync.value import Cell, Value, text_value
from tests.integration.province import Province, province
from tests.integration.test_review_kept import form

PERIOD, FORM = "2024Q1", "F1"


async def put(made: Province, place: str, cell: Cell, value: Value, day: str = "") -> None:
    """Files something, on that day if one is given."""
    if day:
        made.clock.set(day)
    async with made.ledger.transaction() as database:
        await made.put(database, place, (cell, value), blind=False)


async def begun(made: Province) -> None:
    """A form that is due ten days after its quarter."""
    made.clock.seconds = 0
    made.clock.set("2024-04-01")
    async with made.ledger.transaction() as database:
        await made.define(database, "form", FORM, form(FORM, 10))


async def late(made: Province) -> list[tuple[int, int]]:
    """Of the only form that was filed: whether it is late, and whether no town reviews it."""
    return await made.ledger.database.rows("SELECT late, direct FROM form_standing")


async def test_a_form_is_in_time_until_the_end_of_its_due_day(tmp_path: Path) -> None:
    """The last second of the day in China counts, the next one is late (S70)."""
    for seconds, expected in ((-1, 0), (0, 1)):
        async with province(tmp_path / f"{seconds}") as made:
            await begun(made)
            made.clock.set("2024-04-11")
            made.clock.seconds += seconds
            await put(made, "v1", review.submission_cell(PERIOD, FORM), SUBMITTED)
            assert await late(made) == [(expected, 0)]
            rows = await made.ledger.database.rows(
                "SELECT DISTINCT submitted, on_time, late FROM completeness"
            )
            assert rows == [(1, 1 - expected, expected)]


async def test_a_released_day_holds_for_the_place_and_all_below(tmp_path: Path) -> None:
    """The nearest release counts, whenever it is filed; taken back, the form's own day holds (S70)."""
    async with province(tmp_path / "server") as made:
        await begun(made)
        await put(made, "v1", review.submission_cell(PERIOD, FORM), SUBMITTED, "2024-04-15")
        assert await late(made) == [(1, 0)]
        cell = release_cell(PERIOD, FORM)
        longer = Release(date(2024, 4, 1), date(2024, 4, 20), date(2024, 4, 25))
        await put(made, "c2", cell, release.encode(longer))
        assert await late(made) == [(1, 0)]
        await put(made, "c1", cell, release.encode(longer))
        assert await late(made) == [(0, 0)]
        shorter = Release(date(2024, 4, 1), date(2024, 4, 12), date(2024, 4, 25))
        await put(made, "t1", cell, release.encode(shorter))
        assert await late(made) == [(1, 0)]
        taken_back = Release(date(2024, 4, 1), date(2024, 4, 12), date(2024, 4, 25), withdrawn=True)
        await put(made, "t1", cell, release.encode(taken_back))
        assert await late(made) == [(0, 0)]
        assert await compare(made.ledger) == (0, [])


async def test_what_was_mended_after_the_due_day_is_in_time(tmp_path: Path) -> None:
    """By the first handing in, which the return and the later approval name; what its own officer
    took back and handed in late is late (S70).
    """
    submission = review.submission_cell(PERIOD, FORM)
    async with province(tmp_path / "server") as made:
        await begun(made)
        await put(made, "v1", submission, SUBMITTED, "2024-04-05")
        first = await _names(made, "v1", submission)
        back = Decision(Decided.RETURNED, first)
        await put(made, "v1", review.decision_cell(PERIOD, FORM), review.encode(back))
        await put(made, "v1", submission, SUBMITTED, "2024-05-05")
        assert await late(made) == [(0, 0)]
        again = await _names(made, "v1", submission)
        approved = Decision(Decided.APPROVED, again, first=first[0])
        await put(made, "v1", review.decision_cell(PERIOD, FORM), review.encode(approved))
        assert await late(made) == [(0, 0)]
        forgetful = Decision(Decided.APPROVED, again)
        await put(made, "v1", review.decision_cell(PERIOD, FORM), review.encode(forgetful))
        assert await late(made) == [(1, 0)]


async def test_a_place_without_a_town_is_the_countys(tmp_path: Path) -> None:
    """Where villages lie right under the county, or come to lie there, the county reviews at once
    (S71).
    """
    async with province(tmp_path / "server") as made:
        await begun(made)
        await put(made, "v1", review.submission_cell(PERIOD, FORM), SUBMITTED)
        assert await late(made) == [(0, 0)]
        async with made.ledger.transaction() as database:
            await made.move(database, ("v1", "c2", "2024-02-01"))
        assert await late(made) == [(0, 1)]
        counted = await made.ledger.database.rows(
            "SELECT p.id FROM completeness c JOIN place_no p ON p.no = c.place"
        )
        expected = {made.place(name) for name in ("v1", "c2", "p")} | {made.ledger.root}
        assert {PlaceId(place) for (place,) in counted} == expected


async def test_a_ledger_from_before_gets_its_tables_when_it_is_opened(tmp_path: Path) -> None:
    """Submissions that were taken in by older software are counted from the first opening on (S70)."""
    async with province(tmp_path / "server") as made:
        await begun(made)
        await put(made, "v1", review.submission_cell(PERIOD, FORM), SUBMITTED)
        expected = await made.ledger.database.rows("SELECT * FROM completeness")
        async with made.ledger.transaction() as database:
            for table in ("form_standing", "completeness", "attention_due"):
                await database.run(f"DELETE FROM {table}")
        assert await compare(made.ledger) == (0, [])
        clock = made.clock
    async with open_server(tmp_path / "server", clock, check=False) as ledger:
        assert await ledger.database.rows("SELECT * FROM completeness") == expected
        assert await ledger.database.rows("SELECT count(*) FROM attention_due") == [(1,)]
        assert await compare(ledger) == (0, [])


async def test_text_that_is_no_decision_changes_nothing(tmp_path: Path) -> None:
    """A row is kept where anything was filed about a form, whatever it says (S70)."""
    async with province(tmp_path / "server") as made:
        await begun(made)
        await put(made, "v1", review.decision_cell(PERIOD, FORM), text_value("{not json"))
        rows = await made.ledger.database.rows("SELECT stage, waiting FROM form_standing")
        assert rows == [("draft", 0)]
        assert await made.ledger.database.rows("SELECT * FROM completeness") == []


async def _names(made: Province, village: str, cell: Cell) -> tuple[str, ...]:
    """The commits that stand in a cell."""
    held = await made.ledger.standing(made.place(village), [cell[:2]])
    return tuple(one.commit.hex() for one in held[cell].versions)
