"""A town's reviewer for tests: what one files about forms, by the server's own hand."""

from __future__ import annotations

import os

from server import filing
from server.accounts import grants, people
from sync import review
from sync.ids import GrantId, PersonId
from sync.ledger.ledger import Ledger
from sync.review import Decided, Decision, Return
from sync.value import Cell, Value
from tests.unit.field_office import TOWN, VILLAGE, Office

PERIOD, FORM = "2024Q3", "C201"


class Reviewer:
    """Somebody who may review below the town, and nothing else."""

    def __init__(self, office: Office, person: PersonId, grant: GrantId) -> None:
        self.office = office
        self.person = person
        self.grant = grant

    @classmethod
    async def at(cls, office: Office) -> Reviewer:
        """A new reviewer of the town."""
        person, _ = await people.add(office.ledger, "李镇", "lizhen", TOWN, os.urandom)
        grant = await grants.add(office.ledger, person, "review_town", TOWN, None, os.urandom)
        return cls(office, person, grant)

    async def decide(
        self, state: Decided, words: str = "", but: dict[str, str] | None = None
    ) -> None:
        """Files a decision about the form as the server has it now; what it leaves out comes back."""
        saw = await _names(self.office.ledger, review.submission_cell(PERIOD, FORM))
        cell = review.decision_cell(PERIOD, FORM)
        cells = await self._returns(but or {})
        decision = Decision(state, saw, words, but=tuple(but or ()))
        await self.file([*cells, (cell, review.encode(decision))])

    async def send_back(self, words: dict[str, str]) -> None:
        """Returns those values with those words, and with them the form."""
        await self.file(await self._returns(words))
        await self.decide(Decided.RETURNED, "请看退回的数")

    async def _returns(self, words: dict[str, str]) -> list[tuple[Cell, Value]]:
        cells = []
        for code, said in words.items():
            saw = await _names(self.office.ledger, Cell("value", PERIOD, code))
            cells.append((review.return_cell(PERIOD, FORM, code), review.encode(Return(said, saw))))
        return cells

    async def file(self, cells: list[tuple[Cell, Value]]) -> None:
        """Files cells of the village."""
        filed = filing.Filed(VILLAGE, self.person, self.grant, cells)
        await filing.file(self.office.ledger, [filed])


async def _names(ledger: Ledger, cell: Cell) -> tuple[str, ...]:
    """The versions that a page of the server would show."""
    standing = (await ledger.standing(VILLAGE, [cell[:2]])).get(cell)
    return tuple(one.commit.hex() for one in standing.versions) if standing else ()
