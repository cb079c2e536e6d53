"""What a laptop's folder and machine are like, and what of it calls for somebody: pure findings.

`examining.py` gathers the facts; here they are judged. A finding's sentence stands under
`health-<name>-<state>` of the words; its remedy is what a button of the page, or `--repair`, can do.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from pathlib import PurePath
from typing import Final, NamedTuple

from sync.problems import Problem

__all__ = ["Facts", "Finding", "Remedy", "Weight", "findings", "is_disk_low", "risky_place"]

DAY_SECONDS: Final = 24 * 3600
UNSENT_DAYS_MAX: Final = 20
COPY_DAYS_MAX: Final = 3
FREE_BYTES_LOW: Final = 2**30
FREE_BYTES_LEAST: Final = 200 * 2**20

# Folders that programs carry to other machines behind a database's back.
_CARRIED: Final = (
    "onedrive",
    "dropbox",
    "nutstore",
    "坚果云",
    "baidusyncdisk",
    "baidunetdisk",
    "wps云盘",
    "icloud",
)
_FAR_SYSTEMS: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs"})


class Weight(StrEnum):
    """How much a finding matters."""

    GOOD = "good"
    LOOK = "look"
    WRONG = "wrong"


class Remedy(StrEnum):
    """What can be done about it here."""

    NONE = ""
    SYNC = "sync"
    COPY = "copy"
    PRIVATE = "private"
    IDENTITY = "identity"
    REBUILD = "rebuild"
    ASIDE = "aside"


class Facts(NamedTuple):
    """What was found; None is what could not be told. Times are seconds, sizes bytes.

    `damage` is what opening the database raised, `sound` whether looking it over found it whole
    (None while nobody has looked). `oldest_unsent` is when the oldest entry that no server has was
    typed. `readable` says that other users of the machine can read the files; `twin` is another
    folder of the same laptop.
    """

    now: int
    folder: str
    damage: Problem | None = None
    sound: bool | None = None
    has_identity: bool = True
    encrypted: bool = False
    file_bytes: int = 0
    free_bytes: int | None = None
    copies: int = 0
    newest_copy: datetime | None = None
    today: date = date(1970, 1, 1)
    clock_wrong_seconds: int | None = None
    last_contact: int | None = None
    unsent: int = 0
    oldest_unsent: int | None = None
    aside: int = 0
    revoked: bool = False
    readable: bool | None = None
    twin: str = ""
    risk: str = ""
    version: str = ""
    sqlite: str = ""


class Finding(NamedTuple):
    """One thing that was looked at: its name, how it is, the figures its sentence names."""

    name: str
    state: str
    weight: Weight
    remedy: Remedy = Remedy.NONE
    values: dict[str, object] = {}  # noqa: RUF012 - it is never changed

    @property
    def key(self) -> str:
        """Under which its sentence stands."""
        return f"health-{self.name}-{self.state}"


def findings(facts: Facts) -> list[Finding]:
    """All that was looked at, in the order in which a person would ask."""
    found = [_database(facts), _copies(facts), _disk(facts)]
    if facts.damage is None:
        found += [_clock(facts), _sending(facts)]
        found += _aside(facts)
    found += [_identity(facts), *_privacy(facts), *_place(facts)]
    return found


def is_disk_low(free: int | None) -> bool:
    """Whether so few bytes are free that people should be told before it is too late."""
    return free is not None and free < FREE_BYTES_LOW


def risky_place(folder: str, system: str) -> str:
    """Why a folder is no place for a database: 'network', 'carried', or '' if it is one.

    `system` is the name of its file system, '' where it isn't known.
    """
    if folder.startswith(("\\\\", "//")) or system.lower() in _FAR_SYSTEMS:
        return "network"
    parts = [part.lower() for part in PurePath(folder.replace("\\", "/")).parts]
    carried = any(part.startswith(name) for part in parts for name in _CARRIED)
    return "carried" if carried else ""


def _database(facts: Facts) -> Finding:
    if facts.damage is not None:
        values: dict[str, object] = {"problem": facts.damage}
        return Finding("database", "closed", Weight.WRONG, Remedy.REBUILD, values)
    if facts.sound is None:
        return Finding("database", "looking", Weight.GOOD)
    if not facts.sound:
        return Finding("database", "damaged", Weight.WRONG, Remedy.REBUILD)
    return Finding("database", "sound", Weight.GOOD, values={"bytes": facts.file_bytes})


def _copies(facts: Facts) -> Finding:
    can = Remedy.NONE if facts.damage is not None else Remedy.COPY
    if facts.newest_copy is None:
        return Finding("copies", "none", Weight.LOOK, can)
    days = (facts.today - facts.newest_copy.date()).days
    values: dict[str, object] = {"count": facts.copies, "days": max(days, 0)}
    if days > COPY_DAYS_MAX:
        return Finding("copies", "old", Weight.LOOK, can, values)
    state = "there" if days > 0 else "today"
    return Finding("copies", state, Weight.GOOD, can, values)


def _disk(facts: Facts) -> Finding:
    values: dict[str, object] = {"bytes": facts.free_bytes or 0}
    if facts.free_bytes is None:
        return Finding("disk", "unknown", Weight.GOOD)
    if facts.free_bytes < FREE_BYTES_LEAST:
        return Finding("disk", "full", Weight.WRONG, values=values)
    if is_disk_low(facts.free_bytes):
        return Finding("disk", "low", Weight.LOOK, values=values)
    return Finding("disk", "free", Weight.GOOD, values=values)


def _clock(facts: Facts) -> Finding:
    if facts.clock_wrong_seconds is not None:
        behind = facts.clock_wrong_seconds < 0
        days = abs(facts.clock_wrong_seconds) // DAY_SECONDS
        return Finding(
            "clock", "behind" if behind else "ahead", Weight.WRONG, values={"days": days}
        )
    if facts.last_contact is None:
        return Finding("clock", "unknown", Weight.GOOD)
    return Finding("clock", "right", Weight.GOOD)


def _sending(facts: Facts) -> Finding:
    if facts.revoked:
        return Finding("sending", "revoked", Weight.WRONG, Remedy.ASIDE)
    if facts.last_contact is None:
        return Finding("sending", "never", Weight.LOOK, Remedy.SYNC)
    if facts.unsent and facts.oldest_unsent is not None:
        days = max(facts.now - facts.oldest_unsent, 0) // DAY_SECONDS
        if days >= UNSENT_DAYS_MAX:
            values: dict[str, object] = {"count": facts.unsent, "days": days}
            return Finding("sending", "late", Weight.LOOK, Remedy.SYNC, values)
    if facts.unsent:
        return Finding("sending", "waits", Weight.GOOD, Remedy.SYNC, {"count": facts.unsent})
    return Finding("sending", "done", Weight.GOOD)


def _aside(facts: Facts) -> list[Finding]:
    if not facts.aside:
        return []
    return [Finding("aside", "some", Weight.LOOK, Remedy.ASIDE, {"count": facts.aside})]


def _identity(facts: Facts) -> Finding:
    if facts.encrypted:  # then no key lies in the open beside it
        return Finding("identity", "encrypted", Weight.GOOD)
    if facts.has_identity:
        return Finding("identity", "kept", Weight.GOOD)
    remedy = Remedy.NONE if facts.damage is not None else Remedy.IDENTITY
    return Finding("identity", "missing", Weight.LOOK, remedy)


def _privacy(facts: Facts) -> list[Finding]:
    if facts.readable is None:
        return []
    if facts.readable:
        return [Finding("private", "open", Weight.LOOK, Remedy.PRIVATE)]
    return [Finding("private", "closed", Weight.GOOD)]


def _place(facts: Facts) -> list[Finding]:
    found = []
    if facts.risk:
        found.append(Finding("place", facts.risk, Weight.WRONG, values={"folder": facts.folder}))
    if facts.twin:
        found.append(Finding("place", "twin", Weight.WRONG, values={"folder": facts.twin}))
    return found
