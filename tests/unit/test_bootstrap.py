"""The set-up: what it does again, and what it says where it can't go on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import bootstrap, lock


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The set-up as a person runs it, in English."""
    return subprocess.run(
        [sys.executable, bootstrap.__file__, *arguments],
        check=False,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "TIANJI_LANG": "en"},
    )


def test_an_unknown_command_gets_one_sentence_that_lists_the_known() -> None:
    """Exit code 2, nothing on standard output, no traceback."""
    done = run("tset")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: bootstrap.py followed by one of: setup demo test")
    assert done.stderr.count("\n") == 1


def test_a_second_set_up_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stamp that fits, no tool is looked for and none is run (D1, D3)."""
    stamp = tmp_path / "stamp"
    stamp.write_text(bootstrap._stamp(), "utf-8")
    monkeypatch.setattr(bootstrap, "STAMP", stamp)
    monkeypatch.setenv("PATH", "")

    assert bootstrap.main(["setup"]) == 0


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_other_versions_are_set_up_anew(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stamp changes with whatever decides the versions (D3)."""
    for kept in ("requirements.lock", "pyproject.toml"):
        shutil.copy(bootstrap.ROOT / kept, tmp_path)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    before = bootstrap._stamp()
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")

    assert bootstrap._stamp() != before


def test_a_step_that_fails_ends_in_one_sentence_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What to do comes first; all that the tool printed is kept in a file (D1)."""
    monkeypatch.setenv("TIANJI_LANG", "en")
    monkeypatch.setattr(bootstrap, "DETAIL", tmp_path / "detail.log")

    with pytest.raises(bootstrap.Stopped) as stopped:
        bootstrap._do([sys.executable, "-c", "print('try\\nno route'); raise SystemExit(1)"])

    assert "check the network" in str(stopped.value)
    assert str(stopped.value).endswith("It said: no route")
    assert (tmp_path / "detail.log").read_text("utf-8") == "try\nno route\n"


def test_constraints_are_replaced_and_nothing_else() -> None:
    """Writing the same versions again leaves pyproject.toml as it is, to the byte (D2)."""
    text = (bootstrap.ROOT / "pyproject.toml").read_text("utf-8")
    versions = lock.PINNED.findall((bootstrap.ROOT / "requirements.lock").read_text("utf-8"))

    assert len(versions) > len(bootstrap.LINT)
    assert lock.with_constraints(text, versions) == text
    assert lock.with_constraints(lock.with_constraints(text, []), versions) == text
