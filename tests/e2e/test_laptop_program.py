"""The laptop's program, built as a folder and started: what can be tried of it away from Windows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest

from deploy.laptop import build

LAPTOP = Path(build.__file__).parent
EXECUTABLE = "tianji.exe" if sys.platform == "win32" else "tianji"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built program."""
    target = tmp_path_factory.mktemp("program")
    build.build_program(target)
    return target / "tianji" / EXECUTABLE


def test_the_program_has_the_laptops_commands_and_no_other(program: Path) -> None:
    """`field` is there; what belongs to servers stayed out (D5)."""
    done = subprocess.run([program, "--help"], capture_output=True, encoding="utf-8", check=True)

    assert "  field" in done.stdout
    assert "  server" not in done.stdout


def test_the_program_serves_the_pages(program: Path, tmp_path: Path) -> None:
    """The folder runs where no Python is: an enrolled laptop's first page comes (D5)."""
    from tests.browser.conftest import apart
    from tests.e2e.processes import environment, found, invite, serving

    server, laptop = tmp_path / "server", tmp_path / "laptop"
    apart(lambda: found(server))
    bare = {**environment(), "PATH": "", "PYTHONPATH": "", "PYTHONHOME": ""}
    with serving(server) as address:
        code = apart(lambda: invite(server))
        enrol = ["field", "enrol", "--data", str(laptop), "--server", address, "--code", code]
        subprocess.run([program, *enrol], env=bare, check=True)
    run = [str(program), "field", "run", "--data", str(laptop), "--port", "0", "--no-browser"]
    with subprocess.Popen(run, env=bare, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        link = line[line.index("http://") :].split()[0]
        with httpx.Client(follow_redirects=True, trust_env=False) as client:
            answer = client.get(link)
            style = answer.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
            styled = client.get(link.partition("/open")[0] + style)
        process.terminate()

    assert answer.status_code == 200
    assert "仙河村" in answer.text
    assert styled.status_code == 200


def test_the_task_file_is_well_formed_and_syncs() -> None:
    """The Task Scheduler's file starts `field sync` and nothing else."""
    space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    task = ET.fromstring((LAPTOP / "sync-task.xml").read_text("utf-8").partition("?>")[2])
    arguments = [one.text or "" for one in task.iter(f"{space}Arguments")]

    assert [one.split(" --data")[0] for one in arguments] == ["field sync"]


def test_the_wheelhouse_holds_what_windows_needs() -> None:
    """Only what the program needs, at the lock's versions: no test tool, nothing for other systems."""
    wanted = build.locked_for_windows()
    names = {line.partition("==")[0] for line in wanted}

    assert {"litestar", "msgspec", "cryptography", "jinja2", "colorama"} <= names
    assert names.isdisjoint({"pytest", "mypy", "playwright", "uvloop"})
