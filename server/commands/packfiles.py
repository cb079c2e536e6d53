"""The files of a pack: a folder, a zip, or one that comes with the software, by its name."""

from __future__ import annotations

import zipfile
from pathlib import Path

from server.catalogue import shipped_files
from sync.limits import PACK_BYTES_MAX
from sync.problems import Problem

__all__ = ["SHIPPED", "files_of"]

SHIPPED = ("guangdong",)


def files_of(pack: str) -> dict[str, bytes]:
    """The files by name. Raises `pack-not-there`, `pack-not-a-pack`, `pack-too-large`."""
    path = Path(pack)
    if not path.exists():
        if pack in SHIPPED:
            return shipped_files(pack)
        raise Problem("pack-not-there", file=pack, known=", ".join(SHIPPED))
    try:
        return _folder(path) if path.is_dir() else _zip(path)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise Problem("pack-not-a-pack", file=pack) from error


def _folder(path: Path) -> dict[str, bytes]:
    found = [file for file in sorted(path.rglob("*.toml")) if file.is_file()]
    _check_size(sum(file.stat().st_size for file in found))
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in found}


def _zip(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
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
