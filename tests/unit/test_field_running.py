"""Which process a command turns to: the one that left a whole note of ours, and no other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from field_client.running import LOCK, NOTE, Running, alone, announced
from sync.ledger.ledger import FILE_NAME as DATABASE
from sync.ledger.lock import tried
from sync.problems import Problem

RUNNING = Running(8471, 7, "ab12")


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A laptop's folder that another process has; a command waits for it no longer than it must."""
    monkeypatch.setattr("field_client.running.LOCK_SECONDS_MAX", 0)
    (tmp_path / DATABASE).touch()
    return tmp_path


async def test_the_note_of_the_running_pages_is_read_as_it_was_left(held: Path) -> None:
    """So the command is carried out there."""
    with tried(held / LOCK) as taken, announced(held, RUNNING):
        assert taken
        async with alone(held) as other:
            assert other == RUNNING


@pytest.mark.parametrize(
    "note",
    [
        b'{"port": "80@evil.example", "process": 7, "secret": "ab"}',
        b'{"port": 0, "process": 7, "secret": "ab"}',
        b'{"port": 65536, "process": 7, "secret": "ab"}',
        b'{"port": 8471, "process": 7, "secret": "ab\\r\\nhost: x"}',
        b'{"port": 8471, "process": 7, "secret": 5}',
        b'{"port": 8471, "process": 7, "secret": "\xff"}',
        b'{"port": 8471}',
        b"[8471, 7]",
        b"{",
        b"",
    ],
)
async def test_a_note_that_somebody_else_wrote_leads_nowhere(held: Path, note: bytes) -> None:
    """A folder from elsewhere must not have a PIN and what was typed sent to another machine."""
    with tried(held / LOCK) as taken:
        assert taken
        (held / NOTE).write_bytes(note)
        with pytest.raises(Problem) as caught:
            async with alone(held):
                pass
    assert caught.value.code == "field-busy"


@pytest.mark.skipif(sys.platform == "win32", reason="there a browser is no child of ours")
def test_a_browser_is_handed_no_secret(tmp_path: Path) -> None:
    """What opens the database and a PIN stay with the process that was given them."""
    browser, seen = tmp_path / "browser", tmp_path / "seen"
    browser.write_text(f"#!/bin/sh\nenv > '{seen}'\n", "utf-8")
    browser.chmod(0o700)
    secrets = {"TIANJI_PASSPHRASE": "open-sesame", "TIANJI_PIN": "open-sesame"}
    show = "from field_client.commands import running; running._show('http://x', no_browser=False)"
    env = {**os.environ, **secrets, "DISPLAY": ":9", "BROWSER": str(browser)}
    subprocess.run([sys.executable, "-c", show], env=env, check=True)

    assert "BROWSER=" in seen.read_text("utf-8")
    assert "open-sesame" not in seen.read_text("utf-8")
