"""An export is read and proved here without any of Tianji's own reading code."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from field_client.desk import Desk
from field_client.exporting import export
from sync.problems import Problem
from sync.texts import LANGUAGES
from sync.value import Cell, quantity_value, text_value
from tests.unit.field_office import CODE, Office, office_in


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A server with one village."""
    async with office_in(tmp_path) as made:
        yield made


async def put(desk: Desk, field: str, number: int) -> None:
    """Record a whole number for the third quarter."""
    cell = Cell("value", "2024Q3", field)
    await desk.record(desk.place, [(cell, quantity_value(number * 10_000))])


def table(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))


def lines(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    """The documents of a file of JSON lines."""
    return [json.loads(line) for line in archive.read(name).decode().splitlines()]


def hashed(purpose: str, content: bytes) -> bytes:
    """A commit's id as the documents say that it is made."""
    plain = b"tianji\0" + purpose.encode() + b"\0" + len(content).to_bytes(8, "big") + content
    return hashlib.sha256(plain).digest()


async def test_both_sides_of_a_conflict_and_a_refused_value_are_in_it(
    office: Office, tmp_path: Path
) -> None:
    """Nothing that was typed is left out, whatever became of it (F4)."""
    async with office.desk("张三") as one, office.desk("李四") as two:
        await put(one, "B001", 1)
        await put(two, "B001", 2)
        for desk in (one, two):
            assert (await office.sync(desk)).complete
        await office.end_grant(two)
        await put(two, "B002", 3)
        assert (await office.sync(two)).refused == 1
        await put(two, "B003", 4)
        await two.record(two.place, [(Cell("note", "2024Q3", "B003"), text_value("待核"))])
        found = await export(two, tmp_path / "out.zip")

    assert found.sha256 == hashlib.sha256((tmp_path / "out.zip").read_bytes()).hexdigest()
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        values = {row["indicator"]: row for row in table(archive, "values.csv")}
        versions = [row for row in table(archive, "versions.csv") if row["field"] == "B001"]
        commits = lines(archive, "commits.jsonl")
        readme = archive.read("README.txt").decode("utf-8-sig")
    assert {(row["value"], row["author"]) for row in versions} == {("1", "张三"), ("2", "李四")}
    assert values["B001"]["state"] == "conflict"
    assert (values["B003"]["state"], values["B003"]["note"]) == ("unsealed", "待核")
    assert values["B003"]["place_code"] == CODE
    (parked,) = [one for one in commits if one["state"] == "parked"]
    assert parked["why"] == "grant-ended"
    assert [change["value"] for change in parked["changes"]] == ["3"]
    assert readme.count("values.csv") == len(LANGUAGES)


async def test_every_commit_can_be_proved_from_the_export_alone(
    office: Office, tmp_path: Path
) -> None:
    """Its id is the hash of its bytes, and its device's public key is there too (F4)."""
    async with office.desk("张三") as desk:
        await put(desk, "B001", 1)
        await office.sync(desk)
        await export(desk, tmp_path / "out.zip")

    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        keys = {row["id"]: bytes.fromhex(row["key"]) for row in table(archive, "devices.csv")}
        realm = bytes.fromhex(json.loads(archive.read("manifest.json"))["realm"])
        commits = lines(archive, "commits.jsonl")
    assert commits
    for commit in commits:
        name = hashed("commit", base64.b64decode(commit["body_base64"]))
        assert name.hex() == commit["id"]
        key = Ed25519PublicKey.from_public_bytes(keys[commit["device"]])
        key.verify(bytes.fromhex(commit["signature"]), b"tianji\0commit\0" + realm + name)


async def test_an_export_replaces_an_export_and_nothing_else(
    office: Office, tmp_path: Path
) -> None:
    """A letter of the same name stays, and so does the laptop's own data (F7)."""
    file = tmp_path / "out.zip"
    async with office.desk("张三") as desk:
        first = await export(desk, file)
        await put(desk, "B001", 1)
        assert (await export(desk, file)).rows > first.rows
        file.write_text("a letter")
        with pytest.raises(Problem, match="field-export-other"):
            await export(desk, file)
        with pytest.raises(Problem, match="field-export-inside"):
            await export(desk, desk.ledger.database.path.parent / "new.zip")
    assert file.read_text() == "a letter"
    assert not list(tmp_path.glob("*.part"))
