"""How far forms are, kept by differences through any history: a fresh fold and a recount say the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from server.review.folding import compare, rebuild
from server.verify import verify
from sync import release, review
from sync.ledger.database import Database
from sync.release import Release, release_cell
from sync.review import SUBMITTED, WITHDRAWN, Decided, Decision, Return
from sync.value import Cell, Value, quantity_value
from tests.integration.province import FIRST, VILLAGES, Province, province

PERIODS = ["2023Q4", "2024Q1"]
FORMS = ["F1", "F2"]
DAYS = ["2023-07-01", "2024-01-01", "2024-03-15"]

Step = tuple[str, tuple[str, ...], bool, int]
"""What is done, at what, blind to what stands or not, and a number to choose by."""

STEPS = st.tuples(
    st.sampled_from(
        [
            "submit",
            "submit",
            "submit",
            "submit",
            "withdraw",
            "decide",
            "decide",
            "decide",
            "decide",
            "return",
            "value",
            "value",
            "ask",
            "move",
            "due",
            "release",
            "day",
            "nonsense",
        ]
    ),
    st.tuples(st.sampled_from(VILLAGES), st.sampled_from(PERIODS), st.sampled_from(FORMS)),
    st.integers(0, 4).map(lambda n: n == 0),
    st.integers(0, 10_000),
)
HISTORIES = st.lists(st.lists(STEPS, min_size=1, max_size=12), min_size=1, max_size=5)


def form(code: str, due_days: int) -> str:
    """A quarterly form's definition."""
    words = {"zh-Hans": code, "zh-Hant": code, "en": code}
    made = {
        "code": code,
        "name": words,
        "level": "village",
        "period": "quarter",
        "items": ["STOCK"] if code == "F1" else ["STOCK", "CUM"],
        "due_days": due_days,
        "minutes": 1,
        "note": words,
    }
    return json.dumps(made)


async def take(made: Province, steps: Sequence[Step]) -> None:
    """Some steps in one transaction."""
    async with made.ledger.transaction() as database:
        for what, (village, period, code), blind, number in steps:
            made.clock.seconds += 1
            if what == "move":
                child = [name for name in FIRST if name[0] in "tv"][number % 8]
                above = [n for n in FIRST if n[0] == ("c" if child[0] == "t" else "t")]
                parent = above[number // 8 % len(above)]
                await made.move(database, (child, parent, DAYS[number % 3]))
            elif what == "due":
                await made.define(database, "form", code, form(code, number % 200))
            elif what == "release":
                day = date(2024, 1, 1) + timedelta(days=number % 200)
                said = Release(date(2023, 1, 1), day, date(2025, 1, 1), withdrawn=number % 7 == 0)
                at = [village, "c1", "t1", "p"][number % 4]
                await made.put(
                    database, at, (release_cell(period, code), release.encode(said)), blind=blind
                )
            elif what == "day":
                made.clock.set(["2024-01-20", "2024-02-25", "2024-05-01"][number % 3])
            else:
                cell, value = await _cell(made, database, what, village, period, code, number)
                await made.put(database, village, (cell, value), blind=blind)


async def _cell(
    made: Province,
    database: Database,
    what: str,
    village: str,
    period: str,
    code: str,
    number: int,
) -> tuple[Cell, Value]:
    """What is filed, naming what stands now, or a part of it."""

    async def standing(cell: Cell) -> list[str]:
        held = await made.ledger.standing(made.place(village), [cell[:2]])
        versions = held[cell].versions if cell in held else ()
        return sorted(one.commit.hex() for one in versions)[number % 2 :]

    stock = Cell("value", period, "STOCK")
    match what:
        case "submit":
            return review.submission_cell(period, code), SUBMITTED
        case "withdraw":
            return review.submission_cell(period, code), WITHDRAWN
        case "value":
            return stock, quantity_value(number % 3 * 10_000)
        case "return":
            said = Return("看看" if number % 5 else "", tuple(await standing(stock)))
            return review.return_cell(period, code, "STOCK"), review.encode(said)
        case "ask":
            saw = await standing(review.decision_cell(period, code))
            return review.correction_cell(period, code), review.encode(Return("改", tuple(saw)))
        case "decide":
            seen = tuple(await standing(review.submission_cell(period, code)))
            marks = {"STOCK": review.versions_mark(await standing(stock))} if number % 3 else None
            states = list(Decided)
            decision = Decision(states[number % len(states)], seen, values=marks)
            return review.decision_cell(period, code), review.encode(decision)
    return Cell("submission", "2024Q9" if number % 2 else period, "F9"), SUBMITTED


async def recounted(made: Province) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """Handed in, approved by the county, and locked: counted from what each village says."""
    found: dict[tuple[str, str, str], tuple[int, int, int]] = {}
    for name in FIRST:
        for period, day in zip(PERIODS, ["2023-12-31", "2024-03-31"], strict=True):
            for code in FORMS:
                counts = [
                    await _counted(made, village, period, code) for village in made.under(name, day)
                ]
                total = tuple(map(sum, zip(*counts, strict=True))) if counts else (0, 0, 0)
                found[name, period, code] = total  # type: ignore[assignment]  # three columns
    return found


async def _counted(made: Province, village: str, period: str, code: str) -> tuple[int, int, int]:
    subjects = [("submission", period), ("review", f"{period} {code}")]
    cells = await made.ledger.standing(made.place(village), subjects)
    filed = cells.get(review.submission_cell(period, code))
    decided = cells.get(review.decision_cell(period, code))
    versions = [review.Version(v.value, v.commit.hex()) for v in filed.versions] if filed else []
    said = [review.decision(v.value) for v in decided.versions] if decided else []
    stage = review.stage(versions, [one for one in said if one is not None])
    handed_in = bool(versions) and versions[0].value == SUBMITTED
    handed_in = handed_in and stage is not review.Stage.RETURNED
    approved = handed_in and stage in {review.Stage.APPROVED, review.Stage.LOCKED}
    return int(handed_in), int(approved), int(stage is review.Stage.LOCKED)


async def kept(made: Province) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """The same as kept."""
    rows = await made.ledger.database.rows(
        "SELECT p.id, c.period, c.form, c.submitted, c.approved, c.locked FROM completeness c"
        " JOIN place_no p ON p.no = c.place"
    )
    by_key = {(place, period, code): tuple(counts) for place, period, code, *counts in rows}
    return {
        (name, period, code): by_key.get((made.place(name), period, code), (0, 0, 0))
        for name in FIRST
        for period in PERIODS
        for code in FORMS
    }


@settings(max_examples=30)
@given(HISTORIES)
def test_kept_standings_equal_a_fold_and_a_recount_after_any_history(
    history: list[list[Step]],
) -> None:
    """Submissions, decisions, returns, changed values, rivals, moved villages and towns, other due
    days: what is kept by differences is what a fresh fold and a recount of the villages give (S70).
    """

    async def run(folder: Path) -> None:
        async with province(folder) as made:
            async with made.ledger.transaction() as database:
                for code in FORMS:
                    await made.define(database, "form", code, form(code, 10))
            for steps in history:
                await take(made, steps)
                assert await compare(made.ledger) == (0, [])
            assert await kept(made) == await recounted(made)
            before = await made.ledger.database.rows("SELECT * FROM form_standing")
            await rebuild(made.ledger)
            assert await made.ledger.database.rows("SELECT * FROM form_standing") == before
            assert await compare(made.ledger) == (0, [])

    with TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder) / "server"))


async def test_verify_names_a_form_that_is_kept_otherwise(tmp_path: Path) -> None:
    """A row that was tampered with is found, with its place, period and form (S70)."""
    async with province(tmp_path / "server") as made:
        await take(made, [("submit", ("v1", "2024Q1", "F1"), False, 0)])
        async with made.ledger.transaction() as database:
            await database.run("UPDATE form_standing SET stage = 'approved'")
        found = await verify(tmp_path / "server", made.clock)

        assert found.differences == {"standing": 1}
        assert [(one.where, one.detail) for one in found.faults] == [("v1", "2024Q1 F1")]
