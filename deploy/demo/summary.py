"""What the demo came to, checked in the ledgers and not assumed."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, NamedTuple

from deploy.demo import inspection
from deploy.demo.inspection import Books
from deploy.demo.replicas import Server
from deploy.demo.trouble import Loss
from server.catalogue.keeping import catalogue_of
from server.rollup.folding import compare

if TYPE_CHECKING:
    from deploy.demo.story import Story

__all__ = ["Count", "Summary", "summed_up"]


class Count(NamedTuple):
    """How often something was planted, and how often it was found."""

    planted: int
    found: int


class Summary(NamedTuple):
    """The story's outcome. `lost` counts whatever was typed and is nowhere on the server."""

    villages: int
    laptops: int
    periods: int
    values_recorded: int
    values_on_server: int
    lost: int
    replicas_agree: bool
    versions_as_shown: bool
    rollups_equal_refold: bool
    conflicts: Count
    refusals: Count
    trouble: Mapping[str, Count]
    seconds: float = 0.0

    @property
    def is_so(self) -> bool:
        """Whether all of it is as it has to be."""
        counts = (self.conflicts, self.refusals, *self.trouble.values())
        return (
            self.lost == 0
            and self.values_recorded == self.values_on_server
            and self.replicas_agree
            and self.versions_as_shown
            and self.rollups_equal_refold
            and all(count.planted == count.found for count in counts)
        )

    def document(self) -> dict[str, object]:
        """For a program to read."""
        counts = {name: count._asdict() for name, count in self.trouble.items()}
        return {
            **self._asdict(),
            "conflicts": self.conflicts._asdict(),
            "refusals": self.refusals._asdict(),
            "trouble": counts,
        }


async def summed_up(story: Story) -> Summary:
    """Reads all ledgers and compares them with the diary and the plan."""
    ledger = story.station.ledger
    villages = {story.place_of(laptop): laptop.village.code for laptop in story.laptops}
    books = await inspection.read(ledger, villages)
    made, refused = inspection.edits_of(books.commits), inspection.edits_of(books.parked)
    overtyped = {n for c in books.commits for change in c.changes for n in change.replaced}
    there = made | overtyped | refused
    values, entries = story.diary.values(), story.diary.entries
    with story.bars.step("demo-comparing", len(story.everyone)) as told:
        agreement = await Server(ledger).agreement(story.everyone, told)
    _, differing = await compare(ledger)
    planted = {name for name, entry in entries.items() if entry.grant_ended}
    return Summary(
        villages=len(story.cast),
        laptops=len(story.everyone),
        periods=len(story.quarters),
        values_recorded=len(values),
        values_on_server=sum(entry.name in there for entry in values),
        lost=len(entries.keys() - there),
        replicas_agree=agreement.other == 0,
        versions_as_shown=made <= entries.keys()
        and books.standing == story.diary.standing(made)
        and refused == planted,
        rollups_equal_refold=not differing,
        conflicts=_matched(story.disputed, books.disputed),
        refusals=_matched(planted, refused),
        trouble=await _troubles(story, books),
    )


async def _troubles(story: Story, books: Books) -> dict[str, Count]:
    found = inspection.troubled(books, await catalogue_of(story.station.ledger))
    counts = {}
    for trouble, codes in found.items():
        laptop = story.in_trouble(trouble)
        counts[trouble.value] = _matched({laptop.village.code} if laptop else set(), codes)
    there = books.accepted_at.keys() | {commit.id for commit in books.parked}
    for loss in (Loss.REQUEST, Loss.REPLY):
        lost = [one.commits for one in story.road.lost if one.kind is loss]
        counts[loss.value] = Count(len(lost), sum(there.issuperset(names) for names in lost))
    unmade = story.unmade
    counts["server_put_back"] = Count(len(unmade), len(unmade & there))
    years = sum(quarter.start.month == 1 for quarter in story.quarters)
    counts["doubtful"] = Count(years * len(story.roles.doubtful), books.explained)
    return counts


def _matched(planted: AbstractSet[object], found: AbstractSet[object]) -> Count:
    """Both sizes; where the sizes are equal and the sets are not, the strange ones count too."""
    strange = len(found - planted) if len(found) == len(planted) else 0
    return Count(len(planted), len(found) + strange)
