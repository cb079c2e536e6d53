"""A village's laptops and a server, each a process of its own, through the real command line."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import signal
import sqlite3
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.processes import COMMAND, TOWN, environment, found, invite, serving, tianji

FORM_VALUES = {"B001": "20", "B002": "12.5", "B003": "0", "B004": "3", "B005": "4", "D002": "2"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's folder."""
    folder = tmp_path_factory.mktemp("office") / "server"
    found(folder)
    return folder


@pytest.fixture(scope="module")
def url(office: Path) -> Iterator[str]:
    """The address of the server that runs over it."""
    with serving(office) as address:
        yield address


@pytest.fixture
def laptop(office: Path, url: str, tmp_path: Path) -> Path:
    """A laptop of the village, enrolled and synced."""
    return enrolled(office, url, tmp_path / "laptop", "张三")


def enrolled(office: Path, url: str, folder: Path, person: str) -> Path:
    """One more laptop of the village."""
    code = invite(office, person=person)
    ran = tianji("field", "enrol", "--data", folder, "--server", url, "--code", code)
    assert ran.code == 0, ran
    return folder


def put(laptop: Path, period: str, indicator: str, value: str, *more: object) -> None:
    """Record a value that must be kept."""
    ran = tianji("field", "set", period, indicator, value, "--data", laptop, *more)
    assert ran.code == 0, ran


def line(laptop: Path, period: str, indicator: str) -> dict[str, object]:
    """What `show` says of one indicator."""
    lines = tianji("field", "show", period, "--data", laptop, "--json").json
    (found_line,) = [one for one in lines if one["indicator"] == indicator]
    assert isinstance(found_line, dict)
    return found_line


def test_a_value_is_on_the_disk_when_set_returns(laptop: Path) -> None:
    """Power may go the moment that the sentence is out: the process is killed then (F1, L1)."""
    arguments = ["field", "set", "2024Q1", "B001", "8.25", "--data", str(laptop)]
    with subprocess.Popen(
        [*COMMAND, *arguments], env=environment(), stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)

    assert said.startswith("Saved: B001")
    assert (line(laptop, "2024Q1", "B001")["value"]) == "8.25"


def test_a_value_goes_from_typed_to_receipted(laptop: Path) -> None:
    """`show` follows it: not sealed, then receipted, with last period's beside it."""
    put(laptop, "2023Q4", "B002", "7", "--note", "按账本")
    put(laptop, "2024Q1", "B002", "8")

    before = line(laptop, "2024Q1", "B002")
    assert (before["state"], before["last"]) == ("unsealed", "7")
    assert tianji("field", "status", "--data", laptop, "--json").json["pending"] == 3
    assert tianji("field", "sync", "--data", laptop).code == 0
    assert line(laptop, "2024Q1", "B002")["state"] == "receipted"
    assert line(laptop, "2023Q4", "B002")["note"] == "按账本"
    assert tianji("field", "status", "--data", laptop, "--json").json["pending"] == 0


def test_status_needs_no_network_and_keeps_its_keys(laptop: Path) -> None:
    """Programs read these names; the place and the server are told too (F5)."""
    document = tianji("field", "status", "--data", laptop, "--json").json

    assert {
        *("pending", "unreceipted", "receipted", "held", "parked", "conflicts"),
        *("last_contact", "server", "place", "person", "clock_warning"),
    } <= set(document)
    assert document["place"] == {"code": "445103101201", "name": "仙河村"}
    assert document["clock_warning"] is False


def test_two_laptops_that_differ_keep_both_values(office: Path, url: str, tmp_path: Path) -> None:
    """Each sees the other's with author, device and time; setting it anew settles it (F3)."""
    first = enrolled(office, url, tmp_path / "first", "张三")
    second = enrolled(office, url, tmp_path / "second", "李四")
    put(first, "2024Q2", "B003", "1")
    put(second, "2024Q2", "B003", "2")
    assert [tianji("field", "sync", "--data", one).code for one in (first, second, first)] == [
        0
    ] * 3

    for laptop in (first, second):
        shown = line(laptop, "2024Q2", "B003")
        assert shown["state"] == "conflict"
        versions = shown["versions"]
        assert isinstance(versions, list)
        assert {(one["value"], one["author"]) for one in versions} == {("1", "张三"), ("2", "李四")}
        (listed,) = tianji("field", "conflicts", "--data", laptop, "--json").json
        assert (listed["period"], listed["indicator"]) == ("2024Q2", "B003")
    put(first, "2024Q2", "B003", "3")
    assert [tianji("field", "sync", "--data", one).code for one in (first, second)] == [0, 0]
    assert tianji("field", "conflicts", "--data", second, "--json").json == []
    assert line(second, "2024Q2", "B003")["value"] == "3"


def test_a_refusal_ends_a_sync_with_one_and_drops_nothing(
    office: Path, url: str, tmp_path: Path
) -> None:
    """The officer's grant has ended meanwhile: the value is set aside here, with the reason."""
    laptop = enrolled(office, url, tmp_path / "laptop", "赵六")
    put(laptop, "2022Q2", "B005", "9")
    grants = tianji("server", "grant", "list", "--data", office, "--json").json
    (grant,) = [one["grant"] for one in grants if one["name"] == "赵六"]
    assert tianji("server", "grant", "end", grant, "--data", office).code == 0

    ran = tianji("field", "sync", "--data", laptop)
    assert ran.code == 1
    assert "refused 1" in ran.out
    (parked,) = tianji("field", "parked", "--data", laptop, "--json").json
    assert (parked["indicator"], parked["value"], parked["state"]) == ("B005", "9", "parked")
    assert "grant has ended" in parked["why"]["sentence"]


def test_a_wrong_or_used_code_enrols_nothing(office: Path, url: str, tmp_path: Path) -> None:
    """Each is a sentence of its own; the right code still works in the same folder (F7)."""
    code = invite(office)
    folders = tmp_path / "one", tmp_path / "two"
    other = ("B" if code[0] == "A" else "A") + code[1:]
    arguments = ["field", "enrol", "--server", url, "--code"]
    assert (
        "doesn't know this enrolment code"
        in tianji(*arguments, other, "--data", folders[0]).sentence
    )

    assert tianji(*arguments, code, "--data", folders[0]).code == 0
    assert "was used on another" in tianji(*arguments, code, "--data", folders[1]).sentence
    assert "is enrolled in" in tianji(*arguments, code, "--data", folders[0]).sentence


def test_a_form_is_handed_in_when_nothing_stands_in_its_way(laptop: Path) -> None:
    """What is missing and which sum is wrong is listed; the values stay as they are (F2)."""
    for code, value in FORM_VALUES.items():
        put(laptop, "2023Q2", code, value)

    refused = tianji("field", "submit", "C201", "2023Q2", "--data", laptop, "--json")
    assert (refused.code, refused.json["missing"]) == (1, ["B006"])
    put(laptop, "2023Q2", "B006", "-", "--reason", "nothing_this_period")
    put(laptop, "2023Q2", "B006", "0.1")
    refused = tianji("field", "submit", "C201", "2023Q2", "--data", laptop)
    assert refused.code == 1
    assert "R01" in refused.out
    assert "differ by 0.4" in refused.out
    put(laptop, "2023Q2", "B006", "0.5")
    put(laptop, "2023", "A008", "5")
    handed_in = tianji("field", "submit", "C201", "2023Q2", "--data", laptop)
    assert handed_in.code == 0, handed_in
    assert tianji("field", "status", "--data", laptop, "--json").json["pending"] == 0
    changed = tianji("field", "set", "2023Q2", "B006", "0.5", "--data", laptop)
    assert "handed in already" in changed.out
    withdrawn = tianji("field", "withdraw", "C201", "2023Q2", "--data", laptop)
    assert withdrawn.code == 0, withdrawn
    again = tianji("field", "withdraw", "C201", "2023Q2", "--data", laptop)
    assert again.code != 0
    assert "isn't handed in" in again.err
    assert tianji("field", "submit", "C201", "2023Q2", "--data", laptop).code == 0
    assert tianji("field", "status", "--data", laptop, "--json").json["returned"] == 0
    assert tianji("field", "sync", "--data", laptop).code == 0


def test_a_soft_finding_must_be_explained(laptop: Path) -> None:
    """A figure far from last year's is asked about once; its explanation lets the form go."""
    for year, households in (("2022", "100"), ("2023", "300")):
        put(laptop, year, "A001", households)
        put(laptop, year, "A003", "900")
    found_before = tianji("field", "set", "2023", "A001", "300", "--data", laptop, "--json").json
    soft = [one["check"] for one in found_before["findings"] if one["weight"] == "unexplained"]
    assert soft

    ran = tianji("field", "explain", soft[0], "2023", "两村合并", "--data", laptop)
    assert ran.code == 0, ran
    after = tianji("field", "set", "2023", "A001", "300", "--data", laptop, "--json").json
    weights = {one["check"]: one["weight"] for one in after["findings"]}
    assert weights[soft[0]] == "explained"


def test_an_export_is_readable_and_holds_no_private_key(laptop: Path, tmp_path: Path) -> None:
    """A zip of CSV and JSON with counts and checksums; the key is in it in no form (F4)."""
    put(laptop, "2022Q1", "B001", "1234.5", "--note", "备注")
    file = tmp_path / "out.zip"
    ran = tianji("field", "export", "--data", laptop, "-o", file, "--json")
    assert ran.code == 0, ran
    assert ran.json["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    with zipfile.ZipFile(file) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    rows = list(csv.DictReader(io.StringIO(contents["values.csv"].decode("utf-8-sig"))))
    (mine,) = [row for row in rows if (row["period"], row["indicator"]) == ("2022Q1", "B001")]
    assert (mine["value"], mine["note"], mine["state"]) == ("1234.5", "备注", "unsealed")
    for part in json.loads(contents["manifest.json"])["files"]:
        assert hashlib.sha256(contents[part["name"]]).hexdigest() == part["sha256"]
        assert part["rows"] > 0
    with sqlite3.connect(laptop / "tianji.db") as connection:
        (seed,) = connection.execute("SELECT value FROM secret WHERE name = 'device'").fetchone()
    connection.close()
    everything = b"".join(contents.values())
    assert seed not in everything
    assert seed.hex().encode() not in everything.lower()


def test_verify_proves_what_is_kept_and_finds_what_was_altered(laptop: Path) -> None:
    """A changed figure in the database is found, with exit code 1 (F4)."""
    put(laptop, "2022Q1", "B001", "7")
    assert tianji("field", "sync", "--data", laptop).code == 0
    good = tianji("field", "verify", "--data", laptop, "--json")
    assert (good.code, good.json["ok"]) == (0, True)
    assert {"ok", "commits", "cells", "fingerprint"} <= set(good.json)
    assert good.json["commits"] > 0

    with sqlite3.connect(laptop / "tianji.db") as connection:
        connection.execute("UPDATE version SET number = number + 1 WHERE kind = 'value'")
    connection.close()
    bad = tianji("field", "verify", "--data", laptop)
    assert bad.code == 1
    assert "B001" in bad.out


def test_a_laptop_of_a_town_files_for_its_villages(office: Path, url: str, tmp_path: Path) -> None:
    """`--place` names another place below its own; one elsewhere is refused in a sentence."""
    folder, code = tmp_path / "town", invite(office, TOWN, "王五")
    assert tianji("field", "enrol", "--data", folder, "--server", url, "--code", code).code == 0
    put(folder, "2024Q3", "B004", "6", "--place", "445103101202")
    assert tianji("field", "sync", "--data", folder).code == 0

    shown = tianji("field", "show", "2024Q3", "--data", folder, "--place", "445103101202", "--json")
    assert [one["value"] for one in shown.json if one["indicator"] == "B004"] == ["6"]
    refused = tianji("field", "set", "2024Q3", "B004", "6", "--data", folder)
    assert "filed by the level village" in refused.sentence
