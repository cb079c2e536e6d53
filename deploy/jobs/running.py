"""Carrying runs out: each as a command of its own, within its time, tried again where it failed.

What is asked of the world (the time, a process, a wait) comes in from outside, so that a year of
runs takes a test no time.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from deploy.jobs.config import Config, Job
from deploy.jobs.history import History
from deploy.jobs.planning import Due, Plan
from sync.ledger.lock import tried

__all__ = ["Came", "Jobs", "World", "as_process", "filled"]

_LOOK_SECONDS = 20.0
_STOP_SECONDS = 10.0
_TIMED_OUT = 124
"""The exit code of a run that took longer than it may, as `timeout` has it."""


class Came(NamedTuple):
    """What a command came to: its exit code, and the last of what it said."""

    code: int
    words: str


class World(NamedTuple):
    """What runs ask of the world."""

    now: Callable[[], datetime]
    wait: Callable[[float], Awaitable[None]]
    carry_out: Callable[[Sequence[str], float], Awaitable[Came]]
    tell: Callable[[Job, int, str], Awaitable[None]]
    """Tells somebody that a job has failed that often in a row, and what it said last."""
    retrying: Callable[[Job, Came, float], None] = lambda _job, _came, _seconds: None
    """Says that an attempt failed and that the next one comes in so many seconds."""


class Jobs:
    """The jobs of one file, as long as they are looked after."""

    def __init__(self, config: Config, folder: Path, history: History, world: World) -> None:
        self._config = config
        self._plan = Plan(config)
        self._folder = folder
        self._history = history
        self._world = world
        self._going: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Runs what is due, until it is cancelled; what is under way is stopped then."""
        self._history.mark_cut_short(self._world.now())
        try:
            while True:
                self.look()
                await self._world.wait(_LOOK_SECONDS)
        finally:
            for task in self._going.values():
                task.cancel()
            await asyncio.gather(*self._going.values(), return_exceptions=True)

    def look(self) -> list[Due]:
        """Begins what is due now; what goes on already is not begun again."""
        now = self._world.now().astimezone(self._plan.zone)
        begun = []
        for job in self._plan.jobs():
            last = self._history.dealt_with(job.name)
            if last is None:
                self._history.deal_with(job.name, now)  # seen for the first time: due from now on
                continue
            due, dealt_with = self._plan.due(job.name, last, now)
            if due is None:
                if dealt_with > last:
                    self._history.deal_with(job.name, dealt_with)
            elif job.name not in self._going or self._going[job.name].done():
                self._going[job.name] = asyncio.create_task(self._one(due))
                begun.append(due)
        return begun

    async def once(self, name: str) -> int:
        """Runs one job now, whenever it is due; its exit code. Raises StopIteration for none."""
        job = next(one for one in self._plan.jobs() if one.name == name)
        now = self._world.now().astimezone(self._plan.zone)
        await self._one(Due(job, now, is_late=False), is_asked_for=True)
        return self._history.latest(name, 1)[0].code or 0

    async def settled(self) -> None:
        """Returns when nothing is under way."""
        await asyncio.gather(*self._going.values(), return_exceptions=True)

    async def _one(self, due: Due, *, is_asked_for: bool = False) -> None:
        job = due.job
        if job.jitter_seconds and not is_asked_for:
            await self._world.wait(random.uniform(0, job.jitter_seconds))  # noqa: S311 - so that not all come at once
        with tried(self._folder / f"job-{job.name}.lock") as is_free:
            if not is_free or not self._history.begin(job.name, due.at, self._world.now()):
                return  # another process of these jobs has it
            came, attempts = Came(_TIMED_OUT, "cut short"), 0
            try:
                came, attempts = await self._tried(job)
            finally:
                words = came.words
                self._history.end(job.name, due.at, self._world.now(), came.code, attempts, words)
        self._prune(job)
        await self._alarm(job)

    async def _tried(self, job: Job) -> tuple[Came, int]:
        """The command, until it is done or was tried often enough."""
        wait = job.wait_seconds
        for attempt in range(1, job.attempts + 1):
            arguments = filled(job.run, self._world.now().astimezone(self._plan.zone))
            came = await self._world.carry_out(arguments, job.timeout_minutes * 60)
            if came.code in job.fine or attempt == job.attempts:
                return came, attempt
            self._world.retrying(job, came, wait)
            await self._world.wait(wait)
            wait *= 2
        raise AssertionError(job)

    def _prune(self, job: Job) -> None:
        """Of what the job makes, the newest stay: by name, which begins with the time."""
        if not job.keep:
            return
        pattern = Path(job.keep)
        there = sorted((self._folder / pattern.parent).glob(pattern.name))
        for old in there[: -job.keep_count]:
            old.unlink(missing_ok=True)

    async def _alarm(self, job: Job) -> None:
        """Once when a job has failed as often as that, and again each time it doubles."""
        failed = 0
        for ran in self._history.latest(job.name, 1000):
            if ran.code in job.fine:
                break
            failed += 1
            if failed == 1:
                words = ran.words
        after = self._config.alarm.after
        if failed and failed % after == 0 and (failed // after).bit_count() == 1:
            await self._world.tell(job, failed, words)


def filled(arguments: Sequence[str], now: datetime) -> list[str]:
    """The command with the moment put in where it says `{time}` or `{day}`."""
    moment = {"{time}": f"{now:%Y-%m-%dT%H%M%S}", "{day}": f"{now:%Y-%m-%d}"}
    found = []
    for argument in arguments:
        for mark, text in moment.items():
            argument = argument.replace(mark, text)
        found.append(argument)
    return found


def as_process(folder: Path) -> Callable[[Sequence[str], float], Awaitable[Came]]:
    """Carries commands out as processes that stand in that folder."""

    async def carry_out(arguments: Sequence[str], seconds: float) -> Came:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "import sys; from sync.cli import main; sys.exit(main())"),
            *arguments,
            cwd=folder,
            env=os.environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(seconds):
                said, _ = await process.communicate()
        except TimeoutError:
            await _stopped(process)
            return Came(_TIMED_OUT, f"took longer than {seconds:.0f} s")
        except asyncio.CancelledError:
            await asyncio.shield(_stopped(process))
            raise
        return Came(process.returncode or 0, said.decode(errors="replace").strip())

    return carry_out


async def _stopped(process: asyncio.subprocess.Process) -> None:
    process.terminate()
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
