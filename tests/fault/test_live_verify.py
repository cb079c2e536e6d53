"""Verifying what is being written: nobody stops for it, and it sees one moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.e2e.processes import environment, found, invite, serving, tianji

TIMES = 3


def test_laptop_and_server_are_verified_while_they_write(tmp_path: Path) -> None:
    """Each look is whole in itself, and what it counts grows from look to look (F50, S8)."""
    server, laptop = tmp_path / "server", tmp_path / "laptop"
    found(server)
    with serving(server) as url:
        code = invite(server)
        ran = tianji("field", "enrol", "--data", laptop, "--server", url, "--code", code)
        assert ran.code == 0, ran
        writer = subprocess.Popen(
            [sys.executable, "-m", "tests.fault.writing", str(laptop), url],
            env=environment(),
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        assert writer.stdout is not None
        counted = []
        try:
            for _ in range(TIMES):
                assert writer.stdout.readline()
                looks = [
                    tianji(side, "verify", "--data", folder, "--json")
                    for side, folder in (("field", laptop), ("server", server))
                ]
                assert [ran.code for ran in looks] == [0, 0], looks
                counted.append([ran.json["commits"] for ran in looks])
            assert writer.poll() is None
        finally:
            writer.kill()
            writer.communicate()

    for side in range(2):
        commits = [look[side] for look in counted]
        assert commits == sorted(set(commits)), counted
    assert tianji("field", "verify", "--data", laptop).code == 0
