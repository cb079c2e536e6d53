"""Jobs over a year of virtual time: what is due runs once, whatever the clock and the machine do."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from deploy.jobs.config import Config, Job, read
from deploy.jobs.history import CUT_SHORT, History
from deploy.jobs.planning import Plan
from deploy.jobs.running import Came, Jobs, World, filled
from sync.problems import Problem

CHINA = ZoneInfo("Asia/Shanghai")
BEGIN = datetime(2024, 1, 1, tzinfo=CHINA)
NIGHTLY = Job(name="backup", run=["server", "backup"], cron="30 2 * * *")
OFTEN = Job(name="sync", run=["field", "sync"], every_minutes=24 * 60, fine=(0, 1))
SKIPPED = Job(name="remind", run=["server", "remind"], cron="0 9 * * 1", missed="skip")


class Clock:
    """A world in which time passes when the test says so, and commands end as it says."""

    def __init__(self, codes: Sequence[int] = (0,)) -> None:
        self.now = BEGIN
        self.ran: list[tuple[datetime, str]] = []
        self.told: list[tuple[str, int, str]] = []
        self.codes = list(codes)
        self.waits: list[float] = []

    def world(self) -> World:
        """What the jobs see of it."""

        async def wait(seconds: float) -> None:
            self.waits.append(seconds)

        async def carry_out(arguments: Sequence[str], _: float) -> Came:
            self.ran.append((self.now, " ".join(arguments)))
            code = self.codes.pop(0) if len(self.codes) > 1 else self.codes[0]
            return Came(code, f"ended with {code}")

        async def tell(job: Job, failed: int, words: str) -> None:
            self.told.append((job.name, failed, words))

        return World(lambda: self.now.astimezone(UTC), wait, carry_out, tell)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    """An empty history."""
    with History.of(tmp_path / "jobs.db") as opened:
        yield opened


async def passes(
    clock: Clock, jobs: Jobs, until: datetime, step: timedelta = timedelta(minutes=5)
) -> None:
    """Time goes on, and the jobs look what is due."""
    while clock.now < until:
        clock.now += step
        jobs.look()
        await jobs.settled()


async def test_over_a_year_each_moment_is_run_once(tmp_path: Path, history: History) -> None:
    """A year of nights, days and Mondays: as many runs as there are moments (D10)."""
    clock = Clock()
    config = Config(job=[NIGHTLY, OFTEN, SKIPPED])
    jobs = Jobs(config, tmp_path, history, clock.world())
    jobs.look()
    await passes(clock, jobs, datetime(2025, 1, 1, tzinfo=CHINA), timedelta(minutes=30))

    counts = Counter(command for _, command in clock.ran)
    assert counts == {"server backup": 366, "field sync": 366, "server remind": 53}
    assert all(at.hour == 2 for at, command in clock.ran if command == "server backup")
    assert {at.weekday() for at, command in clock.ran if command == "server remind"} == {0}


async def test_what_was_missed_is_caught_up_once_or_skipped(
    tmp_path: Path, history: History
) -> None:
    """A machine that was off for ten days makes one backup for all of them, and no reminder (D10)."""
    clock = Clock()
    jobs = Jobs(Config(job=[NIGHTLY, SKIPPED]), tmp_path, history, clock.world())
    jobs.look()
    clock.now = BEGIN + timedelta(days=10, hours=12)
    (due,) = jobs.look()
    await jobs.settled()

    assert (due.job.name, due.is_late) == ("backup", True)
    assert [command for _, command in clock.ran] == ["server backup"]
    assert jobs.look() == []


async def test_a_clock_that_jumps_runs_nothing_twice(tmp_path: Path, history: History) -> None:
    """Set back by a year and forth again, by hand or by the network: what was run stays run, and a
    jump ahead is one run (D10).
    """
    clock = Clock()
    jobs = Jobs(Config(job=[NIGHTLY]), tmp_path, history, clock.world())
    jobs.look()
    await passes(clock, jobs, BEGIN + timedelta(days=3), timedelta(hours=1))
    assert len(clock.ran) == 3
    clock.now -= timedelta(days=365)
    await passes(clock, jobs, clock.now + timedelta(days=2), timedelta(hours=1))
    clock.now = BEGIN + timedelta(days=3)
    await passes(clock, jobs, BEGIN + timedelta(days=4), timedelta(hours=1))

    assert len(clock.ran) == 4
    clock.now += timedelta(days=4000)
    jobs.look()
    await jobs.settled()
    assert len(clock.ran) == 5


async def test_kills_at_any_moment_run_nothing_twice_and_are_told(
    tmp_path: Path, history: History
) -> None:
    """The process is killed in the midst of runs, over a quarter of a year: a run that was cut short
    says so, and no moment has two runs (D10).
    """
    chance = Random(4)
    clock = Clock()
    killed = 0
    jobs = Jobs(Config(job=[NIGHTLY]), tmp_path, history, clock.world())
    jobs.look()
    while clock.now < BEGIN + timedelta(days=90):
        clock.now += timedelta(hours=1)
        for due in jobs.look():
            if chance.random() < 0.3:
                for task in jobs._going.values():
                    task.cancel()
                await jobs.settled()
                killed += 1
                with History.of(tmp_path / "jobs.db") as again:
                    again.begin(due.job.name, due.at, clock.now)
                    jobs = Jobs(Config(job=[NIGHTLY]), tmp_path, history, clock.world())
                    again.mark_cut_short(clock.now)
            await jobs.settled()

    runs = history.latest("backup", 1000)
    assert len({ran.due_at for ran in runs}) == len(runs) == 90
    assert sum(ran.words == CUT_SHORT for ran in runs) == killed > 10


async def test_two_processes_with_one_file_share_the_work(tmp_path: Path, history: History) -> None:
    """Started twice by mistake, each moment is still run once (D11)."""
    clock = Clock()
    with History.of(tmp_path / "jobs.db") as other:
        first = Jobs(Config(job=[NIGHTLY]), tmp_path, history, clock.world())
        second = Jobs(Config(job=[NIGHTLY]), tmp_path, other, clock.world())
        first.look()
        while clock.now < BEGIN + timedelta(days=20):
            clock.now += timedelta(hours=1)
            first.look()
            second.look()
            await asyncio.gather(first.settled(), second.settled())

    assert len(clock.ran) == 20


async def test_a_run_that_fails_is_tried_again_with_growing_waits(
    tmp_path: Path, history: History
) -> None:
    """A network that comes back is used; each failure is said, and the history has the count (D11)."""
    clock = Clock([2, 2, 0])
    said: list[tuple[str, int, float]] = []
    world = clock.world()._replace(
        retrying=lambda job, came, seconds: said.append((job.name, came.code, seconds))
    )
    jobs = Jobs(Config(job=[NIGHTLY]), tmp_path, history, world)
    assert await jobs.once("backup") == 0
    assert said == [("backup", 2, 30), ("backup", 2, 60)]

    (ran,) = history.latest("backup", 1)
    assert (ran.code, ran.attempts, clock.waits) == (0, 3, [30, 60])


async def test_a_job_that_keeps_failing_is_told_and_not_every_time(
    tmp_path: Path, history: History
) -> None:
    """At the third failure in a row somebody is told, then ever more seldom; a good run ends it
    (D11).
    """
    clock = Clock([2])
    job = Job(name="backup", run=["server", "backup"], every_minutes=60, attempts=1)
    jobs = Jobs(Config(job=[job]), tmp_path, history, clock.world())
    jobs.look()
    await passes(clock, jobs, BEGIN + timedelta(hours=13), timedelta(minutes=30))

    assert [count for _, count, _ in clock.told] == [3, 6, 12]
    assert clock.told[0][2] == "ended with 2"
    clock.codes = [0]
    await passes(clock, jobs, clock.now + timedelta(hours=2), timedelta(minutes=30))
    clock.codes = [2]
    await passes(clock, jobs, clock.now + timedelta(hours=2), timedelta(minutes=30))
    assert len(clock.told) == 3


async def test_of_what_a_job_makes_the_newest_stay(tmp_path: Path, history: History) -> None:
    """Old backups go, the newest are kept, and other files are let alone (D11)."""
    for day in range(1, 10):
        (tmp_path / f"2024-01-0{day}.backup").touch()
    (tmp_path / "other.txt").touch()
    job = Job(name="backup", run=["x"], every_minutes=60, keep="*.backup", keep_count=3)
    jobs = Jobs(Config(job=[job]), tmp_path, history, Clock().world())
    await jobs.once("backup")

    assert sorted(one.name for one in tmp_path.glob("*.backup")) == [
        f"2024-01-0{day}.backup" for day in (7, 8, 9)
    ]
    assert (tmp_path / "other.txt").exists()


@pytest.mark.parametrize(
    "days,weekdays",
    [("1", {0}), ("0", {6}), ("7", {6}), ("1-5", {0, 1, 2, 3, 4}), ("0,3", {6, 2}), ("*", None)],
)
def test_days_of_the_week_are_those_of_cron(days: str, weekdays: set[int] | None) -> None:
    """1 is Monday and 0 is Sunday, as in every crontab (D10)."""
    plan = Plan(Config(job=[Job(name="a", run=["x"], cron=f"0 9 * * {days}")]))
    moment, found = BEGIN, set()
    for _ in range(14):
        after = plan.next("a", moment)
        assert after is not None
        moment = after
        found.add(moment.weekday())

    assert found == (weekdays or set(range(7)))


def test_the_moment_is_put_into_a_command() -> None:
    """Each backup has a name of its own (D10)."""
    moment = datetime(2024, 3, 5, 2, 30, tzinfo=CHINA)

    assert filled(["-o", "b/{time}.backup", "{day}"], moment) == [
        "-o",
        "b/2024-03-05T023000.backup",
        "2024-03-05",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "job = 3",
        '[[job]]\nname = "a"\nrun = ["x"]',
        '[[job]]\nname = "a"\nrun = ["x"]\ncron = "0 0 * * *"\nevery_minutes = 5',
        '[[job]]\nname = "a"\nrun = []\nevery_minutes = 5',
        '[[job]]\nname = "A b"\nrun = ["x"]\nevery_minutes = 5',
        '[[job]]\nname = "a"\nrun = ["x"]\nevery_minutes = 5\n' * 2,
        '[[job]]\nname = "a"\nrun = ["x"]\nevery_minutes = 5\nspeed = 3',
        "\x00",
    ],
)
def test_a_file_that_is_wrong_is_refused_whole(tmp_path: Path, text: str) -> None:
    """One sentence says what is wrong, before anything runs (D10)."""
    file = tmp_path / "jobs.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Problem, match="jobs-malformed"):
        read(file)


def test_a_cron_line_or_zone_that_is_none_is_refused() -> None:
    """As above, for what only the scheduler can tell (D10)."""
    with pytest.raises(Problem, match="jobs-malformed"):
        Plan(Config(job=[Job(name="a", run=["x"], cron="every day")]))
    with pytest.raises(Problem, match="jobs-malformed"):
        Plan(Config(job=[NIGHTLY], time_zone="Moon/Base"))
