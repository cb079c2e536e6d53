"""A county's laptop with five years of its villages, and how long its officer waits for what.

    python -m tests.bench.office [--folder DIR] [--villages N] [--months N] [--json FILE]

The database is made once in its folder and used again: real commits, filed past the network.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from field_client import history, status, summary, todo, trend
from field_client.desk import Desk
from server import filing
from server.devices import invites
from sync.catalogue import Catalogue
from sync.commit import Change, Commit, commit_of
from sync.entry import checking, drafts, formsheet, submission, typed
from sync.entry.books import book_of
from sync.ids import CommitId, PlaceId, mint
from sync.ledger.apply import number_places
from sync.ledger.edits import sign
from sync.ledger.ledger import Ledger
from sync.period import Kind, Period, parse
from sync.review import SUBMITTED, submission_cell
from sync.value import Cell, Value, flag_value, quantity_value, text_value
from tests.unit.field_office import office_in

NOW = 1_767_000_000  # 2025-12-29
COUNTY = PlaceId(mint("place", b"bench county"))
VILLAGES_PER_TOWN = 15
CELLS = 100
HANDED_IN_UNTIL = parse("2025-10")
COMMITS_AT_ONCE = 2_000


def clock() -> int:
    """A day in December 2025."""
    return NOW


def village(number: int) -> PlaceId:
    """The id of one of the villages."""
    return PlaceId(mint("place", f"bench village {number}".encode()))


async def prepare(folder: Path, villages: int, months: int) -> Path:
    """The laptop's folder; made if it isn't there."""
    laptop = folder / "office" / "county"
    if (folder / "made").exists():
        return laptop
    async with office_in(folder / "office") as office:
        await _settle(office.ledger, villages)
        await office.enrol("county", COUNTY)
        async with Desk.open(laptop, clock) as desk:
            assert (await office.sync(desk)).complete
            await _fill(desk, villages, months)
    (folder / "made").touch()
    return laptop


async def _settle(ledger: Ledger, villages: int) -> None:
    person, grant = invites.authority(ledger)
    rows = [(COUNTY, "445199000000", "某县", "county", b"")]
    for at in range(-(-villages // VILLAGES_PER_TOWN)):
        town = PlaceId(mint("place", f"bench town {at}".encode()))
        rows.append((town, f"445199{at + 100}000", f"镇{at}", "town", COUNTY))
        for number in range(at * VILLAGES_PER_TOWN, min((at + 1) * VILLAGES_PER_TOWN, villages)):
            code = f"445199{at + 100}{number % VILLAGES_PER_TOWN + 200}"
            rows.append((village(number), code, f"村{number}", "village", town))
    filed = []
    for place, code, name, level, parent in rows:
        texts = {"code": code, "name": name, "level": level, "parent": parent.hex()}
        cells = [
            (Cell("place", "2020-01-01", key), text_value(text)) for key, text in texts.items()
        ]
        filed.append(filing.Filed(place, person, grant, cells))
    await filing.file(ledger, filed)


async def _fill(desk: Desk, villages: int, months: int) -> None:
    """Each village's values of each month, quarter, half and year as one commit a period."""
    catalogue = await desk.catalogue()
    last = parse("2025-11")
    every = {last.earlier(back) for back in range(months)}
    for kind in (Kind.QUARTER, Kind.HALF, Kind.YEAR):
        every |= {
            around for month in tuple(every) if (around := month.around(kind)).end <= last.end
        }
    commits: list[Commit] = []
    for number in range(villages):
        parents: list[CommitId] = []
        for period in sorted(every, key=lambda one: (one.end, one.start)):
            commit = _commit(desk, catalogue, number, period, parents)
            parents = [commit.id]
            commits.append(commit)
        if len(commits) > COMMITS_AT_ONCE or number == villages - 1:
            await _file(desk, commits)
            commits = []


def _commit(
    desk: Desk, catalogue: Catalogue, number: int, period: Period, parents: list[CommitId]
) -> Commit:
    cells = {
        code: _value(number, period, code, flag=one.type == "flag")
        for code, one in catalogue.indicators.items()
        if one.level == "village" and one.entered and one.period is period.kind
    }
    if period.kind is Kind.MONTH:
        fill = (f"X{at:03}" for at in range(CELLS - len(cells)))
        cells |= {code: _value(number, period, code, flag=False) for code in fill}
    written = {Cell("value", period.text, code): value for code, value in cells.items()}
    if period.end < HANDED_IN_UNTIL.end:
        for form in catalogue.forms.values():
            if form.level == "village" and form.period is period.kind:
                written[submission_cell(period.text, form.code)] = SUBMITTED
    second = NOW - 86_400 * (parse("2025-12").end - period.end).days
    changes = [
        Change(cell, value, second << 20 | at)
        for at, (cell, value) in enumerate(sorted(written.items()))
    ]
    return commit_of(
        realm=desk.ledger.realm,
        place=village(number),
        parents=parents,
        device=desk.ledger.device,
        author=desk.person,
        grant=desk.grant,
        catalogue=catalogue.version,
        changes=changes,
    )


def _value(number: int, period: Period, code: str, *, flag: bool) -> Value:
    if flag:
        return flag_value((number + len(code)) % 3 > 0)
    base = sum(code.encode()) % 90 + 10 + number % 7
    return quantity_value((base * 10 + (period.start.month + period.start.year) % 5) * 10_000)


async def _file(desk: Desk, commits: list[Commit]) -> None:
    """Writes commits with what they fold to: each cell is written once."""
    ledger = desk.ledger
    async with ledger.transaction() as database:
        numbers = await number_places(database, {one.place for one in commits})
        ((first,),) = await database.rows("SELECT coalesce(max(no), 0) + 1 FROM commits")
        nos = {one.id: first + at for at, one in enumerate(commits)}
        rows = []
        for one in commits:
            stamp = max(change.stamp for change in one.changes)
            ids = (nos[one.id], one.id, numbers[one.place], one.device, one.author)
            rows.append((*ids, stamp, one.body, sign(ledger.sealer, one), stamp >> 20))
        await database.run_many(
            "INSERT INTO commits (no, id, place, device, author, last_stamp, body, signature,"
            " accepted_at) VALUES (?,?,?,?,?,?,?,?,?)",
            rows,
        )
        edges = [(nos[one.id], nos[p]) for one in commits for p in one.parents if p in nos]
        await database.run_many("INSERT INTO parent (child, parent) VALUES (?, ?)", edges)
        inner = {parent for one in commits for parent in one.parents}
        heads = [(numbers[one.place], nos[one.id]) for one in commits if one.id not in inner]
        await database.run_many("INSERT INTO head (place, commit_no) VALUES (?, ?)", heads)
        await database.run_many(
            "INSERT INTO version (place, kind, subject, field, commit_no, stamp, type, number,"
            " text, shown, disputed) VALUES (?,?,?,?,?,?,?,?,?,1,0)",
            [
                (
                    numbers[one.place],
                    *change.cell,
                    nos[one.id],
                    change.stamp,
                    int(change.value.type),
                    change.value.number,
                    change.value.text,
                )
                for one in commits
                for change in one.changes
            ],
        )


async def measure(laptop: Path) -> dict[str, float]:
    """Milliseconds of what an officer waits for, the middle of a few, and the memory it takes."""
    figures: dict[str, float] = {}
    began = time.perf_counter()
    async with Desk.open(laptop, clock) as desk:
        figures["open ms"] = _since(began)
        ((figures["cells"],),) = await desk.ledger.database.rows("SELECT count(*) FROM version")
        for name, step in _steps(desk, await desk.catalogue()).items():
            took = []
            for _ in range(5):
                began = time.perf_counter()
                await step()
                took.append(_since(began))
            figures[f"{name} ms"] = sorted(took)[len(took) // 2]
            figures[f"{name}, the first time ms"] = took[0]
    figures["peak MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


def _steps(desk: Desk, catalogue: Catalogue) -> dict[str, Callable[[], Awaitable[object]]]:
    """What is measured, by name."""
    place, quarter, running = village(7), parse("2025Q3"), parse("2025Q4")
    yearly, quarterly = catalogue.forms["C101"], catalogue.forms["C201"]
    cell = Cell("value", quarter.text, "B001")
    others = iter(range(20, 1_000))

    async def entering() -> None:
        text = str(time.perf_counter_ns() % 1_000)
        await typed.enter(desk, place, running, "B001", text)

    return {
        "summary of all places": lambda: summary.summaries(desk),
        "status": lambda: status.status(desk),
        "place read into memory": lambda: book_of(desk.ledger, village(next(others))),
        "to do of a village": lambda: todo.to_do(desk, place),
        "sheet of a year": lambda: formsheet.form_sheet(desk, place, yearly, parse("2025")),
        "sheet of a quarter": lambda: formsheet.form_sheet(desk, place, quarterly, quarter),
        "checks of one cell": lambda: checking.judged(desk, place, quarter, ["B001"]),
        "checks of a form": lambda: checking.judged(desk, place, quarter, quarterly.items),
        "obstacles of a form": lambda: submission.obstacles(desk, place, quarterly, quarter),
        "keystroke kept": lambda: drafts.keep(desk, place, running.text, "B002", "12", ""),
        "cell recorded": entering,
        "history of a cell": lambda: history.past_of(desk, place, cell),
        "trends of a village": lambda: trend.trends(desk, place),
    }


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)


def main() -> None:
    """Makes what is to be measured, measures, prints, and writes JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "bench-office")
    parser.add_argument("--villages", type=int, default=300)
    parser.add_argument("--months", type=int, default=60)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    laptop = asyncio.run(prepare(chosen.folder, chosen.villages, chosen.months))
    figures = asyncio.run(measure(laptop))
    for name, figure in figures.items():
        sys.stdout.write(f"{name:36} {figure:,.2f}\n")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
