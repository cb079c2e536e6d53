"""Which runs are due at a moment: pure, by when each job was last due and what its trigger says.

A run is named by the moment that it was due at, so no moment is run twice, whatever the clock does
meanwhile. What was missed while nobody was there is caught up once, or skipped, as the job says. A
clock that jumps back makes nothing due again; one that jumps ahead makes at most one run due.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.triggers.base import BaseTrigger  # type: ignore[import-untyped]  # it has none
from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped]  # it has none
from apscheduler.triggers.interval import IntervalTrigger  # type: ignore[import-untyped]  # it has none

from deploy.jobs.config import Config, Job
from sync.problems import Problem

__all__ = ["LATE_SECONDS", "Due", "Plan", "next_moment"]

LATE_SECONDS = 60
"""A run that begins within it is on time; later, its moment was missed."""

_DUES_LOOKED_AT_MAX = 100_000
_CRON_FIELDS = 5
_DAYS = 7
_NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


class Due(NamedTuple):
    """A run that is due: of which job, for which moment; `is_late` where it is caught up."""

    job: Job
    at: datetime
    is_late: bool


class Plan:
    """The jobs of a file with their triggers."""

    def __init__(self, config: Config) -> None:
        """Raises `jobs-malformed` for a cron line or a time zone that is none."""
        self.zone = _zone(config)
        self._jobs = [(job, _trigger(job, self.zone)) for job in config.job]

    def due(self, job_name: str, last: datetime, now: datetime) -> tuple[Due | None, datetime]:
        """The run of a job that is due now, and the latest moment that is thereby dealt with.

        `last` is the latest moment that was dealt with before, or when the job was first seen.
        """
        job, trigger = next(one for one in self._jobs if one[0].name == job_name)
        moments = _moments(trigger, last, now)
        if not moments:
            return None, last
        latest = moments[-1]
        is_late = now - latest > timedelta(seconds=LATE_SECONDS + job.jitter_seconds)
        missed = len(moments) > 1 or is_late
        if is_late and job.missed == "skip":
            return None, latest
        return Due(job, latest, missed), latest

    def jobs(self) -> Iterable[Job]:
        """All jobs, in the file's order."""
        return [job for job, _ in self._jobs]

    def next(self, job_name: str, after: datetime) -> datetime | None:
        """When a job is next due."""
        _, trigger = next(one for one in self._jobs if one[0].name == job_name)
        return next_moment(trigger, after)


def next_moment(trigger: BaseTrigger, after: datetime) -> datetime | None:
    """The trigger's first moment after that one."""
    found: datetime | None = trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
    return found


def _moments(trigger: BaseTrigger, last: datetime, now: datetime) -> list[datetime]:
    """The moments after the last one that are not in the future; of very many only the last."""
    found: list[datetime] = []
    moment = next_moment(trigger, last)
    looked = 0
    while moment is not None and moment <= now and looked < _DUES_LOOKED_AT_MAX:
        found = [*found[-1:], moment]
        moment = next_moment(trigger, moment)
        looked += 1
    return found


def _trigger(job: Job, zone: tzinfo) -> BaseTrigger:
    try:
        if job.cron:
            return CronTrigger.from_crontab(_named_days(job.cron), timezone=zone)
    except ValueError as error:
        raise Problem("jobs-malformed", source=job.name, why=error) from error
    epoch = datetime(2020, 1, 1, tzinfo=zone)
    return IntervalTrigger(minutes=job.every_minutes, start_date=epoch, timezone=zone)


def _named_days(line: str) -> str:
    """The line with its days of the week by name: in a cron line 0 and 7 are Sunday, and 1 is Monday;
    the library counts from Monday. Raises ValueError.
    """
    fields = line.split()
    if len(fields) != _CRON_FIELDS:
        raise ValueError(line)
    fields[-1] = ",".join(_day_names(part) for part in fields[-1].split(","))
    return " ".join(fields)


def _day_names(part: str) -> str:
    base, _, step = part.partition("/")
    first, _, last = base.partition("-")
    if not first.isdecimal() or not (last or first).isdecimal():
        return part
    days = range(int(first), int(last or first) + 1, int(step or 1))
    if not days or days[-1] > _DAYS:
        raise ValueError(part)
    return ",".join(_NAMES[day % _DAYS] for day in days)


def _zone(config: Config) -> tzinfo:
    try:
        return ZoneInfo(config.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Problem("jobs-malformed", source="time_zone", why=error) from error
