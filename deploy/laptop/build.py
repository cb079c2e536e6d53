"""Builds the laptop's program: `python deploy/laptop/build.py [program|wheelhouse] [FOLDER]`.

`program` makes a folder `tianji/` that runs where no Python is; PyInstaller builds for the system
that it runs on, so the Windows program is built on Windows. `wheelhouse` collects the wheels for
Windows from any system: there `pip install --no-index --find-links` needs no network.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PYTHON = "3.11"
PLATFORM = "win_amd64"
WINDOWS = {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"}


def main(arguments: list[str]) -> int:
    """Builds what is asked for below the folder, `dist/` if none is given."""
    what, folder = [*arguments, "program", "dist"][:2] if arguments else ("program", "dist")
    target = Path(folder).resolve()
    if what == "program":
        build_program(target)
    elif what == "wheelhouse":
        build_wheelhouse(target / "wheelhouse")
    else:
        print(__doc__.partition("\n")[0], file=sys.stderr)
        return 2
    print(target)
    return 0


def build_program(target: Path) -> None:
    """A folder `tianji/` in the target with the program and all that it needs."""
    with tempfile.TemporaryDirectory() as work:
        command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
        folders = ["--distpath", str(target), "--workpath", work]
        subprocess.run([*command, *folders, str(HERE / "tianji.spec")], cwd=ROOT, check=True)


def build_wheelhouse(target: Path) -> None:
    """The project's wheel and those of all that it needs at the locked versions, for Windows."""
    target.mkdir(parents=True, exist_ok=True)
    own = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*own, str(target)], cwd=ROOT, check=True)
    # The environment of the set-up has no pip; the Python beneath it does.
    pip = [getattr(sys, "_base_executable", sys.executable), "-m", "pip", "download", "--quiet"]
    binary = ["--only-binary", ":all:", "--platform", PLATFORM, "--python-version", PYTHON]
    where = ["--no-deps", *binary, "--dest", str(target)]
    subprocess.run([*pip, *where, *locked_for_windows()], check=True)


def locked_for_windows() -> list[str]:
    """What the program needs on Windows, as requirements with the lock's exact versions."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    versions = dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", lock, re.MULTILINE))
    needed: set[str] = set()
    waiting = ["tianji"]
    while waiting:
        for name in _needed_by(waiting.pop()):
            if name not in needed:
                needed.add(name)
                waiting.append(name)
    return [f"{name}=={versions[name]}" for name in sorted(needed)]


def _needed_by(name: str) -> list[str]:
    try:
        found = [Requirement(text) for text in requires(name) or ()]
    except PackageNotFoundError:  # for Windows alone, as colorama is: it needs nothing further
        return []
    return [
        canonicalize_name(one.name)
        for one in found
        if one.marker is None or one.marker.evaluate({**WINDOWS, "extra": ""})
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
