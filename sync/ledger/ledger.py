"""The ledger: the one object through which a laptop or a server reads and writes its database."""

from __future__ import annotations

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import asynccontextmanager
from copy import copy
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import msgspec

from sync import clock, places
from sync.digest import place_fingerprint, scope_fingerprint
from sync.grants import KINDS, Register
from sync.ids import DeviceId, EditId, PlaceId, RealmId, realm_place
from sync.ledger import edits
from sync.ledger.acceptance import accepted_heads, ahead
from sync.ledger.apply import CellChange
from sync.ledger.database import Database, Row
from sync.ledger.edits import Edit, Sealer, Standing
from sync.places import Tree
from sync.problems import Problem
from sync.receipt import Receipt, Refusal
from sync.trust import Certificate, KeySigner, device_of
from sync.value import Cell, Type, Value

FILE_NAME = "tianji.db"
CHINA = timezone(timedelta(hours=8))
SCHEMAS = ("sync.ledger",)

Hook = Callable[[Database, Sequence[CellChange]], Awaitable[None]]
"""What else belongs in the transaction that changed those cells (a server's rollups)."""


class Ledger:
    """Commits and what they fold to, with the registers of devices, grants and places in memory."""

    def __init__(self, database: Database, sealer: Sealer, now: Callable[[], int]) -> None:
        self.database = database
        self.sealer = sealer
        self.now = now
        self.register = Register()
        self.tree = Tree()
        self.certificates: dict[DeviceId, Certificate] = {}
        self.hooks: list[Hook] = []
        self.origin = self
        """The ledger that writes, of which a page may read a moment through another connection."""
        self._stale = False
        self.is_in_doubt = False
        """Whether a transaction was undone: what is in memory may be of it, until it is read anew."""
        self.definitions = 0
        """Grows whenever a definition changes: what was made of definitions is made anew."""
        self.moves = 0
        """Grows whenever anything of a place changes: what was made of the hierarchy is made anew."""

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        folder: Path,
        now: Callable[[], int],
        *,
        schemas: Sequence[str] = SCHEMAS,
        check: bool = True,
    ) -> AsyncIterator[Ledger]:
        """Opens a ledger that `create` made. Raises `data-missing`, `data-newer`, `storage-…`."""
        async with Database.open(folder / FILE_NAME, schemas, check=check) as database:
            realm = await database.meta("realm")
            keys = await database.rows("SELECT value FROM secret WHERE name = 'device'")
            if realm is None or not keys:
                raise Problem("data-missing", folder=str(folder))
            signer = KeySigner(keys[0][0])
            sealer = Sealer(RealmId(realm), device_of(signer.public), signer)
            ledger = cls(database, sealer, now)
            await database.changed_elsewhere()  # from here on, what others write is noticed
            await ledger.reload()
            yield ledger

    def read_by(self, database: Database) -> Ledger:
        """The same ledger as it is now, its figures read through another connection."""
        read = copy(self)
        read.database = database
        return read

    @property
    def realm(self) -> RealmId:
        """The installation that this ledger belongs to."""
        return self.sealer.realm

    @property
    def device(self) -> DeviceId:
        """This device."""
        return self.sealer.device

    @property
    def root(self) -> PlaceId:
        """The realm's own place, above all others."""
        return realm_place(self.realm)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Database]:
        """One transaction; what is in memory is read anew if it fails or another process wrote."""
        try:
            async with self.database.writing():
                if await self.database.changed_elsewhere() or self._stale:
                    await self.reload()
                    self._stale = False
                yield self.database
        except BaseException:
            self.is_in_doubt = self._stale
            raise
        self._stale = False

    async def reload(self) -> None:
        """Reads certificates and the registers of devices, grants and places from the database."""
        self._stale = True
        self.register, self.tree = Register(), Tree()
        for (content,) in await self.database.rows("SELECT content FROM certificate"):
            certificate = msgspec.msgpack.decode(content, type=Certificate)
            self.certificates[certificate.device] = certificate
        rows = await self.database.rows(
            "SELECT p.id, v.kind, v.subject, v.field, v.type, v.number, v.text FROM version v"
            " INDEXED BY version_definitions JOIN place_no p ON p.no = v.place"
            " WHERE v.kind <> 'value' AND v.kind IN ('place', 'device', 'signin', 'person', 'grant')"
            " ORDER BY v.place, v.kind, v.subject, v.field, v.shown DESC"
        )
        self._absorb(_grouped(rows))
        self.definitions += 1
        self.is_in_doubt = False

    async def keep_certificates(self, certificates: Iterable[Certificate]) -> None:
        """Keeps those that the realm's root key signed; inside a transaction."""
        for certificate in certificates:
            if certificate.device not in self.certificates and certificate.is_good(self.realm):
                self.certificates[certificate.device] = certificate
                await write_certificate(self.database, certificate)

    def is_receipted(self, receipt: Receipt, commit: bytes) -> bool:
        """Whether a certified server of the realm signed that receipt for that commit."""
        known = self.certificates.get(receipt.server)
        return known is not None and receipt.is_good(self.realm, known.server, commit)  # type: ignore[arg-type]  # any bytes may be asked about

    def is_refused(self, refusal: Refusal) -> bool:
        """Whether a certified server of the realm signed that refusal."""
        known = self.certificates.get(refusal.server)
        return known is not None and refusal.is_good(self.realm, known.server)

    async def changed(self, changes: Sequence[CellChange]) -> None:
        """Takes changed cells into memory and runs the hooks; inside the transaction."""
        self._stale = True  # until the transaction is over, which may yet be undone
        kinds = {change.cell.kind for change in changes}
        if kinds & (KINDS | {places.KIND}):
            self._absorb((c.place, c.cell, [v.value for v in c.after]) for c in changes)
        if kinds - {"value"}:
            self.definitions += 1
        for hook in self.hooks:
            await hook(self.database, changes)

    async def record(self, edit: Edit, shown: Collection[EditId] | None = None) -> None:
        """Keeps what a person typed: it is durable when this returns.

        `shown` names the versions that the page displayed; None says that it showed what stands.
        """
        await self.record_many([(edit, shown)])

    async def record_many(self, typed: Sequence[tuple[Edit, Collection[EditId] | None]]) -> None:
        """Keeps many edits, all or none."""
        async with self.transaction():
            await self.record_within(typed)

    async def record_within(self, typed: Sequence[tuple[Edit, Collection[EditId] | None]]) -> None:
        """Keeps many edits with whatever else belongs in the transaction that is open."""
        await self.changed(await self._record(self.database, typed))

    async def _record(
        self, database: Database, typed: Sequence[tuple[Edit, Collection[EditId] | None]]
    ) -> list[CellChange]:
        changes: list[CellChange] = []
        stamp = await database.meta("last_stamp") or 0
        for edit, shown in typed:
            stamp = clock.tick(stamp, self.now())
            changes += await edits.record(database, self.sealer, edit, stamp, shown)
        await database.set_meta("last_stamp", stamp)
        return changes

    async def seal(self) -> None:
        """Seals what is pending."""
        async with self.transaction() as database:
            await self.changed(await edits.seal(database, self.sealer))

    async def standing(
        self, place: PlaceId, subjects: Iterable[tuple[str, str]]
    ) -> dict[Cell, Standing]:
        """What stands in a place's cells under each (kind, subject), with what is pending on top."""
        return await edits.standing(self.database, place, subjects)

    def displayed(self, here: Standing, place: PlaceId, cell: Cell) -> set[EditId]:
        """The names that a page which shows this cell must hand to `record`."""
        return edits.displayed(here, place, cell, self.device)

    def above(self, place: PlaceId) -> tuple[PlaceId, ...]:
        """The place and all that it lies under today, the realm's own place last."""
        return tuple(dict.fromkeys((place, *self.tree.ancestors(place, self.today()), self.root)))

    def below(self, place: PlaceId) -> tuple[PlaceId, ...]:
        """All places that lie under a place today; under the realm's own place lie all."""
        if place == self.root:
            return tuple(self.tree)
        return tuple(self.tree.below(place, self.today())) if place in self.tree else ()

    def today(self) -> date:
        """The date by this ledger's clock, as China's calendars have it."""
        return datetime.fromtimestamp(max(self.now(), 0), CHINA).date()

    async def fingerprint(self, scope: Collection[PlaceId]) -> bytes:
        """The fingerprint of what is accepted here of a scope."""
        heads = await accepted_heads(self.database, scope)
        times = await ahead(self.database, scope)
        return scope_fingerprint(
            {place: place_fingerprint(held, times.get(place, {})) for place, held in heads.items()}
        )

    def _absorb(self, cells: Iterable[tuple[PlaceId, Cell, list[Value]]]) -> None:
        for place, cell, values in cells:
            if cell.kind in KINDS and values:
                self.register.set(place, cell, values)
            elif cell.kind == places.KIND and values:
                setting = places.read(cell, values[0])
                if setting is not None:
                    self.tree.set(place, *setting)
                    self.moves += 1


async def write_certificate(database: Database, certificate: Certificate) -> None:
    """Keeps a certificate that was found good, inside `writing()`."""
    await database.run(
        "INSERT INTO certificate (server, content) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (certificate.device, msgspec.msgpack.encode(certificate)),
    )


def _grouped(rows: Iterable[Row]) -> Iterator[tuple[PlaceId, Cell, list[Value]]]:
    """The versions of each cell together; rows of one cell lie side by side. A province has two
    hundred thousand, which are read whenever another process wrote.
    """
    types = {int(one): one for one in Type}
    last: tuple[object, ...] = ()
    values: list[Value] = []
    for place, kind, subject, field, of_type, number, text in rows:
        key = place, kind, subject, field
        if key != last:
            if values:
                yield PlaceId(last[0]), Cell(*last[1:]), values  # type: ignore[arg-type]  # as they were read
            last, values = key, []
        values.append(Value(types[of_type], number, text))
    if values:
        yield PlaceId(last[0]), Cell(*last[1:]), values  # type: ignore[arg-type]  # as above
