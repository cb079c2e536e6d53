"""Sets up everything that the README's two commands need, then does what was asked for.

    python3 deploy/bootstrap.py demo|test|check|format|bench|simulate|fuzz|… [arguments]

Runs on any Python from 3.11 with nothing installed, on Windows too. It makes `.venv` with the exact
versions of requirements.lock and this project itself; a stamp in `.venv` makes the second time
free. uv does the work: it is found on PATH, else installed with pip where that is allowed, else
into `.tools`, a small environment beside `.venv`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
STAMP = VENV / "tianji-stamp"
DETAIL = ROOT / ".setup.log"
# What an activated environment or another project would have uv do instead.
FOREIGN = ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "PYTHONHOME")

LINT = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("lint-imports",),
)
STEPS: dict[str, tuple[tuple[str, ...], ...]] = {
    "setup": (),
    "demo": (("tianji", "demo"),),
    "test": (*LINT, ("pytest", "-n", "3", "--dist", "worksteal", "-m", "not long")),
    "long": (("pytest", "-m", "long"),),
    "check": (*LINT, ("pytest", "-q", "tests/tidy")),
    "format": (("ruff", "format", "."), ("ruff", "check", "--fix", ".")),
    "lock": (("python", "deploy/lock.py"),),
    "bench": (
        ("python", "-m", "tests.bench.pages"),
        ("python", "-m", "tests.bench.desk"),
        ("python", "-m", "tests.bench.run"),
    ),
    "province": (("python", "-m", "tests.bench.province"),),
    "simulate": (("python", "-m", "tests.sim.run"),),
    "plant": (("python", "-m", "tests.sim.plant"),),
    "fault": (("python", "-m", "tests.fault.kills"),),
    "fuzz": (("python", "-m", "tests.fuzz.run"),),
    "mutants": (("python", "-m", "tests.mutants.run"),),
    "places": (("python", "deploy/build_places.py"),),
    "screenshots": (
        ("python", "-m", "deploy.screenshots"),
        ("python", "-m", "deploy.desk_screenshots"),
    ),
}


class Stopped(Exception):  # noqa: N818 - not an error of this program
    """Set-up cannot go on; carries the sentence that says why and what to do."""


def main(arguments: list[str]) -> int:
    """Set up if need be, then the steps of the command; the first that fails ends it."""
    if sys.version_info < (3, 11):  # noqa: UP036 - an older one runs this to be told so
        print("需要 Python 3.11 或更新版本。 Python 3.11 or newer is needed.", file=sys.stderr)
        return 2
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    command = arguments[0] if arguments else ""
    if command not in STEPS:
        print(_say("setup-usage", commands=" ".join(STEPS)), file=sys.stderr)
        return 2
    try:
        _set_up()
        if command in ("test", "long", "screenshots"):
            _bring_browser()
        steps = [list(step) for step in STEPS[command]]
        if command == "lock":
            steps[-1].append(_find_uv())
        if command == "fuzz":
            _add_fuzzer()
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        return 2
    except OSError as error:  # a full or read-only disk
        print(_say("setup-failed", step=command, why=error, file="-"), file=sys.stderr)
        return 2
    if steps:
        steps[-1].extend(arguments[1:])
    for step in steps:
        code = _run(step)
        if code != 0:
            return code
    return 0


def _set_up() -> None:
    wanted = _stamp()
    if STAMP.is_file() and STAMP.read_text("utf-8") == wanted:
        return
    print(_say("setup-begins"), flush=True)
    uv = _find_uv()
    # An environment is made from the Python beneath, never from another environment.
    python = getattr(sys, "_base_executable", sys.executable)
    _do([uv, "venv", "--quiet", "--allow-existing", "--python", python, str(VENV)])
    lock = str(ROOT / "requirements.lock")
    place = ["--python", str(_tool("python"))]
    _do([uv, "pip", "install", "--quiet", *place, "--require-hashes", "-r", lock])
    _do([uv, "sync", "--quiet", *place])
    STAMP.write_text(wanted, "utf-8")


def _add_fuzzer() -> None:
    """What searches with coverage is not among the things that every checkout needs."""
    wanted = str(ROOT / "tests" / "fuzz" / "requirements.txt")
    place = ["--python", str(_tool("python"))]
    _do([_find_uv(), "pip", "install", "--quiet", *place, "--require-hashes", "-r", wanted])


def _stamp() -> str:
    """Changes with all that `.venv` is made of."""
    parts = [(ROOT / name).read_bytes() for name in ("requirements.lock", "pyproject.toml")]
    parts.append(f"{sys.version} {ROOT}".encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _find_uv() -> str:
    """The path of uv, which is installed if there is none."""
    in_tools = TOOLS / SCRIPTS / _executable("uv")
    for _ in range(2):
        beside = Path(sys.executable).parent / _executable("uv")
        for found in (shutil.which("uv"), beside, in_tools):
            if found and Path(found).is_file():
                return str(found)
        if not _pip_installs_uv():
            break
    if importlib.util.find_spec("ensurepip") is None or not _venv_works():
        _install_venv()
    _do([str(TOOLS / SCRIPTS / _executable("python")), "-m", "pip", "install", "--quiet", "uv"])
    return str(in_tools)


def _pip_installs_uv() -> bool:
    """Whether this Python may install for itself; Debian's own says no."""
    if importlib.util.find_spec("pip") is None:
        return False
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--retries",
        "1",
        "uv",
    ]
    return subprocess.run(install, check=False, capture_output=True).returncode == 0


def _venv_works() -> bool:
    """Debian has `ensurepip` in part only, until python3-venv is installed: only trying tells."""
    make = [sys.executable, "-m", "venv", "--clear", str(TOOLS)]
    return subprocess.run(make, check=False, capture_output=True).returncode == 0


def _install_venv() -> None:
    if not _may_apt():
        raise Stopped(_say("setup-venv-missing"))
    _apt("python3-venv")
    _do([sys.executable, "-m", "venv", "--clear", str(TOOLS)])


def _bring_browser() -> None:
    """What the tests of the pages need: they are skipped, and say so, where it can't be had."""
    if shutil.which("chromium") or shutil.which("chromium-browser"):
        return
    try:
        if _may_apt():
            _apt("chromium", "fonts-noto-cjk")
            return
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
    print(_say("setup-browser-missing"), flush=True)


def _may_apt() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _apt(*packages: str) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        _do(["apt-get", "-qq", *arguments], quiet)


def _do(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run one step of the set-up; if it fails its last words are shown, and all of them kept."""
    env = {key: value for key, value in (environment or os.environ).items() if key not in FOREIGN}
    try:
        done = subprocess.run(
            command,
            check=False,
            cwd=ROOT,
            env=_with_index(env),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        step = Path(command[0]).stem
        raise Stopped(_say("setup-failed", step=step, why=error, file="-")) from None
    if done.returncode != 0:
        step = " ".join([Path(command[0]).stem, *command[1:3]])
        DETAIL.write_text(done.stdout, "utf-8")
        why = done.stdout.strip().rpartition("\n")[2].strip()
        raise Stopped(_say("setup-failed", step=step, why=why, file=DETAIL.name))


def _with_index(env: dict[str, str]) -> dict[str, str]:
    """A mirror that pip is told of is one for uv as well."""
    mirror = env.get("PIP_INDEX_URL")
    if mirror and "UV_DEFAULT_INDEX" not in env:
        return {**env, "UV_DEFAULT_INDEX": mirror}
    return env


def _run(step: list[str]) -> int:
    """Run a tool of `.venv` with the terminal; Ctrl-C is the tool's to answer."""
    print("$", *step, flush=True)
    env = {key: value for key, value in os.environ.items() if key not in FOREIGN}
    env |= {"PYTHONUTF8": "1", "VIRTUAL_ENV": str(VENV)}
    with subprocess.Popen([str(_tool(step[0])), *step[1:]], cwd=ROOT, env=env) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


def _tool(name: str) -> Path:
    return VENV / SCRIPTS / _executable(name)


def _executable(name: str) -> str:
    return f"{name}.exe" if os.name == "nt" else name


def _say(key: str, **values: object) -> str:
    """A sentence in the language of the terminal; the texts need nothing installed."""
    sys.path.insert(0, str(ROOT))
    from sync.texts import negotiate, say

    wanted = os.environ.get("TIANJI_LANG") or os.environ.get("LANG")
    return say(key, negotiate(wanted), **values)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
