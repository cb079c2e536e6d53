"""What each release wrote is read by this one, says what it said, and can be gone on with."""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from field_client.desk import Desk
from field_client.syncing import sync
from server.store import open_server
from sync import commit_bytes, history, wire
from sync.commit import edit_id
from sync.receipt import Receipt, Refusal
from sync.trust import Certificate, is_signed
from sync.value import Cell, quantity_value
from tests.golden import bytes_of, make
from tests.golden.data_of import asked, told_by_laptop, told_by_server
from tests.integration.province import Clock

RELEASES = sorted(one.parent.name for one in Path(__file__).parent.glob("*/expected.json"))
DECODERS = {
    "sync": wire.decode_request,
    "enrol": wire.decode_request,
    "synced": wire.decode_reply,
    "enrolled": wire.decode_reply,
    "problem": wire.decode_reply,
    "signed": wire.decode_signed,
}

each_release = pytest.mark.parametrize("release", RELEASES)


def read(release: str, name: str) -> Any:
    """A file of a release."""
    return json.loads((Path(__file__).parent / release / name).read_text("utf-8"))


def unpacked(release: str, name: str, folder: Path) -> Path:
    """A data folder of a release."""
    with zipfile.ZipFile(Path(__file__).parent / release / f"{name}.zip") as archive:
        archive.extractall(folder / name)
    return folder / name


def content(text: str) -> bytes:
    """Bytes as they lie in JSON."""
    return base64.b64decode(text)


@each_release
def test_each_message_says_what_it_said(release: str) -> None:
    """Every field that the release knew has its value; what came later is beside them (C6)."""
    for kind, golden in read(release, "messages.json").items():
        message = DECODERS[kind](wire.unpack(content(golden["packed"])))
        says = bytes_of.readable(message)
        assert {name: says[name] for name in golden["says"]} == golden["says"], kind


def test_every_kind_of_message_is_kept() -> None:
    """The newest release has one of each that this one can write."""
    kinds = {type(one) for one in bytes_of.messages().values()}
    assert kinds == {*wire.Request.__args__, *wire.Reply.__args__, wire.Signed}
    assert set(read(RELEASES[-1], "messages.json")) == set(DECODERS)


@each_release
def test_each_commit_keeps_its_name_and_what_it_makes(release: str) -> None:
    """Ids, signatures and the fold are for ever (C2, C3)."""
    golden = read(release, "commits.json")
    commits = [commit_bytes.decode(content(one["body"])) for one in golden["commits"]]
    folded = [
        [*cell, int(one.value.type), one.value.number, one.value.text, one.stamp, one.commit.hex()]
        for cell, versions in sorted(history.fold(commits).items())
        for one in versions
    ]
    key = bytes.fromhex(golden["device_key"])
    signed = [
        is_signed(key, "commit", one.realm, one.id, bytes.fromhex(kept["signature"]))
        for one, kept in zip(commits, golden["commits"], strict=True)
    ]
    again = [commit_bytes.encode(one) for one in commits]

    assert [one.id.hex() for one in commits] == [one["id"] for one in golden["commits"]]
    assert [content(one["body"]) for one in golden["commits"]] == again
    assert folded == golden["folds_to"]
    assert all(signed)
    assert {len(one.parents) for one in commits} == {0, 1, 2}


@each_release
def test_each_receipt_and_refusal_is_good(release: str) -> None:
    """A server's word of that time counts today (C5)."""
    golden = read(release, "words.json")
    certificate = msgspec.msgpack.decode(content(golden["certificate"]), type=Certificate)
    refusal = msgspec.msgpack.decode(content(golden["refusal"]), type=Refusal)
    receipts = {
        bytes.fromhex(name): msgspec.msgpack.decode(content(text), type=Receipt)
        for name, text in golden["receipts"].items()
    }
    realm, key = certificate.realm, certificate.server

    assert certificate.is_good(realm)
    assert refusal.is_good(realm, key)
    assert all(one.is_good(realm, key, name) for name, one in receipts.items())  # type: ignore[arg-type]  # any bytes may be asked about
    assert len(receipts) == len(read(release, "commits.json")["commits"])


@each_release
async def test_each_laptop_and_server_is_read_and_gone_on_with(
    release: str, tmp_path: Path
) -> None:
    """They verify, show what they showed, and after one more value and a sync they agree (L9)."""
    laptop, server = (unpacked(release, name, tmp_path) for name in ("laptop", "server"))
    clock, expected = Clock(), read(release, "expected.json")
    told = {
        "laptop": await told_by_laptop(laptop, clock),
        "server": await told_by_server(server, clock),
    }
    assert json.loads(json.dumps(told)) == expected

    clock.seconds += 1_000_000
    async with (
        open_server(server, clock) as ledger,
        asked(ledger) as client,
        Desk.open(laptop, clock) as desk,
    ):
        cell = Cell("value", "2024", "HOUSES")
        await desk.record(desk.place, [(cell, quantity_value(125_0000))])
        done = await sync(desk, client, lambda _sent, _received, _more: None)
    after = await told_by_laptop(laptop, clock), await told_by_server(server, clock)

    assert done.complete
    assert [one["ok"] for one in after] == [True, True]
    assert after[0]["values"]["2024 HOUSES"] == ["receipted", [[1, 125_0000, ""]]]
    assert after[0]["values"]["2022 HOUSES"][0] == "receipted"
    totals = {(period, code): total for period, code, _, total in after[1]["totals"]}
    assert totals["2024", "HOUSES"] == 125


def test_the_recipe_makes_the_same_commits_again(tmp_path: Path) -> None:
    """Commits, receipts and refusals have one form; the newest release's are made anew."""
    make.made(tmp_path)
    newest = Path(__file__).parent / RELEASES[-1]

    for name in ("commits.json", "words.json"):
        assert (tmp_path / name).read_text("utf-8") == (newest / name).read_text("utf-8")


def test_an_edit_keeps_its_name() -> None:
    """What lists of unseen and replaced edits name is the same in every release (C2)."""
    cell, value = bytes_of.VALUES[2]
    (names,) = {
        change.unseen for commit in bytes_of.commits() for change in commit.changes if change.unseen
    }
    golden = read(RELEASES[-1], "commits.json")
    first = commit_bytes.decode(content(golden["commits"][0]["body"]))
    stamp = next(change.stamp for change in first.changes if change.cell == cell)

    assert names == (edit_id(first.device, first.place, cell, stamp, value),)
