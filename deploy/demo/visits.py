"""What one officer does at one laptop on one visit, in trouble or not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from deploy.demo.figures import Figures
from deploy.demo.laptop import KeptDesk, Laptop
from deploy.demo.times import moment
from deploy.demo.trouble import Trouble, losses
from sync.period import Kind, Period

if TYPE_CHECKING:
    from deploy.demo.story import Story

__all__ = ["afterwards", "second_laptop", "sync_only", "usual"]

Told = Callable[[], None]

_CARD, _YEARLY, _QUARTERLY, _MONTHLY = "C100", "C101", "C201", "C202"
_COUNTED_AGAIN = "D002"


async def usual(story: Story, laptop: Laptop, index: int, told: Told) -> None:
    """A quarter's reports, each typed in its own days, and the sync after them."""
    quarter = story.quarters[index]
    trouble = story.roles.troubles.get(laptop.village.number)
    copied = index == _copied_in(story, trouble)
    async with laptop.opened() as desk:
        if trouble is Trouble.CLOCK_1970:
            # Without a word from the server since, it could not know that the months have begun.
            await laptop.sync(desk, story.road, story.station.url)
        await _type_earlier_reports(story, laptop, desk, index)
        if not copied:
            await _hand_in_last_month(laptop, desk, quarter)
            if not _waits(story, trouble, index):
                await _report(story, laptop, desk, quarter)
            if trouble is not Trouble.OFFLINE:
                await _sync(story, laptop, desk, index)
    if copied:
        await _go_on_twice(story, laptop, index)
    told()


async def second_laptop(story: Story, quarter: Period) -> None:
    """A second laptop of a village counts for itself and has not seen the first one's figures."""
    laptop = await story.second_laptop()
    if laptop is None:
        return
    figures = _figures(story, laptop)
    ours, theirs = figures.quarter(quarter), figures.quarter(quarter, other=1)
    async with laptop.opened() as desk:
        laptop.clock.set(_day_of(quarter, 7))
        await laptop.type(desk, quarter, theirs)
    story.disputed |= {
        (laptop.village.code, quarter.text, code)
        for code, text in theirs.items()
        if text != ours[code]
    }


async def afterwards(story: Story, index: int) -> None:
    """Who comes weeks later: the late one, the one put back to an old disk, the one dismissed."""
    quarter = story.quarters[index]
    if index == story.middle and (two := story.in_trouble(Trouble.TWO_LAPTOPS)):
        for second in (one for one in story.copies if one.village == two.village):
            await sync_only(story, second, lambda: None)
    if index == 0 and (laptop := story.in_trouble(Trouble.LATE)):
        async with laptop.opened() as desk:
            laptop.clock.set(story.clock())
            await _report(story, laptop, desk, quarter, day=None)
            await laptop.sync(desk, story.road, story.station.url)
    if index == 0 and (laptop := story.in_trouble(Trouble.OLD_COPY)):
        laptop.put_back(next(one for one in story.copies if one.village == laptop.village))
        story.copies = [one for one in story.copies if one.village != laptop.village]
        await _count_again(story, laptop, quarter)
    if index == len(story.quarters) - 1 and (laptop := story.in_trouble(Trouble.GRANT_ENDED)):
        await story.end_grant(laptop)
        async with laptop.opened() as desk:
            await _report(story, laptop, desk, quarter)
            laptop.clock.set(story.clock())
            await laptop.sync(desk, story.road, story.station.url)


async def sync_only(story: Story, laptop: Laptop, told: Told) -> None:
    """Comes by, syncs, goes."""
    async with laptop.opened() as desk:
        laptop.clock.set(story.clock())
        await laptop.sync(desk, story.road, story.station.url)
    told()


async def _type_earlier_reports(story: Story, laptop: Laptop, desk: KeptDesk, index: int) -> None:
    """Card and yearly report in January; the months, of which the last is not handed in yet."""
    quarter = story.quarters[index]
    figures = _figures(story, laptop)
    january = quarter.start + timedelta(days=19)
    if index == 0:
        laptop.clock.set(moment(january, 9))
        await laptop.type(desk, quarter.parts(Kind.MONTH)[0], figures.card())
    if quarter.start.month == 1:
        year = quarter.year().previous()
        laptop.clock.set(moment(january, 15))
        await laptop.type(desk, year, figures.year(year))
        await laptop.submit(desk, _YEARLY, year)
    for month in quarter.parts(Kind.MONTH):
        laptop.clock.set(_day_of(month, 2))
        await laptop.type(desk, month, figures.month(month))
        if month.end != quarter.end:
            await laptop.submit(desk, _MONTHLY, month)


async def _hand_in_last_month(laptop: Laptop, desk: KeptDesk, quarter: Period) -> None:
    await laptop.submit(desk, _MONTHLY, quarter.parts(Kind.MONTH)[-1])


async def _report(
    story: Story, laptop: Laptop, desk: KeptDesk, quarter: Period, day: int | None = 6
) -> None:
    if day is not None:
        laptop.clock.set(_day_of(quarter, day))
    await laptop.type(desk, quarter, _figures(story, laptop).quarter(quarter))
    await laptop.submit(desk, _QUARTERLY, quarter)


async def _sync(story: Story, laptop: Laptop, desk: KeptDesk, index: int) -> None:
    laptop.clock.set(story.clock())
    lost = losses(story.seed, story.roles, len(story.cast), index)[laptop.village.number]
    await laptop.sync(desk, story.road, story.station.url, lost)


async def _go_on_twice(story: Story, laptop: Laptop, index: int) -> None:
    """Copies the disk with what is pending on it; the original goes on, a clone goes on as well."""
    quarter = story.quarters[index]
    copy = laptop.copy(f"{laptop.folder.name}-copy")
    story.copies.append(copy)
    async with laptop.opened() as desk:
        await _hand_in_last_month(laptop, desk, quarter)
        await _report(story, laptop, desk, quarter)
        await _sync(story, laptop, desk, index)
    if story.roles.troubles[laptop.village.number] is Trouble.CLONED_DISK:
        await _count_again(story, copy, quarter)


async def _count_again(story: Story, laptop: Laptop, quarter: Period) -> None:
    """On an old copy of a disk: corrects a pending figure, and reports one that was reported."""
    month = quarter.parts(Kind.MONTH)[-1]
    figures = _figures(story, laptop)
    async with laptop.opened() as desk:
        laptop.clock.set(story.clock() - 3600)
        received = int(figures.month(month)["F006"])
        await laptop.type(desk, month, {"F006": str(received + 1)})
        theirs = figures.quarter(quarter, other=1)
        await laptop.type(desk, quarter, {_COUNTED_AGAIN: theirs[_COUNTED_AGAIN]})
        story.disputed.add((laptop.village.code, quarter.text, _COUNTED_AGAIN))
        laptop.clock.set(story.clock())
        await laptop.sync(desk, story.road, story.station.url)


def _copied_in(story: Story, trouble: Trouble | None) -> int | None:
    """The quarter in which a disk is copied."""
    if trouble is Trouble.OLD_COPY:
        return 0
    return min(1, len(story.quarters) - 1) if trouble is Trouble.CLONED_DISK else None


def _waits(story: Story, trouble: Trouble | None, index: int) -> bool:
    """Whether the quarter's report is left for afterwards."""
    if trouble is Trouble.LATE:
        return index == 0
    return trouble is Trouble.GRANT_ENDED and index == len(story.quarters) - 1


def _figures(story: Story, laptop: Laptop) -> Figures:
    village = laptop.village
    doubtful = village.number in story.roles.doubtful
    return Figures(story.seed, village.code, doubtful=doubtful)


def _day_of(period: Period, days: int) -> int:
    """So many days after the period's end, in the afternoon."""
    return moment(period.end + timedelta(days=days), 14)
