"""Importing values and getting them out again: what is wrong is listed, what is good goes in once."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from server import founding
from server.catalogue import shipped_files
from server.catalogue.keeping import import_pack
from server.exchange.export import export
from server.exchange.totals import totals
from server.exchange.values import ValuesImported, import_values
from server.places.importing import import_places
from server.rollup.folding import compare
from server.store import open_server
from sync.ledger.ledger import Ledger
from sync.problems import Problem
from sync.texts import LANGUAGES
from tests.integration.guangdong import AS_OF, PLACES, now

HEADING = "place_code,period,indicator,value,reason\n"
VILLAGE = "440100000001"


@asynccontextmanager
async def server(folder: Path) -> AsyncIterator[Ledger]:
    """A server with one town of six villages and Guangdong's catalogue."""
    await founding.found(folder, now, os.urandom)
    async with open_server(folder, now, check=False) as ledger:
        await import_places(ledger, io.BytesIO(PLACES.encode()), AS_OF)
        await import_pack(ledger, shipped_files())
        yield ledger


async def enter(ledger: Ledger, text: str, *, dry_run: bool = False) -> ValuesImported:
    """Imports a file's text."""
    return await import_values(ledger, io.BytesIO(text.encode()), author="录入员", dry_run=dry_run)


@pytest.mark.parametrize(
    "row, code",
    [
        ("999,2024,A001,1,", "row-place-unknown"),
        (f"{VILLAGE},2024,X999,1,", "indicator-unknown"),
        (f"{VILLAGE},24,A001,1,", "period-malformed"),
        (f"{VILLAGE},2024Q1,A001,1,", "row-period-kind"),
        (f"{VILLAGE},2025,A001,1,", "row-period-future"),
        (f"{VILLAGE},2024,A001,1.23456,", "quantity-too-fine"),
        (f"{VILLAGE},2024,A001,1000000000000.1,", "quantity-too-large"),
        (f"{VILLAGE},2024,A001,many,", "quantity-not-a-number"),
        (f"{VILLAGE},2024,D004,perhaps,", "row-flag-malformed"),
        (f"{VILLAGE},2024,A001,1,not_applicable", "row-value-and-reason"),
        (f"{VILLAGE},2024,A001,,", "row-value-missing"),
        (f"{VILLAGE},2024,A001,,tired", "reason-unknown"),
        (f"{VILLAGE},2024,A501,1,", "row-indicator-derived"),
        ("440103000000,2024,A001,1,", "row-level-wrong"),
        (f"{VILLAGE},2024,A001", "row-columns-wrong"),
    ],
)
async def test_a_faulty_row_is_named_and_the_others_go_in(
    tmp_path: Path, row: str, code: str
) -> None:
    """Its line and what is wrong, in three languages; the row after it is filed."""
    async with server(tmp_path / "s") as ledger:
        done = await enter(ledger, f"{HEADING}{row}\n{VILLAGE},2024,A002,7,\n")

        assert (done.rows, done.filed, done.errors_count) == (2, 1, 1)
        (error,) = done.errors
        assert (error.line, error.code) == (2, code)
        assert len({error.say(language) for language in LANGUAGES}) == len(LANGUAGES)


async def test_spreadsheets_files_are_read(tmp_path: Path) -> None:
    """A byte order mark, CRLF, quotes and spaces are no obstacle; nor is a heading without reasons."""
    text = f'\ufeffplace_code,period,indicator,value\r\n"{VILLAGE}", 2024 ,A001,"12.5"\r\n\r\n'
    async with server(tmp_path / "s") as ledger:
        assert (await enter(ledger, text))[:3] == (1, 1, 0)
        (row,) = await totals(ledger, "2024", indicators=["A001"])
        assert (row.value, row.reported, row.expected) == ("12.5", 1, 6)


@pytest.mark.parametrize(
    "data, code",
    [
        (b"code,period,indicator,value\n1,2,3,4\n", "values-header-wrong"),
        (b"", "values-header-wrong"),
        (HEADING.encode() + b"1,2024,A001,\xff\xfe\n", "values-not-utf8"),
        (HEADING.encode() + b'1,2024,A001,"5\n', "values-file-broken"),
        (HEADING.encode() + b"1" * 70_000 + b"\n", "values-file-broken"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_whole(
    tmp_path: Path, data: bytes, code: str
) -> None:
    """One sentence, and nothing is filed, not even the author."""
    async with server(tmp_path / "s") as ledger:
        before = await ledger.database.rows("SELECT count(*) FROM commits")
        with pytest.raises(Problem) as raised:
            await import_values(ledger, io.BytesIO(data), author="录入员")

        assert raised.value.code == code
        assert await ledger.database.rows("SELECT count(*) FROM commits") == before


async def test_the_same_file_again_files_nothing(tmp_path: Path) -> None:
    """What stands already is counted as unchanged; one corrected row is filed alone."""
    rows = [
        f"{VILLAGE},2024,A001,5,",
        f"{VILLAGE},2024,D004,是,",
        f"{VILLAGE},2024,A002,,below_unit",
    ]
    async with server(tmp_path / "s") as ledger:
        assert (await enter(ledger, HEADING + "\n".join(rows), dry_run=True)).filed == 3
        assert await ledger.database.rows("SELECT 1 FROM version WHERE kind = 'value'") == []
        assert (await enter(ledger, HEADING + "\n".join(rows)))[1:3] == (3, 0)
        commits = await ledger.database.rows("SELECT count(*) FROM commits")
        assert (await enter(ledger, HEADING + "\n".join(rows)))[1:3] == (0, 3)
        assert await ledger.database.rows("SELECT count(*) FROM commits") == commits

        rows[0] = f"{VILLAGE},2024,A001,6,"
        assert (await enter(ledger, HEADING + "\n".join(rows)))[1:3] == (1, 2)
        assert await compare(ledger) == (0, [])


async def test_a_cell_that_a_file_has_twice_is_taken_once(tmp_path: Path) -> None:
    """The first counts; one that says otherwise is an error, one that says the same is none."""
    rows = [f"{VILLAGE},2024,A001,{value}," for value in (5, 5, 6)]
    async with server(tmp_path / "s") as ledger:
        done = await enter(ledger, HEADING + "\n".join(rows))

        assert [(error.line, error.code) for error in done.errors] == [(4, "row-twice")]
        assert (done.filed, done.unchanged) == (1, 1)


async def test_listed_errors_are_bounded_and_all_are_counted(tmp_path: Path) -> None:
    """A thousand faulty rows give two hundred sentences and their number."""
    async with server(tmp_path / "s") as ledger:
        done = await enter(ledger, HEADING + f"{VILLAGE},2024,A001,x,\n" * 1_000)
        assert (len(done.errors), done.errors_count) == (200, 1_000)


async def test_values_come_back_from_their_export(tmp_path: Path) -> None:
    """The exported file imports as nothing new here, and as the same totals at another server."""
    rows = [f"44010000000{n},2024,A001,{n}.5," for n in range(1, 7)]
    rows += [f"{VILLAGE},2024,A002,,not_applicable", f"{VILLAGE},2023,A008,3,"]
    async with server(tmp_path / "one") as one, server(tmp_path / "two") as two:
        await enter(one, HEADING + "\n".join(rows))
        out = tmp_path / "values.csv"
        done = await export(one, "values", "csv", out)
        text = out.read_bytes()

        assert done.rows == len(rows)
        lines = text.splitlines(keepends=True)
        assert hashlib.sha256(b"".join(lines[:-1])).hexdigest() == done.sha256
        assert lines[-1].decode().strip() == f"#rows={done.rows},sha256={done.sha256}"
        assert (await enter(one, text.decode()))[1:3] == (0, len(rows))
        assert (await enter(two, text.decode()))[1:3] == (len(rows), 0)
        assert await totals(one, "2024") == await totals(two, "2024")


async def test_every_format_holds_the_same_rows(tmp_path: Path) -> None:
    """JSON lines say what totals say; a workbook is a whole file; changes name who and when."""
    async with server(tmp_path / "s") as ledger:
        await enter(ledger, f"{HEADING}{VILLAGE},2024,A001,-1.25,\n")
        lines = tmp_path / "totals.jsonl"
        done = await export(ledger, "totals", "jsonl", lines, period="2024", indicators=["A001"])
        first, last = map(json.loads, lines.read_text("utf-8").splitlines())
        assert (first["name"], first["value"], last["rows"]) == ("广东省", "-1.25", done.rows)

        book = tmp_path / "values.xlsx"
        assert (await export(ledger, "values", "xlsx", book)).rows == 1
        with zipfile.ZipFile(book) as parts:
            assert parts.testzip() is None

        changes = tmp_path / "changes.jsonl"
        await export(ledger, "changes", "jsonl", changes, place_code=VILLAGE, indicators=["A001"])
        row = json.loads(changes.read_text("utf-8").splitlines()[0])
        assert (row["author_name"], row["value"], row["place_code"]) == ("录入员", "-1.25", VILLAGE)


async def test_a_refused_export_leaves_no_file(tmp_path: Path) -> None:
    """An unknown place, format or thing, or no period: one sentence and nothing on the disk."""
    out = tmp_path / "out"
    async with server(tmp_path / "s") as ledger:
        for what, form, asked, code in [
            ("values", "csv", {"place_code": "1"}, "place-unknown"),
            ("values", "pdf", {}, "format-unknown"),
            ("secrets", "csv", {}, "export-unknown"),
            ("totals", "csv", {}, "export-period-missing"),
            ("totals", "csv", {"period": "2024", "level": "hamlet"}, "level-unknown"),
        ]:
            with pytest.raises(Problem) as raised:
                await export(ledger, what, form, out, **asked)  # type: ignore[arg-type]
            assert raised.value.code == code
    assert [entry.name for entry in tmp_path.iterdir()] == ["s"]
