"""What reviewers said when values came back, kept on this server to be offered again."""

from __future__ import annotations

from collections.abc import Iterable

from sync.ids import PersonId
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger

__all__ = ["offered", "remember"]

_OWN_MAX = 12
_OTHERS_MAX = 8


async def remember(ledger: Ledger, person: PersonId, form: str, words: Iterable[str]) -> None:
    """Keeps them as this person's, of this form."""
    rows = [(person, form, said, ledger.now()) for said in dict.fromkeys(words) if said]
    if not rows:
        return
    async with ledger.transaction() as database:
        await database.run_many(
            "INSERT INTO review_words (person, form, words, used_at) VALUES (?,?,?,?)"
            " ON CONFLICT (person, form, words) DO UPDATE SET used_at = excluded.used_at",
            rows,
        )


async def offered(database: Database, person: PersonId, form: str) -> list[str]:
    """Those of this person, the latest first, those of this form before; then others' of this form."""
    own = await database.rows(
        "SELECT words FROM review_words WHERE person = ?1"
        " GROUP BY words ORDER BY max(form = ?2) DESC, max(used_at) DESC LIMIT ?3",
        (person, form, _OWN_MAX),
    )
    others = await database.rows(
        "SELECT words FROM review_words WHERE form = ? GROUP BY words"
        " ORDER BY max(used_at) DESC LIMIT ?",
        (form, _OTHERS_MAX),
    )
    return list(dict.fromkeys(words for (words,) in (*own, *others)))
