"""Who may see and do what where, by a person's grants: the one place of a server that decides.

A need is asked of a place and is met by a grant there or at any place above it. Whoever holds any
role but that of open data sees the pages of its place and of all below it; an administrator looks
after people and machines, and neither reviews nor files figures in that role.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from sync.grants import Grant
from sync.ids import GrantId, PersonId, PlaceId
from sync.ledger.ledger import Ledger
from sync.problems import Problem

__all__ = ["MEETS", "Need", "Viewer"]


class Need(StrEnum):
    """What a page or an action asks of the person who calls it."""

    SEE = "see"
    ENTER = "enter"
    REVIEW = "review"
    REVIEW_TOWN = "review_town"
    REVIEW_COUNTY = "review_county"
    DEFINE = "define"
    RELEASE = "release"
    ADMINISTER = "administer"


MEETS: Final[Mapping[Need, frozenset[str]]] = {
    Need.SEE: frozenset({"enter", "review_town", "review_county", "define", "administer", "view"}),
    Need.ENTER: frozenset({"enter"}),
    Need.REVIEW: frozenset({"review_town", "review_county"}),
    Need.REVIEW_TOWN: frozenset({"review_town"}),
    Need.REVIEW_COUNTY: frozenset({"review_county"}),
    Need.DEFINE: frozenset({"define"}),
    Need.RELEASE: frozenset({"define", "review_county"}),
    Need.ADMINISTER: frozenset({"administer"}),
}
"""The roles that meet each need."""


class Viewer:
    """One person's grants that are good now, and what follows from them."""

    def __init__(self, ledger: Ledger, person: PersonId) -> None:
        self._ledger = ledger
        self.person = person
        self.name = ledger.register.names.get(person.hex(), "")
        disabled = person.hex() in ledger.register.disabled
        self.grants: Mapping[GrantId, Grant] = (
            {} if disabled else ledger.register.grants_of(person, ledger.now())
        )

    def grant_for(self, need: Need, place: PlaceId) -> GrantId | None:
        """The grant under which the person meets a need at a place; of several, the nearest one."""
        above = self._ledger.above(place)
        found = [
            (above.index(grant.place), name)
            for name, grant in self.grants.items()
            if grant.role in MEETS[need] and grant.place in above
        ]
        return min(found)[1] if found else None

    def may(self, need: Need, place: PlaceId) -> bool:
        """Whether the person meets the need at the place."""
        return self.grant_for(need, place) is not None

    def sees(self, place: PlaceId) -> bool:
        """Whether pages about the place are for this person."""
        return self.may(Need.SEE, place)

    def demand(self, need: Need, place: PlaceId) -> GrantId:
        """The grant for it. Raises `place-unknown` for what isn't in sight, `not-allowed`."""
        found = self.grant_for(need, place)
        if found is not None:
            return found
        if not self.sees(place):
            raise Problem("place-unknown", code=self.code(place))
        raise Problem("not-allowed")

    def roots(self, need: Need = Need.SEE) -> list[PlaceId]:
        """The topmost places where the need is met, in the order of their codes."""
        held = {grant.place for grant in self.grants.values() if grant.role in MEETS[need]}
        top = [place for place in held if held.isdisjoint(set(self._ledger.above(place)) - {place})]
        return sorted(top, key=lambda place: (self.code(place), place))

    def needs(self) -> frozenset[Need]:
        """The needs that are met anywhere: what a menu offers."""
        return frozenset(need for need in Need if self.roots(need))

    def within(self, need: Need, places: Iterable[PlaceId]) -> list[PlaceId]:
        """Those of the places where the need is met."""
        return [place for place in places if self.may(need, place)]

    def code(self, place: PlaceId) -> str:
        """What a person calls the place when it can't be shown: its code, or the realm's own."""
        return self._ledger.tree.code(place, self._ledger.today()) or place.hex()[:8]
