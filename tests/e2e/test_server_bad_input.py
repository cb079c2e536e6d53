"""Whatever is wrong is said in one sentence with exit code 2, and the data stays as it was."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import zipfile
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from tests.e2e.processes import COMMAND, Ran, environment, found, invite, serving, tianji

CASES = {
    "unknown-place": ("device invite --place 999", "no place with the code '999'"),
    "unknown-level": ("totals --period 2024 --level shire", "'shire'"),
    "unknown-indicator": ("totals --period 2024 --indicator Z9", "'Z9'"),
    "malformed-period": ("totals --period 2024Q5", "'2024Q5'"),
    "findings-unknown-place": ("findings --place 999 --check", "no place with the code '999'"),
    "findings-period": ("findings --period 2024Q5 --check", "'2024Q5'"),
    "unknown-tree": ("totals --period 2024 --tree oak", "--tree"),
    "malformed-date": ("places import {places} --as-of 2023-6-31", "'2023-6-31'"),
    "older-date": ("places import {places} --as-of 1999-01-01", "1999-01-01"),
    "malformed-levels": ("places import {places} --levels ,", "levels"),
    "missing-file": ("places import {folder}/none.csv", "none.csv"),
    "pack-unknown": ("catalogue import atlantis", "no pack 'atlantis'"),
    "pack-is-no-zip": ("catalogue import {text}", "is not a pack"),
    "pack-is-cut": ("catalogue import {cut}", "is not a pack"),
    "pack-is-empty": ("catalogue import {empty}", "pack.toml"),
    "pack-is-a-bomb": ("catalogue import {bomb}", "split it"),
    "values-without-heading": ("values import {text}", "place_code"),
    "values-not-text": ("values import {binary}", "UTF-8"),
    "values-author": ("values import {values} --author {long}", "200"),
    "export-without-period": ("export totals --format csv -o {folder}/x.csv", "period"),
    "export-format": ("export values --format pdf -o {folder}/x.pdf", "--format"),
    "export-nowhere": ("export values --format csv -o {text}/x.csv", "x.csv"),
    "person-unknown": ("user reset nobody", "'nobody'"),
    "login-malformed": ("user add 张三 --login !", "'!'"),
    "login-without-role": ("user add 张三 --login zhang --place 445103101000", "--role"),
    "name-malformed": ("user add {long} --login zhang", "200"),
    "grant-unknown": ("grant end ffffffffff", "'ffffffffff'"),
    "grant-past": (
        "grant add 管理员 --role enter --place 445103101000 --until 2020-01-01",
        "2020-01-01",
    ),
    "grant-of-the-server": ("grant end {grant}", "first administrator's name"),
    "administrator-disabled": ("user disable 管理员", "first administrator's name"),
    "device-unknown": ("device revoke ffffffffff", "'ffffffffff'"),
    "device-ambiguous": ("device revoke ''", "device"),
    "device-is-server": ("device revoke {device}", "server itself"),
    "backup-exists": ("backup -o {text}", "is there already"),
    "restore-over": ("restore {text}", "is a server in"),
    "restore-text": ("restore {text} --replace", "no backup"),
    "restore-missing": ("restore {folder}/none --replace", "no backup file"),
    "init-again": ("init", "is a server in"),
    "port-impossible": ("run --port 99999", "--port"),
    "port-no-number": ("run --port http", "--port"),
    "host-elsewhere": ("run --port 0 --host 203.0.113.9", "203.0.113.9"),
    "settings-broken": ("run --config {text}", "places.txt"),
    "settings-missing": ("run --config {folder}/none.toml", "none.toml"),
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's folder."""
    folder: Path = tmp_path_factory.mktemp("office") / "server"
    found(folder)
    return folder


@pytest.fixture(scope="module")
def material(office: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Files that are no good, and names that are not to be touched."""
    folder: Path = tmp_path_factory.mktemp("material")
    (folder / "places.txt").write_text("code;name\n1;one\n", "utf-8")
    (folder / "binary.csv").write_bytes(
        b"place_code,period,indicator,value\n\xff\xfe,2024,B001,1\n"
    )
    (folder / "values.csv").write_text(
        "place_code,period,indicator,value\n445103101201,2023Q1,B001,1\n", "utf-8"
    )
    (folder / "places.csv").write_text(
        "code,name,level,parent_code\n44,广东省,province,\n", "utf-8"
    )
    (folder / "empty").mkdir()
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pack.toml", b" " * 2**25)
    (folder / "cut.zip").write_bytes((folder / "bomb.zip").read_bytes()[:200])
    device = tianji("server", "device", "list", "--json", "--data", office).json[0]["device"]
    grant = tianji("server", "grant", "list", "--json", "--data", office).json[0]["grant"]
    return {
        "folder": str(folder),
        "text": str(folder / "places.txt"),
        "binary": str(folder / "binary.csv"),
        "values": str(folder / "values.csv"),
        "places": str(folder / "places.csv"),
        "empty": str(folder / "empty"),
        "bomb": str(folder / "bomb.zip"),
        "cut": str(folder / "cut.zip"),
        "long": "长" * 201,
        "device": device,
        "grant": grant,
    }


def fingerprint(folder: Path) -> dict[str, str]:
    """What is in a folder, byte by byte, but for the lock that says who runs."""
    return {
        file.name: sha256(file.read_bytes()).hexdigest()
        for file in folder.iterdir()
        if file.name != "server.lock"
    }


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_said_in_one_sentence(
    case: str, office: Path, material: dict[str, str]
) -> None:
    """It names what is wrong; not a byte of the data differs afterwards (S6)."""
    line, words = CASES[case]
    arguments = [part.format(**material).strip("'") for part in line.split()]
    before = fingerprint(office)
    ran = tianji("server", *arguments, "--data", office)

    assert ran.code == 2, ran
    assert words in ran.sentence
    assert fingerprint(office) == before


def test_faulty_rows_of_places_are_each_named(office: Path, tmp_path: Path) -> None:
    """A line for each faulty row, the sentence last; nothing goes in."""
    file = tmp_path / "places.csv"
    rows = ("44,广东省,province,", "4401,广州市,city,45", "44,again,province,", "4402,x,moon,44")
    file.write_text("\n".join(("code,name,level,parent_code", *rows)), "utf-8")
    before = fingerprint(office)
    ran = tianji("server", "places", "import", file, "--as-of", "2030-01-01", "--data", office)
    *faults, sentence = ran.err.splitlines()

    assert (ran.code, ran.out) == (2, "")
    assert [row for row in (3, 4, 5) if not any(str(row) in fault for fault in faults)] == []
    assert "nothing of it was taken in" in sentence
    assert fingerprint(office) == before


def damaged(folder: Path, how: str) -> None:
    """Makes a folder that looks like a server's and isn't a good one."""
    file = folder / "tianji.db"
    if how == "text":
        file.write_text("no database at all, but long enough to be read as the head of one" * 20)
    elif how == "foreign":
        file.unlink()
        with closing(sqlite3.connect(file)) as database, database:
            database.execute("CREATE TABLE song (name TEXT)")
    elif how == "newer":
        with closing(sqlite3.connect(file)) as database, database:
            database.execute("INSERT INTO migration VALUES ('server/9999_later.sql', '')")
    elif how == "missing":
        file.unlink()
    else:
        file.write_bytes(b"")


@pytest.mark.parametrize(
    "how,words",
    [
        ("text", "is damaged"),
        ("foreign", "is not a Tianji data file"),
        ("newer", "another version"),
        ("missing", "no Tianji data"),
        ("empty", "no Tianji data"),
    ],
)
@pytest.mark.parametrize("command", ["run --port 0", "totals --period 2024", "verify"])
def test_a_folder_that_is_no_servers_is_left_as_it_was(
    office: Path, tmp_path: Path, how: str, words: str, command: str
) -> None:
    """Whether it is another program's, another version's, or no database."""
    folder = tmp_path / "copy"
    shutil.copytree(office, folder)
    damaged(folder, how)
    before = fingerprint(folder)
    ran = tianji("server", *command.split(), "--data", folder)

    assert ran.code == 2, ran
    assert words in ran.sentence
    assert fingerprint(folder) == before


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv (package util-linux)")
@pytest.mark.parametrize("command", ["init", "run --port 0", "device list", "restore {backup}"])
def test_a_read_only_folder_is_told(office: Path, tmp_path: Path, command: str) -> None:
    """The sentence names what can't be written; the administrator of the machine is no exception."""
    folder = tmp_path / "sealed"
    folder.mkdir()
    backup = tmp_path / "backup"
    if not command.startswith(("init", "restore")):
        shutil.copytree(office, folder, dirs_exist_ok=True)
    if "backup" in command:
        assert tianji("server", "backup", "-o", backup, "--data", office).code == 0
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    before = fingerprint(folder)
    ran = without_privilege("server", *command.format(backup=backup).split(), "--data", folder)
    folder.chmod(0o755)

    assert ran.code == 2, ran
    assert str(folder) in ran.sentence
    assert fingerprint(folder) == before


def without_privilege(*arguments: object) -> Ran:
    """Runs the command line bound to the rights of files even where the tests are root's."""
    dropped = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
    prefix = dropped if os.geteuid() == 0 else []
    done = subprocess.run(
        [*prefix, *COMMAND, *map(str, arguments)],
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def test_a_wrong_or_used_code_enrols_nobody(office: Path, tmp_path: Path) -> None:
    """The server's sentence reaches whoever typed it."""
    code = invite(office)
    with serving(office) as url:
        for number, (typed, words) in enumerate(
            [
                ("ABC", "24 letters"),
                ("A" * 16 + code.replace("-", "")[16:], "doesn't know this enrolment code"),
                (code, ""),
                (code, "was used on another device"),
            ]
        ):
            arguments = ["--data", tmp_path / str(number), "--server", url, "--code", typed]
            ran = tianji("field", "enrol", *arguments)
            assert ran.code == (2 if words else 0), ran
            assert words in ran.err
