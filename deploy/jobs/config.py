"""`jobs.toml`: what is to run when.

state = "jobs.db"                      beside the file, unless the path is absolute
time_zone = "Asia/Shanghai"

[[job]]
name = "backup"
cron = "30 2 * * *"                    or: every_minutes = 30
run = ["server", "backup", "--data", "server", "-o", "backups/{time}.backup"]
missed = "once"                        or "skip": what did not run while nobody was there
timeout_minutes = 60
attempts = 3
jitter_seconds = 120
keep = "backups/*.backup"              of what the job makes, the newest are kept
keep_count = 14

[alarm]
after = 3                              failures of one job in a row
webhook = "https://…"
mail_to = "…"
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from sync.limits import SETTINGS_BYTES_MAX
from sync.problems import Problem

__all__ = ["Alarm", "Config", "Job", "read"]

Name = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z0-9_-]{0,39}\Z")]


class Job(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One job; its command is one of Tianji's own, without the leading `tianji`."""

    name: Name
    run: Annotated[list[str], msgspec.Meta(min_length=1)]
    cron: str = ""
    every_minutes: Annotated[int, msgspec.Meta(ge=0, le=60 * 24 * 366)] = 0
    missed: Literal["once", "skip"] = "once"
    timeout_minutes: Annotated[float, msgspec.Meta(gt=0, le=24 * 60)] = 60
    attempts: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3
    wait_seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 30
    """Before the second attempt; twice as long before each further one."""
    jitter_seconds: Annotated[int, msgspec.Meta(ge=0, le=3600)] = 0
    fine: tuple[int, ...] = (0,)
    """The exit codes that count as done: a sync that waits for a network may end with 1."""
    keep: str = ""
    keep_count: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 14


class Alarm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who is told when a job keeps failing; the mail's password comes from TIANJI_MAIL_PASSWORD."""

    after: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 3
    webhook: str = ""
    mail_to: str = ""
    mail_from: str = "tianji@localhost"
    smtp_host: str = "127.0.0.1"
    smtp_port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 25


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file."""

    job: Annotated[list[Job], msgspec.Meta(min_length=1)]
    state: str = "jobs.db"
    time_zone: str = "Asia/Shanghai"
    metrics: str = ""
    """Where to write how the jobs stand, as Prometheus reads it from a file; '' for nowhere."""
    alarm: Alarm = Alarm()


def read(path: Path) -> Config:
    """The file's jobs. Raises `jobs-malformed`, and OSError for a file that isn't there."""
    with path.open("rb") as file:
        content = file.read(SETTINGS_BYTES_MAX + 1)
    try:
        if len(content) > SETTINGS_BYTES_MAX:
            raise ValueError(f"more than {SETTINGS_BYTES_MAX} bytes")
        config = msgspec.convert(tomllib.loads(content.decode()), Config)
    except (ValueError, RecursionError) as error:
        raise Problem("jobs-malformed", source=path.name, why=error) from error
    names = [job.name for job in config.job]
    for job in config.job:
        if names.count(job.name) > 1:
            raise Problem("jobs-malformed", source=path.name, why=f"two jobs named {job.name}")
        if bool(job.cron) == bool(job.every_minutes):
            why = f"{job.name} needs either cron or every_minutes"
            raise Problem("jobs-malformed", source=path.name, why=why)
    return config
