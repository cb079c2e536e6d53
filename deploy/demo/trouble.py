"""Who gets into which trouble: decided by the seed alone, so that a story can be told again."""

from __future__ import annotations

from enum import StrEnum
from random import Random
from typing import NamedTuple

__all__ = ["Loss", "Roles", "Trouble", "assign", "loss"]

LOSSES_PER_HUNDRED = 12


class Trouble(StrEnum):
    """What happens to one village's laptop, the most telling first."""

    TWO_LAPTOPS = "two_laptops"
    GRANT_ENDED = "grant_ended"
    CLONED_DISK = "cloned_disk"
    OLD_COPY = "old_copy"
    OFFLINE = "offline"
    CLOCK_2099 = "clock_2099"
    CLOCK_1970 = "clock_1970"
    LATE = "late"


class Loss(StrEnum):
    """What the road does to a sync's first message."""

    NONE = ""
    REQUEST = "lost_requests"
    REPLY = "lost_replies"


class Roles(NamedTuple):
    """The villages in trouble by number, and those whose figures are doubtful though true."""

    troubles: dict[int, Trouble]
    doubtful: frozenset[int]

    def number(self, trouble: Trouble) -> int | None:
        """The village in that trouble, None where there were too few villages for it."""
        return next((one for one, its in self.troubles.items() if its is trouble), None)


def assign(seed: int, villages: int) -> Roles:
    """One village for each trouble, as far as there are villages."""
    chance = Random(f"{seed} roles")  # noqa: S311 - a story, not a secret
    numbers = chance.sample(range(villages), villages)
    troubles = dict(zip(numbers, Trouble, strict=False))
    quiet = [number for number in numbers if number not in troubles]
    return Roles(troubles, frozenset(quiet[: max(1, villages // 15)]))


def loss(seed: int, village: int, quarter: int) -> Loss:
    """What the road loses of a village's sync after a quarter; one of each is certain."""
    if quarter == 0 and village < 2:
        return (Loss.REQUEST, Loss.REPLY)[village]
    drawn = Random(f"{seed} road {village} {quarter}").randrange(100)  # noqa: S311 - as above
    if drawn < LOSSES_PER_HUNDRED:
        return Loss.REQUEST
    return Loss.REPLY if drawn < 2 * LOSSES_PER_HUNDRED else Loss.NONE
