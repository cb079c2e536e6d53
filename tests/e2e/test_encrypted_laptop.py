"""A laptop whose database is encrypted at rest, by real processes: all of it works, and nothing leaks."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.processes import COMMAND, Ran, environment, found, invite, serving, tianji

PASSPHRASE = "five green water buffaloes"
NUMBER = "7316428"


def with_passphrase(*arguments: object, passphrase: str = PASSPHRASE) -> Ran:
    """Run `tianji ARGUMENTS…` with a passphrase in the environment."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        env={**environment(), "TIANJI_PASSPHRASE": passphrase},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An enrolled laptop with a value that isn't sent, whose server is gone again."""
    folder = tmp_path_factory.mktemp("plain")
    found(folder / "server")
    with serving(folder / "server") as address:
        code = invite(folder / "server")
        laptop = folder / "laptop"
        assert (
            tianji("field", "enrol", "--data", laptop, "--server", address, "--code", code).code
            == 0
        )
    assert tianji("field", "set", "2024", "A001", NUMBER, "--data", laptop).code == 0
    return laptop


@pytest.fixture
def laptop(plain: Path, tmp_path: Path) -> Path:
    """An own copy of it, encrypted."""
    folder = Path(shutil.copytree(plain, tmp_path / "laptop"))
    assert with_passphrase("field", "encrypt", "--data", folder).code == 0
    return folder


def test_nothing_readable_is_left_in_the_folder(laptop: Path) -> None:
    """Neither the place's name nor a table's stands in any file, and the open key is gone (F90)."""
    content = b"".join(file.read_bytes() for file in laptop.rglob("*") if file.is_file())

    assert "仙河村".encode() not in content
    assert b"CREATE TABLE" not in content
    assert not (laptop / "identity.json").exists()


def test_all_goes_on_with_the_passphrase(laptop: Path) -> None:
    """What was recorded is there, more can be recorded, and the ledger verifies (F90)."""
    again = with_passphrase("field", "set", "2023", "A001", "12", "--data", laptop)
    shown = with_passphrase("field", "show", "--data", laptop, "--json")
    verified = with_passphrase("field", "verify", "--data", laptop, "--json")

    assert again.code == 0
    assert {line["value"] for line in shown.json} == {NUMBER, "12"}
    assert verified.json["ok"] is True


@pytest.mark.parametrize("passphrase", ["wrong and long enough", ""])
def test_without_the_passphrase_there_is_one_sentence(laptop: Path, passphrase: str) -> None:
    """A wrong one and none at all change nothing (F90)."""
    before = (laptop / "tianji.db").read_bytes()
    refused = with_passphrase("field", "status", "--data", laptop, passphrase=passphrase)

    assert refused.code == 2
    assert "passphrase" in refused.sentence
    assert (laptop / "tianji.db").read_bytes() == before


def test_it_can_be_made_plain_again(laptop: Path) -> None:
    """Decrypted, it opens without a passphrase and holds the same (F90)."""
    done = with_passphrase("field", "decrypt", "--data", laptop)
    shown = tianji("field", "show", "--data", laptop, "--json")

    assert done.code == 0
    assert [line["value"] for line in shown.json] == [NUMBER]


def test_a_short_passphrase_encrypts_nothing(plain: Path, tmp_path: Path) -> None:
    """The sentence says how long it must be; the file stays as it is."""
    folder = Path(shutil.copytree(plain, tmp_path / "laptop"))
    refused = with_passphrase("field", "encrypt", "--data", folder, passphrase="short")

    assert refused.code == 2
    assert (folder / "tianji.db").read_bytes().startswith(b"SQLite format 3")
