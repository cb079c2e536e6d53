"""The server's settings: flags before TIANJI_* variables before a TOML file, read once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from sync.limits import SETTINGS_BYTES_MAX
from sync.problems import Problem
from sync.texts import Language

__all__ = ["Settings", "read"]

FILE_NAME = "tianji.toml"
_PREFIX = "TIANJI_"
_FROM_ENVIRONMENT_ONLY = frozenset(
    {"oidc_client_secret", "smtp_password"}
)  # a file is copied and shown about


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the server listens; port 0 takes any that is free.

    `backup_folder` is where backups go that are made on a page, '' for `backups` in the data folder;
    beyond `backups_kept` of them, the oldest goes (0 keeps all).
    """

    host: Annotated[str, msgspec.Meta(min_length=1, max_length=255)] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8470
    public_url: Annotated[str, msgspec.Meta(pattern="^(https?://[^/?#]+)?$")] = ""
    """Under which browsers reach it, where that isn't what they ask for: behind a proxy."""
    second_factor: Literal["off", "offered", "administrators", "demanded"] = "offered"
    signin_events_days: Annotated[int, msgspec.Meta(ge=183, le=36_500)] = 400
    """How long the book of signing in is kept; six months is the least that the law asks for."""
    allow_password: bool = True
    oidc_issuer: Annotated[str, msgspec.Meta(pattern="^(https?://[^?#]+)?$")] = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    """From the environment only."""
    oidc_name: Annotated[str, msgspec.Meta(max_length=40)] = ""
    """What the sign-in service is called on the button."""
    oidc_strong: str = "mfa"
    """The `amr` values, by comma, with which the service says that it saw a second factor; `*` if it
    always does, empty if that never counts here.
    """
    backup_folder: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    backups_kept: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 30
    jobs_state: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    """The `jobs.db` of this machine's scheduled jobs, whose runs a page then shows; '' for none."""
    smtp_host: Annotated[str, msgspec.Meta(max_length=255)] = ""
    """The server that takes reminders by e-mail; '' for none."""
    smtp_port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 587
    smtp_from: Annotated[str, msgspec.Meta(max_length=254)] = ""
    smtp_starttls: bool = True
    mail_language: Language = "zh-Hans"
    """In which reminders are written: whoever gets one has no browser open that says so."""
    smtp_user: Annotated[str, msgspec.Meta(max_length=254)] = ""
    smtp_password: str = ""
    """From the environment only."""
    quiet_from: Annotated[int, msgspec.Meta(ge=0, le=23)] = 22
    quiet_to: Annotated[int, msgspec.Meta(ge=0, le=23)] = 8
    """Between these hours in China nobody is mailed."""
    remind_days_before: Annotated[int, msgspec.Meta(ge=0, le=30)] = 2


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
    if secret := sorted(_FROM_ENVIRONMENT_ONLY & from_file.keys()):
        raise Problem("settings-secret", source=str(path), name=secret[0])
    _checked(given, _PREFIX + "*")
    flagged = {name: value for name, value in flags.items() if value is not None}
    chosen = _checked({**from_file, **given, **flagged}, "--port, --host")
    if not chosen.oidc_issuer and not chosen.allow_password:
        raise Problem("settings-no-way-in")
    return chosen


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
