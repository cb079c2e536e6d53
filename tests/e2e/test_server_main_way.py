"""The main way through a server's life, each step a process of the real command line."""

from __future__ import annotations

import gzip
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.places.shipped import AS_OF, content
from sync.wire import MEDIA_TYPE
from tests.e2e.processes import COMMAND, environment, found, serving, tianji

VILLAGE = "445103101201"
TOWN = "445103101000"
COUNTY = "445103000000"
PLACES = f"""code,name,level,parent_code
{COUNTY},潮安区,county,
{TOWN},磷溪镇,town,{COUNTY}
{VILLAGE},仙河村,village,{TOWN}
445103101202,溪口村,village,{TOWN}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A server's folder with a county of two villages and Guangdong's catalogue."""
    folder: Path = tmp_path_factory.mktemp("office") / "server"
    secrets: dict[str, str] = tianji("server", "init", "--data", folder, "--json").json
    file = folder.parent / "places.csv"
    file.write_text(PLACES, "utf-8")
    arguments = ["--as-of", "2023-06-30", "--levels", "county,town,village", "--data", folder]
    done = tianji("server", "places", "import", file, *arguments, "--json")
    assert done.json["changes"]["village"]["added"] == 2
    done = tianji("server", "catalogue", "import", "guangdong", "--data", folder, "--json")
    assert (done.code, done.json["filed"] > 190) == (0, True)
    return folder, secrets


@pytest.fixture(scope="module")
def address(made: tuple[Path, dict[str, str]]) -> Iterator[str]:
    """That server, running."""
    with serving(made[0]) as url:
        yield url


def invited(folder: Path) -> str:
    """A new enrolment code for the village."""
    arguments = ["server", "device", "invite", "--place", VILLAGE, "--data", folder, "--json"]
    code: str = tianji(*arguments).json["code"]
    return code


def enrolled(folder: Path, url: str, laptop: Path) -> Path:
    """A laptop of the village."""
    code = invited(folder)
    ran = tianji("field", "enrol", "--data", laptop, "--server", url, "--code", code)
    assert ran.code == 0, ran
    return laptop


def asked(url: str, token: str) -> httpx.Response:
    """What the API answers."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(trust_env=False, headers=headers) as client:
        return client.get(url)


def test_guangdongs_places_of_two_years_go_in_as_two_dates(tmp_path: Path) -> None:
    """The second year's changes are told beforehand, by level and kind, and then filed as told."""
    assert tianji("server", "init", "--data", tmp_path).code == 0
    for year, day in AS_OF.items():
        file = tmp_path / f"{year}.csv"
        file.write_bytes(gzip.decompress(content(year)))
        arguments = ["server", "places", "import", file, "--as-of", day, "--data", tmp_path]
        ahead = tianji(*arguments, "--dry-run", "--json").json["changes"]
        done = tianji(*arguments, "--json")
        assert (done.code, done.json["changes"]) == (0, ahead), year

    assert {kind: ahead["town"][kind] for kind in ("recoded", "abolished", "renamed")} == {
        "recoded": 46,
        "abolished": 2,
        "renamed": 9,
    }


def test_a_value_goes_from_a_laptop_to_the_countys_total(
    made: tuple[Path, dict[str, str]], address: str, tmp_path: Path
) -> None:
    """Recorded on a laptop, synced over HTTP, it stands in the totals of the command and the API."""
    folder, secrets = made
    laptop = enrolled(folder, address, tmp_path / "laptop")
    assert tianji("field", "set", "2024Q3", "B001", "12.5", "--data", laptop).code == 0
    assert tianji("field", "sync", "--data", laptop).code == 0
    for code in (VILLAGE, TOWN, COUNTY):
        arguments = ["--period", "2024Q3", "--indicator", "B001", "--place", code]
        (row,) = tianji("server", "totals", *arguments, "--json", "--data", folder).json
        assert (row["code"], row["value"], row["reported"]) == (code, "12.5", 1)
        assert row["expected"] >= 1
        where = f"{address}/api/v1/totals?period=2024Q3&indicator=B001&place={code}"
        assert asked(where, secrets["api_token"]).json() == [row]


def test_totals_need_the_token_and_a_renewed_one_ends_the_old(tmp_path: Path) -> None:
    """The old token works until the new one is made, at once and without a restart."""
    old = tianji("server", "init", "--data", tmp_path, "--json").json["api_token"]
    with serving(tmp_path) as url:
        where = f"{url}/api/v1/totals?period=2024Q3"
        assert asked(where, old).status_code == 200
        new = tianji("server", "token", "--data", tmp_path, "--json").json["api_token"]
        assert (asked(where, old).status_code, asked(where, new).status_code) == (401, 200)


def test_a_backup_is_made_while_the_server_runs_and_restores_to_the_same(
    made: tuple[Path, dict[str, str]], address: str, tmp_path: Path
) -> None:
    """Both verify, with one fingerprint; a server is never overwritten, at most put aside (S8)."""
    folder, _ = made
    laptop = enrolled(folder, address, tmp_path / "laptop")
    assert tianji("field", "set", "2024Q1", "B001", "3", "--data", laptop).code == 0
    assert tianji("field", "sync", "--data", laptop).code == 0
    before = tianji("server", "verify", "--json", "--data", folder)
    assert (before.code, before.json["ok"]) == (0, True)
    file, other = tmp_path / "backup", tmp_path / "restored"
    assert tianji("server", "backup", "-o", file, "--data", folder).code == 0
    assert tianji("server", "restore", file, "--data", other).code == 0
    assert tianji("server", "restore", file, "--data", other).code == 2
    assert tianji("server", "restore", file, "--replace", "--data", folder).code == 2
    again = tianji("server", "restore", file, "--replace", "--data", other, "--json").json
    assert Path(again["replaced"]).is_file()
    after = tianji("server", "verify", "--json", "--data", other)

    assert (after.code, after.json["ok"]) == (0, True)
    for name in ("commits", "cells", "fingerprint"):
        assert after.json[name] == before.json[name]


def test_a_change_behind_the_ledgers_back_is_found(
    made: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    """Verify says what differs and exits with 1."""
    file = tmp_path / "backup"
    assert tianji("server", "backup", "-o", file, "--data", made[0]).code == 0
    assert tianji("server", "restore", file, "--data", tmp_path / "other").code == 0
    with closing(sqlite3.connect(tmp_path / "other" / "tianji.db")) as database, database:
        database.execute("UPDATE version SET text = 'x' WHERE kind = 'place' AND field = 'name'")
    ran = tianji("server", "verify", "--json", "--data", tmp_path / "other")

    assert (ran.code, ran.json["ok"]) == (1, False)
    assert ran.json["differences"]


def test_values_come_in_from_a_file_and_faulty_rows_are_named(
    made: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    """Good rows go in once however often the file is taken in; the exit code tells of faulty ones."""
    folder, _ = made
    file = tmp_path / "values.csv"
    file.write_text(
        f"place_code,period,indicator,value\n{VILLAGE},2023Q1,B001,4.25\n999,2023Q1,B001,1\n",
        "utf-8",
    )
    arguments = ["server", "values", "import", file, "--json", "--data", folder]
    ahead, first, second = tianji(*arguments, "--dry-run"), tianji(*arguments), tianji(*arguments)
    assert [ran.code for ran in (ahead, first, second)] == [1, 1, 1]
    assert [(ran.json["filed"], ran.json["unchanged"]) for ran in (ahead, first, second)] == [
        (1, 0),
        (1, 0),
        (0, 1),
    ]
    assert [error["line"] for error in second.json["errors"]] == [3]
    out = tmp_path / "out.csv"
    export = ["server", "export", "values", "--period", "2023Q1", "--format", "csv", "-o", out]
    told = tianji(*export, "--json", "--data", folder).json
    lines = out.read_text("utf-8").splitlines()
    assert (told["rows"], lines[1]) == (1, f"{VILLAGE},2023Q1,B001,4.25,")
    assert told["sha256"] in lines[-1]


def test_findings_are_listed_once_the_checks_that_are_due_have_run(tmp_path: Path) -> None:
    """A server that isn't running says how many places wait, and `--check` leaves none."""
    found(tmp_path / "server")
    at = ["--data", tmp_path / "server"]
    file = tmp_path / "values.csv"
    rows = f"{VILLAGE},2023,A002,10\n{VILLAGE},2023,C002,12\n"
    file.write_text(f"place_code,period,indicator,value\n{rows}", "utf-8")
    assert tianji("server", "values", "import", file, *at).code == 0
    before = tianji("server", "findings", "--json", *at).json
    assert "Nothing was found so far" in tianji("server", "findings", *at).out
    after = tianji("server", "findings", "--check", "--place", TOWN, "--json", *at).json

    assert (before["findings"], before["waiting"], after["waiting"]) == ([], 1, 0)
    assert {one["code"] for one in after["findings"]} == {VILLAGE}
    assert "All that was filed has been checked." in tianji("server", "findings", *at).out


def test_a_revoked_device_is_refused_while_the_server_runs(
    made: tuple[Path, dict[str, str]], address: str, tmp_path: Path
) -> None:
    """A revocation by the command line holds for the next sync, and the laptop keeps its value."""
    folder, _ = made
    before = {one["device"] for one in listed(folder)}
    laptop = enrolled(folder, address, tmp_path / "laptop")
    (device,) = {one["device"] for one in listed(folder)} - before
    assert tianji("server", "device", "revoke", device[:10], "--data", folder).code == 0
    assert tianji("field", "set", "2024Q2", "B001", "7", "--data", laptop).code == 0

    assert tianji("field", "sync", "--data", laptop).code != 0
    assert {one["device"]: one["revoked"] for one in listed(folder)}[device] is True
    arguments = ["--period", "2024Q2", "--indicator", "B001", "--place", VILLAGE, "--json"]
    (row,) = tianji("server", "totals", *arguments, "--data", folder).json
    assert (row["value"], row["reported"]) == (None, 0)


def listed(folder: Path) -> list[dict[str, Any]]:
    """The devices that the server knows."""
    devices: list[dict[str, Any]] = tianji(
        "server", "device", "list", "--data", folder, "--json"
    ).json
    return devices


def test_two_servers_on_one_folder_are_refused(
    made: tuple[Path, dict[str, str]], address: str
) -> None:
    """The second is told so in one sentence; other commands go on (S5)."""
    folder, _ = made
    ran = tianji("server", "run", "--data", folder, "--port", "0")

    assert ran.code == 2
    assert "is running already" in ran.sentence


def test_a_port_in_use_is_told_and_another_offered(address: str, tmp_path: Path) -> None:
    """The sentence names the port and the option that changes it."""
    assert tianji("server", "init", "--data", tmp_path / "other").code == 0
    port = address.rpartition(":")[2]
    ran = tianji("server", "run", "--data", tmp_path / "other", "--port", port)

    assert ran.code == 2
    assert f"Port {port}" in ran.sentence
    assert "--port" in ran.sentence


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
def test_sigterm_ends_a_server_in_good_order(tmp_path: Path) -> None:
    """It says that it stopped, exits with 0, and the folder can be served again (S7)."""
    assert tianji("server", "init", "--data", tmp_path).code == 0
    arguments = [*COMMAND, "server", "run", "--data", str(tmp_path), "--port", "0"]
    for _ in range(2):
        with subprocess.Popen(
            arguments, env=environment(), stdout=subprocess.PIPE, encoding="utf-8"
        ) as process:
            assert process.stdout is not None
            assert "http://127.0.0.1:" in process.stdout.readline()
            process.terminate()
            assert (process.wait(30), process.stdout.read()) == (0, "The server has stopped.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
def test_a_request_under_way_is_finished_when_the_server_is_told_to_stop(tmp_path: Path) -> None:
    """Its body comes after SIGTERM, and it is answered before the server ends (S7)."""
    assert tianji("server", "init", "--data", tmp_path).code == 0
    arguments = [*COMMAND, "server", "run", "--data", str(tmp_path), "--port", "0"]
    head = "POST /sync/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    with subprocess.Popen(
        arguments, env=environment(), stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        port = process.stdout.readline().partition("127.0.0.1:")[2].split()[0]
        with socket.create_connection(("127.0.0.1", int(port)), 30) as line:
            line.sendall(head.encode())
            assert line.recv(4096).startswith(b"HTTP/1.1 100")
            process.terminate()
            line.sendall(b"abc")
            with line.makefile("rb") as answer:
                whole = answer.read()

        assert whole.startswith(b"HTTP/1.1 200")
        assert MEDIA_TYPE.encode() in whole
        assert process.wait(30) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps rights otherwise")
def test_keys_are_for_their_owner_alone(made: tuple[Path, dict[str, str]]) -> None:
    """The database, which holds the server's key, can be read by nobody else."""
    mode = (made[0] / "tianji.db").stat().st_mode

    assert stat.S_IMODE(mode) == 0o600


def test_what_init_shows_once_is_nowhere_in_the_folder(
    made: tuple[Path, dict[str, str]],
) -> None:
    """Neither the root key nor the password nor the token is kept as it was shown (S4)."""
    folder, secrets = made
    kept = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())

    assert bytes.fromhex(secrets["root_key"]) not in kept
    for name in ("root_key", "password", "api_token"):
        assert secrets[name].encode() not in kept


def test_people_and_grants_are_kept_by_commands(made: tuple[Path, dict[str, str]]) -> None:
    """A person is added, given a grant for a time, disabled and enabled, and the lists say so."""
    folder, _ = made
    at = ["--data", folder]
    added = tianji("server", "user", "add", "李四", "--login", "LiSi", *at, "--json").json
    assert tianji("server", "user", "add", "别人", "--login", "lisi", *at).code == 2
    given = ["--role", "review_town", "--place", TOWN, "--until", "2099-12-31"]
    grant = tianji("server", "grant", "add", "lisi", *given, *at, "--json").json["grant"]
    assert tianji("server", "user", "disable", "李四", *at).code == 0
    (known,) = [one for one in users(folder) if one["login"] == "lisi"]
    assert (known["disabled"], known["grants"]) == (True, [f"review_town@{TOWN}"])
    assert tianji("server", "user", "enable", added["person"][:12], *at).code == 0
    assert tianji("server", "grant", "end", grant[:12], *at).code == 0
    (known,) = [one for one in users(folder) if one["login"] == "lisi"]
    assert (known["disabled"], known["grants"]) == (False, [])
    reset = tianji("server", "user", "reset", "lisi", *at, "--json").json
    assert reset["password"] != added["password"]


def users(folder: Path) -> list[dict[str, Any]]:
    """The people whom the server knows."""
    people: list[dict[str, Any]] = tianji("server", "user", "list", "--data", folder, "--json").json
    return people
