"""Who gets into which trouble: decided by the seed alone, so that a story can be told again."""

from __future__ import annotations

from enum import StrEnum
from random import Random
from typing import NamedTuple

__all__ = ["Loss", "Roles", "Trouble", "assign", "losses"]

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


def losses(seed: int, roles: Roles, villages: int, quarter: int) -> dict[int, Loss]:
    """What the road loses of each village's sync after a quarter; one of each is certain."""
    syncing = [n for n in range(villages) if roles.troubles.get(n) is not Trouble.OFFLINE]
    chance = Random(f"{seed} road {quarter}")  # noqa: S311 - as above
    drawn = {number: _drawn(chance.randrange(100)) for number in syncing}
    if quarter == 0:
        drawn |= dict(zip(syncing, (Loss.REQUEST, Loss.REPLY), strict=False))
    return drawn


def _drawn(number: int) -> Loss:
    if number < LOSSES_PER_HUNDRED:
        return Loss.REQUEST
    return Loss.REPLY if number < 2 * LOSSES_PER_HUNDRED else Loss.NONE
