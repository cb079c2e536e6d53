"""`tianji jobs …`: runs the jobs of a file for as long as it is let, one of them once, or tells of them."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime
from pathlib import Path

import click

from deploy.jobs.alarming import teller
from deploy.jobs.config import Config, Job, read
from deploy.jobs.history import History
from deploy.jobs.metrics import written
from deploy.jobs.planning import Plan
from deploy.jobs.running import Came, Jobs, World, as_process
from sync.cli import async_command, json_option, language, not_so, print_json, print_table, tell
from sync.problems import Problem
from sync.texts import say

__all__ = ["jobs"]

_config_option = click.option(
    "--config",
    "file",
    metavar="jobs.toml",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What runs when.",
)


@click.group()
def jobs() -> None:
    """Let syncs, backups, checks, reminders and exports run by themselves."""


@jobs.command()
@_config_option
@async_command
async def run(file: Path) -> None:
    """Run what is due, until Ctrl-C."""
    config = read(file)
    with History.of(_state(config, file)) as history:
        at_work = Jobs(config, file.parent, history, _world(config, file, history))
        plan = Plan(config)
        now = _now()
        for job in config.job:
            at = plan.next(job.name, now.astimezone(plan.zone))
            tell("jobs-next", job=job.name, at=f"{at:%Y-%m-%d %H:%M}" if at else "-")
        running = asyncio.create_task(at_work.run())
        loop = asyncio.get_running_loop()
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(one, running.cancel)
        await asyncio.wait([running])
        if not running.cancelled() and running.exception():
            raise running.exception() or AssertionError


@jobs.command()
@click.argument("name")
@_config_option
@async_command
async def once(name: str, file: Path) -> None:
    """Run one job now, as a timer of the system does; ends as its command ended."""
    config = read(file)
    if name not in {job.name for job in config.job}:
        names = ", ".join(job.name for job in config.job)
        raise Problem("job-unknown", name=name[:40], names=names)
    with History.of(_state(config, file)) as history:
        at_work = Jobs(config, file.parent, history, _world(config, file, history))
        await at_work.once(name)
        (ran,) = history.latest(name, 1)
        written(config, file.parent, history)
    job = next(one for one in config.job if one.name == name)
    if ran.words:
        click.echo(ran.words)
    if ran.code not in job.fine:
        not_so()


@jobs.command()
@_config_option
@json_option
@async_command
async def status(file: Path, *, as_json: bool) -> None:
    """Tell how the jobs stand: last run, what it came to, when the next is due."""
    config = read(file)
    plan = Plan(config)
    rows = []
    with History.of(_state(config, file)) as history:
        for job in config.job:
            latest = history.latest(job.name, 1)
            due = plan.next(job.name, _now().astimezone(plan.zone))
            rows.append((job, latest[0] if latest else None, due))
    if as_json:
        print_json(
            [
                {
                    "job": job.name,
                    "last": ran.begun_at.isoformat() if ran else None,
                    "code": ran.code if ran else None,
                    "attempts": ran.attempts if ran else 0,
                    "words": ran.words if ran else "",
                    "next": due.isoformat() if due else None,
                }
                for job, ran, due in rows
            ]
        )
        return
    spoken = language()
    print_table(
        [say(f"jobs-column-{one}", spoken) for one in ("job", "last", "outcome", "next")],
        [
            (
                job.name,
                f"{ran.begun_at.astimezone(plan.zone):%Y-%m-%d %H:%M}" if ran else "-",
                say(f"jobs-outcome-{_outcome(job.fine, ran.code if ran else None, ran)}", spoken),
                f"{due:%Y-%m-%d %H:%M}" if due else "-",
            )
            for job, ran, due in rows
        ],
    )


def _outcome(fine: tuple[int, ...], code: int | None, ran: object) -> str:
    if ran is None:
        return "never"
    return "done" if code in fine else "failed"


def _state(config: Config, file: Path) -> Path:
    return file.parent / config.state


def _now() -> datetime:
    return datetime.now(UTC)


def _world(config: Config, file: Path, history: History) -> World:
    folder = file.parent.resolve()

    async def wait(seconds: float) -> None:
        written(config, folder, history)
        await asyncio.sleep(seconds)

    def retrying(job: Job, came: Came, seconds: float) -> None:
        last = came.words.rpartition("\n")[2]
        text = say(
            "jobs-retrying",
            language(),
            job=job.name,
            seconds=round(seconds),
            words=last or came.code,
        )
        click.echo(text, err=True)

    return World(_now, wait, as_process(folder), teller(config.alarm, language()), retrying)
