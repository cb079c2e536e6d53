"""The server's settings: flags before TIANJI_* variables before a TOML file, read once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from sync.limits import SETTINGS_BYTES_MAX
from sync.problems import Problem

__all__ = ["Settings", "read"]

FILE_NAME = "tianji.toml"
_PREFIX = "TIANJI_"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the server listens; port 0 takes any that is free.

    `backup_folder` is where backups go that are made on a page, '' for `backups` in the data folder;
    beyond `backups_kept` of them, the oldest goes (0 keeps all).
    """

    host: Annotated[str, msgspec.Meta(min_length=1, max_length=255)] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8470
    backup_folder: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    backups_kept: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 30


def read(
    data: Path, flags: Mapping[str, object], environment: Mapping[str, str], file: Path | None
) -> Settings:
    """The settings for a data folder; `file` is else the folder's own `tianji.toml`, if any.

    Raises `settings-malformed`, `database-unsupported`, and OSError for a file that isn't there.
    """
    if environment.get("TIANJI_DATABASE"):
        raise Problem("database-unsupported")
    given = {
        name: environment[_PREFIX + name.upper()]
        for name in Settings.__struct_fields__
        if environment.get(_PREFIX + name.upper())
    }
    own = data / FILE_NAME
    path = file or (own if own.exists() else None)
    from_file = _table(path) if path else {}
    _checked(from_file, str(path))
    _checked(given, _PREFIX + "*")
    flagged = {name: value for name, value in flags.items() if value is not None}
    return _checked({**from_file, **given, **flagged}, "--port, --host")


def _table(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        content = file.read(SETTINGS_BYTES_MAX + 1)
    try:
        if len(content) > SETTINGS_BYTES_MAX:
            raise ValueError(f"more than {SETTINGS_BYTES_MAX} bytes")
        return tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise Problem("settings-malformed", source=str(path), why=error) from error


def _checked(table: Mapping[str, object], source: str) -> Settings:
    try:
        return msgspec.convert(table, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise Problem("settings-malformed", source=source, why=error) from error
