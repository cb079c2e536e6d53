"""The oracle: a model of right and wrong that knows nothing of commits, graphs or stamps.

For each edit it knows which edits its author had been shown: those on its page, and what those had
been shown. The versions of a cell that survive are the accepted edits that no accepted edit had
seen. Every value in a simulated world is another number, so that a number names its edit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

Where = tuple[bytes, str]
"""A place and the name of a cell there."""


class Typed(NamedTuple):
    """One edit as a person made it."""

    number: int
    where: Where
    device: bytes
    grant: bytes
    is_signed_in: bool
    seen: frozenset[int]


@dataclass
class Oracle:
    """What was typed, by whom, having seen what; and what was destroyed with a disk."""

    typed: dict[int, Typed] = field(default_factory=dict)
    overtyped: set[int] = field(default_factory=set)
    destroyed: set[int] = field(default_factory=set)
    ended: set[bytes] = field(default_factory=set)
    revoked: set[bytes] = field(default_factory=set)
    moved: set[bytes] = field(default_factory=set)

    def type(
        self,
        where: Where,
        device: bytes,
        grant: bytes,
        page: Collection[int],
        *,
        is_signed_in: bool = True,
    ) -> int:
        """Notes an edit made from a page that showed those edits; its number."""
        number = len(self.typed) + 1
        seen = frozenset(page).union(*(self.typed[one].seen for one in page))
        self.typed[number] = Typed(number, where, device, grant, is_signed_in, seen)
        return number

    def survivors(self, accepted: Iterable[int]) -> dict[Where, frozenset[int]]:
        """The versions that each cell must have, if these edits and no others are accepted."""
        cells: dict[Where, set[int]] = {}
        for number in accepted:
            cells.setdefault(self.typed[number].where, set()).add(number)
        return {
            where: frozenset(there.difference(*(self.typed[number].seen for number in there)))
            for where, there in cells.items()
        }

    def may_be_refused(self, number: int) -> bool:
        """Whether a server could ever rightly refuse the edit."""
        typed = self.typed[number]
        return (
            typed.grant in self.ended
            or typed.device in self.revoked
            or typed.where[0] in self.moved
            or not typed.is_signed_in
        )

    def destroy(self, gone: Collection[int], left: Collection[int]) -> None:
        """Notes that a disk with these edits was lost while others held those."""
        self.destroyed |= set(gone) - set(left)

    def missing(
        self, accepted: Collection[int], parked: Collection[int], waiting: Collection[int]
    ) -> list[str]:
        """What must be somewhere and isn't, or was refused without a cause."""
        faults = []
        for number, typed in self.typed.items():
            if number in accepted or number in self.overtyped or number in waiting:
                continue
            if number in parked:
                if not self.may_be_refused(number) and number not in self.destroyed:
                    faults.append(f"edit {number} is parked without a cause")
            elif number not in self.destroyed:
                faults.append(f"edit {number} of {typed.device.hex()[:6]} is nowhere")
        return faults
