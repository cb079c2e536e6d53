"""One set of versions: requirements.lock and what pyproject.toml holds uv to."""

from __future__ import annotations

import re
import tomllib

from packaging.requirements import Requirement

from tests.tidy.source import ROOT

LOCKED = re.compile(r"^([a-z0-9][^\n]*?==[^\n]*?) \\$", re.MULTILINE)


def lock() -> str:
    """The list that the set-up installs from."""
    return (ROOT / "requirements.lock").read_text("utf-8")


def project() -> dict[str, dict[str, object]]:
    """What pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_a_bare_uv_run_gets_the_versions_of_the_lock() -> None:
    """The constraints in pyproject.toml are the lock's versions; `make lock` renews both."""
    assert project()["tool"]["uv"] == {"constraint-dependencies": LOCKED.findall(lock())}


def test_the_lock_has_what_the_project_asks_for() -> None:
    """Every dependency is locked at a version that it allows."""
    declared = project()["project"]["dependencies"], project()["dependency-groups"]["dev"]
    locked = {r.name: r.specifier for r in map(Requirement, LOCKED.findall(lock()))}
    wrong = [
        str(wanted)
        for part in declared
        if isinstance(part, list)
        for wanted in map(Requirement, part)
        if not all(wanted.specifier.contains(one.version) for one in locked.get(wanted.name, ()))
        or wanted.name not in locked
    ]

    assert wrong == []


def test_every_locked_file_has_a_hash() -> None:
    """The lock pins contents, not names alone: each version is followed by hashes."""
    packages = re.split(r"\n(?=\S)", lock())[1:]

    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []
