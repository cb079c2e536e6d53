"""Making a server whole whose database is damaged or gone.

It begins again as who it was, by its key, with what its own file still holds of accepted commits,
accounts, keys and codes, and its book of signing in; state and totals are made anew from the
commits. All else the laptops bring with
their next syncs: each holds its places and all above them, with the receipts. The damaged file is
kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

from server.accounts import people, tokens
from server.devices.invites import authority
from server.store import SCHEMAS, hooked
from server.verify import verify
from sync import clock
from sync.commit import Sealed
from sync.ids import CommitId
from sync.ledger import aside, identity, replacing
from sync.ledger.database import Database
from sync.ledger.identity import Identity
from sync.ledger.ledger import FILE_NAME, Ledger
from sync.ledger.receive import Intake
from sync.ledger.refill import Told, copy_tables, known_of, refill, unproved
from sync.ledger.salvage import Found, Remains, remains_of
from sync.ledger.soundfile import fault_in
from sync.problems import Problem
from sync.wire import Offered

__all__ = ["FIRST_LOGIN", "Rebuilt", "rebuild"]

FIRST_LOGIN = "admin"
OWN_TABLES = (
    *("account", "api_token", "invite"),
    *("first_password", "second_factor", "recovery_code", "service_identity"),
    *("mail_address", "mail_reminder", "signin_event", "device_seen"),
    *("api_key", "prefill_report", "draft", "review_words"),
)
"""What no commit and no laptop could bring again. Sessions are none of it: people sign in anew."""
_OFFERS_AT_ONCE = 200

Chance = Callable[[int], bytes]


class Rebuilt(NamedTuple):
    """What came of a damaged file. `password` and `token` are new where the old ones are gone.

    `lost` counts rows, or stretches of them, that could not be read; `kept` is where the damaged
    file lies now, if there was one. `resumed` says that an earlier rebuild, which was stopped, is
    done now: what it had shown once is not shown again.
    """

    commits: int = 0
    lost: int = 0
    password: str = ""
    token: str = ""
    kept: Path | None = None
    resumed: bool = False


async def rebuild(
    folder: Path, now: Callable[[], int], random_bytes: Chance, told: Told
) -> Rebuilt | None:
    """Puts a new database of the same server in place; None where nothing is wrong with the one
    that is there. No server may run on the folder. Whenever this is stopped, it can be begun again.

    Raises `data-missing`, `data-unfit`, `server-rebuild-keyless`, `storage-…`.
    """
    file = folder / FILE_NAME
    if replacing.is_unfinished(folder):
        return Rebuilt(kept=replacing.finish(folder), resumed=True)
    known = identity.read(folder)
    if known is None and not file.exists():
        raise Problem("data-missing", folder=str(folder))
    if known is not None and known.kind != "server":
        raise Problem("data-unfit", file=str(file))
    if await _is_sound(folder, now):
        return None
    part = replacing.part_of(folder)
    try:
        own, made = await _make(file, part, known, now, random_bytes, told)
    except BaseException:
        replacing.drop(folder)
        raise
    identity.write(folder, own)
    return made._replace(kept=replacing.replace(folder))


async def _is_sound(folder: Path, now: Callable[[], int]) -> bool:
    """Whether the database is there and `verify` would find nothing."""
    file = folder / FILE_NAME
    if not file.exists() or not file.stat().st_size or fault_in(file, None):
        return False
    try:
        return (await verify(folder, now)).ok
    except Problem as problem:
        if problem.code in {"data-newer", "data-foreign", "data-unfit"}:
            raise
        return False
    except Exception:  # noqa: BLE001 - what damage makes of a database may raise anything
        return False


async def _make(
    file: Path,
    part: Path,
    known: Identity | None,
    now: Callable[[], int],
    random_bytes: Chance,
    told: Told,
) -> tuple[Identity, Rebuilt]:
    """Makes the new database; anew without them, if commits turn out not to be their devices'."""
    new = part / FILE_NAME
    without: set[CommitId] = set()
    while True:
        replacing.begin(file.parent)
        async with Database.open(new, SCHEMAS, create=True):
            pass
        source = file if file.exists() and file.stat().st_size else new
        with remains_of(source, part, new) as remains:
            own = identity.either(known, remains.identity("server"))
            if own is None:
                raise Problem("server-rebuild-keyless", folder=str(file.parent))
            async with Database.open(new, SCHEMAS) as database, database.writing():
                await identity.keep(database, own)
                await database.set_meta("epoch", random_bytes(8))
            async with Ledger.open(part, now, schemas=SCHEMAS, check=False) as ledger:
                hooked(ledger)
                made = await _fill(ledger, remains, random_bytes, told, without)
                wrong = await unproved(ledger)
                if not wrong:
                    return await identity.of_database(ledger.database, "server"), made
        without |= wrong


async def _fill(
    ledger: Ledger,
    remains: Remains,
    random_bytes: Chance,
    told: Told,
    without: Collection[CommitId],
) -> Rebuilt:
    last = remains.meta().get("last_stamp")
    async with ledger.transaction() as database:
        await copy_tables(database, remains, OWN_TABLES)
    count, left = await refill(ledger, remains, told, without=without, as_server=True)
    count += await _judged_anew(ledger, left)
    asides = list(remains.asides())
    known = await known_of(ledger, [one.commit for one, _ in asides])
    async with ledger.transaction() as database:
        for one, carrier in asides:
            if one.commit.id not in known:
                await aside.put(database, [one], carrier)  # type: ignore[arg-type]  # any bytes do
        ((own,),) = await database.rows(
            "SELECT coalesce(max(last_stamp), 0) FROM commits WHERE device = ?", (ledger.device,)
        )
        stamps = [own, clock.tick(0, ledger.now()), last if isinstance(last, int) else 0]
        await database.set_meta("last_stamp", max(stamps))
    password, token = await _secrets(ledger, random_bytes)
    return Rebuilt(count, remains.lost, password, token)


async def _judged_anew(ledger: Ledger, left: list[Found]) -> int:
    """Those whose receipts are gone, as if a laptop had brought them; what lacks a parent waits."""
    accepted = 0
    for start in range(0, len(left), _OFFERS_AT_ONCE):
        offers = [
            Offered(Sealed(one.commit.body, one.signature), one.receipts)
            for one in left[start : start + _OFFERS_AT_ONCE]
        ]
        async with ledger.transaction() as database:
            intake = Intake(ledger, database)
            accepted += len((await intake.receive(offers, ledger.device)).accepted)
            await intake.finish()
    return accepted


async def _secrets(ledger: Ledger, random_bytes: Chance) -> tuple[str, str]:
    """A password for the first administrator and a token, where the old ones are gone."""
    password = token = ""
    administrator, _ = authority(ledger)
    if not await ledger.database.rows("SELECT 1 FROM account WHERE person = ?", (administrator,)):
        password = await people.open_account(ledger, administrator, FIRST_LOGIN, random_bytes)
    if not await ledger.database.rows("SELECT 1 FROM api_token"):
        token = await tokens.renew(ledger, random_bytes)
    return password, token
