"""Reads a ledger without Tianji, proves each commit, and folds them: `python reader.py FILE`.

FILE is the zip that `tianji field export` writes, or a `tianji.db`, whose tables `sync/ledger/schema`
describes. Nothing of the project is imported. Prints each cell as a line of JSON, and ends with exit
code 1 if a commit, a signature or a receipt isn't what it must be.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
import sys
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

UNITS = {1: 10_000, 2: 100, 3: 1}  # whole, hundredths, ten thousandths
TYPES = {1: 1, 2: 1, 3: 1, 4: 2, 5: 3, 6: 4, 7: 5}  # quantity, flag, choice, text, reason

Row = tuple[Any, ...]
Cell = tuple[bytes, str, str, str]


class Commit(NamedTuple):
    """One commit; `changes` maps a cell to (value, stamp, unseen, replaced)."""

    id: bytes
    realm: bytes
    place: bytes
    parents: tuple[bytes, ...]
    device: bytes
    changes: dict[tuple[str, str, str], Row]
    accepted: int | None


def digest(purpose: str, *parts: bytes) -> bytes:
    """SHA-256 over the purpose and the parts, each preceded by its length in eight bytes."""
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hashlib.sha256(b"tianji\0" + purpose.encode() + b"\0" + framed).digest()


def decoded(body: bytes, accepted: int | None) -> Commit:
    """A commit's canonical bytes: columns in MessagePack."""
    (_, realm, place, parents, device, _, _, _, _, groups, *columns) = msgspec.msgpack.decode(body)
    seconds, counters, least, codes, payloads, unseen, replaced = columns
    cells = [(kind, subject, field) for kind, subject, fields in groups for field in fields]
    unseen, replaced = dict(unseen), dict(replaced)
    changes = {}
    for at, cell in enumerate(cells):
        code, payload = codes[at], payloads[at]
        number = payload * UNITS[code] if code in UNITS else payload if code == 4 else 0
        value = (TYPES[code], number, payload if code > 4 else "")
        names = (frozenset(unseen.get(at, ())), frozenset(replaced.get(at, ())))
        changes[cell] = (value, (seconds[at] + least) << 20 | counters[at], *names)
    return Commit(digest("commit", body), realm, place, tuple(parents), device, changes, accepted)


def read(file: Path) -> tuple[list[Commit], list[str]]:
    """The applied commits of an export or a database, and what about them isn't true."""
    rows, servers = _exported(file) if zipfile.is_zipfile(file) else _stored(file)
    commits, wrong = [], []
    for name, body, _, accepted, receipts in rows:
        commit = decoded(body, accepted)
        commits.append(commit)
        if commit.id != name:
            wrong.append(f"{name.hex()}: not the hash of its bytes")
        known = [receipt for receipt in receipts if receipt[0] in servers]
        if not all(_receipted(commit, servers, *receipt) for receipt in known):
            wrong.append(f"{name.hex()}: a receipt is not its server's")
    cells = [one for commit in commits for one in commit.changes.items()]
    keys = {bytes.fromhex(one[0][2]) for cell, one in cells if cell[::2] == ("device", "key")}
    devices = {digest("device", key)[:16]: key for key in keys}
    for commit, (name, _, signature, *_) in zip(commits, rows, strict=True):
        key = devices.get(commit.device)
        if key and not _is_signed(key, "commit", commit.realm, commit.id, signature):
            wrong.append(f"{name.hex()}: not signed by its device")
    return commits, wrong


def fold(commits: list[Commit]) -> dict[Cell, list[Row]]:
    """Each cell's versions, the shown one first: (type, number, text, stamp, commit)."""
    above: dict[bytes, frozenset[bytes]] = {}
    left = {commit.id: commit for commit in commits}
    while left:  # parents first; all of them are there
        for one in [c for c in left.values() if left.keys().isdisjoint(c.parents)]:
            del left[one.id]
            above[one.id] = frozenset(one.parents).union(*(above[p] for p in one.parents))
    accepted = {commit.id: commit.accepted for commit in commits}
    written: dict[Cell, list[Row]] = {}
    for commit in commits:
        for cell, (value, stamp, unseen, replaced) in commit.changes.items():
            made = ((commit.device, stamp, value), commit.id, unseen, replaced)
            written.setdefault((commit.place, *cell), []).append(made)
    return {cell: _versions(cell, made, above, accepted) for cell, made in written.items()}


def _versions(
    cell: Cell, made: list[Row], above: dict[bytes, frozenset[bytes]], accepted: dict[bytes, Any]
) -> list[Row]:
    homes: dict[Any, set[bytes]] = {}
    for edit, commit, _, _ in made:
        homes.setdefault(edit, set()).add(commit)

    def covers(edit: Row, other: Row, commit: bytes, *names: frozenset[bytes]) -> bool:
        name, (unseen, replaced) = _edit_name(cell, edit), names
        seen = not homes[edit].isdisjoint(above[commit]) and name not in unseen
        overtyped = other[0] == edit[0] and name in replaced
        came_again = any(commit in above[home] for home in homes[edit])
        return other != edit and (seen or overtyped) and not came_again

    standing = [edit for edit in homes if not any(covers(edit, *one) for one in made)]
    if not standing:  # a circle: the edits of the latest commits
        inner = frozenset().union(*(above[commit] for _, commit, _, _ in made))
        standing = [edit for edit in homes if homes[edit] - inner]

    def order(edit: Row) -> Row:
        typed, time = edit[1] >> 20, accepted[min(homes[edit])]
        return (typed if time is None else min(typed, time), *edit)

    standing.sort(key=order, reverse=True)
    return [(*value, stamp, min(homes[device, stamp, value])) for device, stamp, value in standing]


def _edit_name(cell: Cell, edit: Row) -> bytes:
    device, stamp, (kind, number, text) = edit
    words = (*cell[1:], str(stamp), str(kind), str(number), text)
    return digest("edit", device, cell[0], *(word.encode() for word in words))[:16]


def _is_signed(key: bytes, purpose: str, realm: bytes, content: bytes, signature: bytes) -> bool:
    try:
        whole = b"tianji\0" + purpose.encode() + b"\0" + realm + content
        Ed25519PublicKey.from_public_bytes(key).verify(signature, whole)
    except (InvalidSignature, ValueError):
        return False
    return True


def _receipted(
    commit: Commit, keys: dict[bytes, bytes], server: bytes, at: int, leaf: int, *rest: Any
) -> bool:
    leaves, path, signature = rest
    node, width = digest("leaf", commit.id), leaves
    while width > 1:
        if leaf ^ 1 < width:
            pair, path = (node, path[:32]), path[32:]
            node = digest("node", *(reversed(pair) if leaf % 2 else pair))
        leaf, width = leaf // 2, (width + 1) // 2
    content = digest("receipt", node, f"{leaves} {at}".encode())
    return not path and _is_signed(keys[server], "receipt", commit.realm, content, signature)


def _stored(file: Path) -> tuple[list[Row], dict[bytes, bytes]]:
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    words: dict[int, list[Any]] = {}
    columns = "commit_no, server, at, leaf, leaves, path, signature"
    for number, *receipt in database.execute(f"SELECT {columns} FROM receipt"):
        words.setdefault(number, []).append(receipt)
    rows = database.execute("SELECT no, id, body, signature, accepted_at FROM commits").fetchall()
    certificates = database.execute("SELECT server, content FROM certificate").fetchall()
    database.close()
    keys = {device: msgspec.msgpack.decode(content)[2] for device, content in certificates}
    return [(*row, words.get(number, [])) for number, *row in rows], keys


def _exported(file: Path) -> tuple[list[Row], dict[bytes, bytes]]:
    with zipfile.ZipFile(file) as archive:
        lines = archive.read("commits.jsonl").decode().splitlines()
        words = archive.read("certificates.csv").decode("utf-8-sig").splitlines()[1:]
    keys = {bytes.fromhex(w.split(",")[0]): bytes.fromhex(w.split(",")[1]) for w in words}
    documents = [json.loads(line) for line in lines]
    return [_row(one) for one in documents if one["state"] == "applied"], keys


def _row(one: dict[str, Any]) -> Row:
    names = ("server", "at", "leaf", "leaves", "path", "signature")
    words = [[_plain(receipt[name]) for name in names] for receipt in one["receipts"]]
    body = base64.b64decode(one["body_base64"])
    return _plain(one["id"]), body, _plain(one["signature"]), one["accepted_at"], words


def _plain(value: Any) -> Any:
    return bytes.fromhex(value) if isinstance(value, str) else value


if __name__ == "__main__":
    found, faults = read(Path(sys.argv[1]))
    for (place, *cell), versions in sorted(fold(found).items()):
        shown = [[*version[:4], version[4].hex()] for version in versions]
        document = {"place": place.hex(), "cell": cell, "versions": shown}
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    sys.stderr.write("\n".join(faults) or f"{len(found)} commits, all proved")
    sys.exit(1 if faults else 0)
