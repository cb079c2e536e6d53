"""The files of a pack: a folder, a zip, or one that comes with the software, by its name."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from pathlib import Path

from server.catalogue import shipped_files
from sync.limits import PACK_BYTES_MAX
from sync.problems import Problem

__all__ = ["SHIPPED", "files_in", "files_of"]

SHIPPED = ("guangdong",)
# What the archive's directory or its streams may raise where they contradict themselves.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    LookupError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def files_of(pack: str) -> dict[str, bytes]:
    """The files by name. Raises `pack-not-there`, `pack-not-a-pack`, `pack-too-large`."""
    path = Path(pack)
    if not path.exists():
        if pack in SHIPPED:
            return shipped_files(pack)
        raise Problem("pack-not-there", file=pack, known=", ".join(SHIPPED))
    if path.is_dir():
        return _folder(path)
    _check_size(path.stat().st_size)
    return files_in(path.read_bytes(), pack)


def files_in(content: bytes, name: str) -> dict[str, bytes]:
    """The files of a zip that is in memory, so that only the archive itself can be at fault.

    Raises `pack-not-a-pack`, `pack-too-large`.
    """
    try:
        return _zip(content)
    except _BROKEN as error:
        raise Problem("pack-not-a-pack", file=name) from error


def _folder(path: Path) -> dict[str, bytes]:
    found = [file for file in sorted(path.rglob("*.toml")) if file.is_file()]
    _check_size(sum(file.stat().st_size for file in found))
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in found}


def _zip(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        _check_size(sum(entry.file_size for entry in entries))
        return {entry.filename: _unzipped(archive, entry) for entry in entries}


def _unzipped(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """An entry's bytes; no more than it says to have, whatever the archive holds."""
    with archive.open(entry) as file:
        content = file.read(entry.file_size + 1)
    _check_size(len(content) if len(content) <= entry.file_size else PACK_BYTES_MAX + 1)
    return content


def _check_size(size: int) -> None:
    if size > PACK_BYTES_MAX:
        raise Problem("pack-too-large", most=PACK_BYTES_MAX)
