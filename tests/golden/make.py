"""Makes the golden bytes of this release: `python -m tests.golden.make FOLDER`."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import msgspec

from sync import wire
from tests.golden import bytes_of, data_of
from tests.integration.province import Clock

__all__ = ["made"]

PARTS = ("tianji.db", "identity.json")
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def made(folder: Path) -> None:
    """Writes all files of a release into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "messages.json", _messages())
    _write(folder / "commits.json", _commits())
    _write(folder / "words.json", _words())
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        asyncio.run(data_of.make(work))
        for name in ("laptop", "server"):
            _pack(work / name, folder / f"{name}.zip")
        clock = Clock()
        expected = {
            "laptop": asyncio.run(data_of.told_by_laptop(work / "laptop", clock)),
            "server": asyncio.run(data_of.told_by_server(work / "server", clock)),
        }
    _write(folder / "expected.json", expected)


def _messages() -> dict[str, Any]:
    return {
        kind: {
            "says": bytes_of.readable(message),
            "packed": _text(wire.pack(wire.encode(message))),
        }
        for kind, message in bytes_of.messages().items()
    }


def _commits() -> dict[str, Any]:
    commits = [
        {
            "id": one.id.hex(),
            "body": _text(one.body),
            "signature": bytes_of.DEVICE.sign("commit", one.realm, one.id).hex(),
        }
        for one in bytes_of.commits()
    ]
    device = bytes_of.DEVICE.public.hex()
    return {"device_key": device, "commits": commits, "folds_to": bytes_of.folded()}


def _words() -> dict[str, Any]:
    words = bytes_of.words()
    return {
        "certificate": _packed(words["certificate"]),
        "receipts": {name: _packed(one) for name, one in words["receipts"].items()},
        "refusal": _packed(words["refusal"]),
    }


def _packed(word: msgspec.Struct) -> str:
    return _text(msgspec.msgpack.encode(word))


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _pack(source: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in PARTS:
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, (source / name).read_bytes())


def _write(file: Path, document: object) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
    file.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    made(Path(sys.argv[1]))
