"""Every change that was ever accepted, in the order of acceptance."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from server.catalogue.keeping import catalogue_of
from server.exchange.listing import EVERYWHERE, Reach
from server.exchange.moments import Reading, own_reading
from server.exchange.selecting import indicators_asked, places_below
from sync import clock, commit_bytes
from sync import period as periods
from sync.commit import Change, Commit
from sync.ledger.ledger import Ledger
from sync.value import shown_text

__all__ = ["CHANGE_COLUMNS", "changes"]

CHANGE_COLUMNS = (
    "accepted_at",
    "typed_at",
    "place_code",
    "place",
    "kind",
    "subject",
    "field",
    "type",
    "value",
    "author",
    "author_name",
    "device",
    "commit",
)
_COMMITS_AT_ONCE = 50  # one may be large: others get their turn between two chunks


async def changes(
    ledger: Ledger,
    *,
    period: str,
    indicators: Sequence[str],
    place_code: str,
    level: str,
    reading: Reading | None = None,
    reach: Reach = EVERYWHERE,
) -> AsyncIterator[Sequence[str]]:
    """All changes within reach; a period or indicators leave only changes of their values.

    Raises `period-malformed`, `indicator-unknown`, `place-unknown`, `level-unknown`.
    """
    only_period = periods.parse(period).text if period else ""
    only = set(indicators_asked(await catalogue_of(ledger), indicators)) if indicators else None
    places = places_below(ledger.tree, ledger.today(), place_code, level, reach.covers)
    reading = reading or own_reading(ledger)
    last = 0
    while True:
        async with reading() as books:
            rows = await books.database.rows(
                "SELECT position, body, accepted_at FROM commits WHERE position > ?"
                " ORDER BY position LIMIT ?",
                (last, _COMMITS_AT_ONCE),
            )
        if not rows:
            return
        last = rows[-1][0]
        for _, body, accepted_at in rows:
            commit = commit_bytes.decode(body)
            if not reach.covers(commit.place) or not (places is None or commit.place in places):
                continue
            for change in commit.changes:
                is_value = change.cell.kind == "value"
                if only_period and not (is_value and change.cell.subject == only_period):
                    continue
                if only is None or (is_value and change.cell.field in only):
                    yield _row(ledger, commit, change, accepted_at)


def _row(ledger: Ledger, commit: Commit, change: Change, accepted_at: int) -> Sequence[str]:
    author = commit.author.hex()
    return (
        _moment(accepted_at),
        _moment(clock.seconds(change.stamp)),
        ledger.tree.code(commit.place, ledger.today()),
        commit.place.hex(),
        *change.cell,
        change.value.type.name.lower(),
        shown_text(change.value),
        author,
        ledger.register.names.get(author, ""),
        commit.device.hex(),
        commit.id.hex(),
    )


def _moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return str(seconds)
