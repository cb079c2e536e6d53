"""The person in whose name values are imported: made at the first use of the name."""

from __future__ import annotations

from server.devices.invites import authority
from server.filing import Filed, file_within
from sync.ids import GrantId, PersonId, mint_at
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.limits import NAME_CHARS_MAX
from sync.problems import Problem
from sync.value import Cell, choice_value, flag_value, text_value

__all__ = ["author_named"]


async def author_named(ledger: Ledger, database: Database, name: str) -> tuple[PersonId, GrantId]:
    """A person of that name who may enter values everywhere, and that grant; inside a transaction.

    Raises `author-malformed`, and `author-ended` where the grant was ended or the person disabled.
    """
    name = name.strip()
    if not name or len(name) > NAME_CHARS_MAX:
        raise Problem("author-malformed", most=NAME_CHARS_MAX)
    person = PersonId(mint_at("person", ledger.root, b"import", name.encode()))
    grant = GrantId(mint_at("grant", ledger.root, b"import", name.encode()))
    known = ledger.register.grants.get(grant.hex())
    if known is None:
        administrator, under = authority(ledger)
        cells = [
            (Cell("signin", ledger.device.hex(), person.hex()), flag_value(True)),
            (Cell("person", person.hex(), "name"), text_value(name)),
            (Cell("grant", grant.hex(), "person"), text_value(person.hex())),
            (Cell("grant", grant.hex(), "role"), choice_value("enter")),
        ]
        await file_within(ledger, database, [Filed(ledger.root, administrator, under, cells)])
    elif known.ended or person.hex() in ledger.register.disabled:
        raise Problem("author-ended", name=name)
    return person, grant
