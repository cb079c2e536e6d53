"""What a server does with commits that devices send: accept, hold or refuse each, on its own.

Acceptance asks for four things only: the parents are accepted, and signature, device with author,
and grant are good. Late, locked, outlying or failing values are accepted: flagged later, never
dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sync import commit_bytes, history, places
from sync import receipt as receipts_of
from sync.commit import Commit, commit_id
from sync.grants import KINDS
from sync.ids import CommitId, DeviceId, PlaceId
from sync.ledger import aside
from sync.ledger.acceptance import accept
from sync.ledger.apply import Arrival, CellChange, apply, write_receipts
from sync.ledger.aside import Aside, State
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.ledger.take import known_places, take
from sync.problems import Problem
from sync.receipt import Refusal
from sync.trust import is_signed
from sync.wire import Offered

_FROM_ABOVE = ("parent", "code", "level")
_DECIDING = KINDS | {places.KIND}
"""The kinds of cell that decide what else is accepted."""


@dataclass
class Verdicts:
    """A server's word on what came in."""

    accepted: list[CommitId] = field(default_factory=list)
    held: dict[CommitId, str] = field(default_factory=dict)
    refusals: dict[CommitId, Refusal] = field(default_factory=dict)


class Intake:
    """One transaction's intake; `finish` signs for all that was accepted in it."""

    def __init__(self, ledger: Ledger, database: Database) -> None:
        self._ledger = ledger
        self._database = database
        self._now = ledger.now()
        self._accepted: list[CommitId] = []
        self._fresh: list[Arrival] = []
        self._known: dict[CommitId, PlaceId] = {}
        self._aside: set[CommitId] = set()
        self._room: dict[DeviceId, tuple[int, int]] = {}
        self._carrier = ledger.device
        self._places: set[PlaceId] | None = set()

    async def receive(self, offered: Sequence[Offered], carrier: DeviceId) -> Verdicts:
        """Judges commits in their order; what is accepted is applied at `finish`, if not before.

        What must wait is kept on the account of the `carrier`, which brought it: whose device a
        commit names can't be told before that device is known.
        """
        self._carrier = carrier
        verdicts = Verdicts()
        arrivals = [a for one in offered if (a := self._decoded(one, verdicts)) is not None]
        names = {a.commit.id for a in arrivals} | {p for a in arrivals for p in a.commit.parents}
        self._known |= await known_places(self._database, names)
        parked = await aside.by_id(self._database, names - self._known.keys())
        self._aside |= parked.keys()
        await self._receipted([arrival for arrival in arrivals if arrival.receipts], verdicts)
        for arrival in arrivals:
            if not arrival.receipts:
                await self._one(arrival, parked, verdicts)
        if self._places is not None:
            self._places |= {arrival.commit.place for arrival in arrivals}
        await self._judge_held(verdicts)
        return verdicts

    async def file(self, arrivals: Sequence[Arrival]) -> None:
        """Accepts the server's own commits, which it has sealed itself just now."""
        for arrival in arrivals:
            self._queue(arrival)
        await self._flush()

    async def drop_withdrawn(self, names: Iterable[CommitId], device: DeviceId) -> None:
        """Sets aside what waited and what its own device has sealed again under other names."""
        found = await aside.by_id(self._database, set(names))
        gone = [
            held._replace(state=State.WITHDRAWN, reason="parent-refused")
            for held in found.values()
            if held.commit.device == device
            and not held.receipts
            and held.state is not State.WITHDRAWN
            and (held.state is State.HELD or held.reason == "parent-refused")
        ]
        await aside.put(self._database, gone)
        if self._places is not None:  # what waits for them is judged anew
            self._places |= {one.commit.place for one in gone}

    async def finish(self) -> None:
        """Applies what is left and signs one receipt for each commit accepted in this transaction.

        The commits of many requests are applied together, in a few statements.
        """
        await self._flush()
        if not self._accepted:
            return
        signed = receipts_of.receipts(
            self._ledger.sealer.signer, self._ledger.realm, self._now, self._accepted
        )
        numbers: dict[CommitId, int] = dict(
            await self._database.rows_in(
                "SELECT id, no FROM commits WHERE id IN ({keys})", [(c,) for c in self._accepted]
            )
        )
        pairs = zip(self._accepted, signed, strict=True)
        await write_receipts(
            self._database, [(numbers[commit], receipt) for commit, receipt in pairs]
        )

    def _decoded(self, offered: Offered, verdicts: Verdicts) -> Arrival | None:
        body = offered.sealed.body
        try:
            commit = commit_bytes.decode(body)
            if commit.realm != self._ledger.realm:
                raise Problem("realm-foreign")
        except Problem as problem:
            self._refuse(commit_id(body), problem.code, verdicts)
            return None
        good = tuple(r for r in offered.receipts if self._ledger.is_receipted(r, commit.id))
        return Arrival(commit, offered.sealed.signature, good)

    async def _one(
        self, arrival: Arrival, parked: dict[CommitId, Aside], verdicts: Verdicts
    ) -> None:
        commit = arrival.commit
        if arrival.receipts:
            await self._receipted([arrival], verdicts)
        elif commit.id in self._known:
            verdicts.accepted.append(commit.id)
        elif (before := parked.get(commit.id)) and self._stands(before, parked):
            await self._tell_refused(before, verdicts)
        elif (reason := self._judge(arrival, parked)) is None:
            self._queue(arrival)
            verdicts.accepted.append(commit.id)
            if any(change.cell.kind in _DECIDING for change in commit.changes):
                await self._flush()
        elif reason.startswith("unknown-"):
            parked[commit.id] = await self._hold(arrival, reason, verdicts)
        else:
            refusal = self._refuse(commit.id, reason, verdicts)
            kept = Aside(commit, arrival.signature, State.PARKED, reason, (), refusal, self._now)
            parked[commit.id] = kept
            await self._put_aside(kept)
            await self._tell_refused(kept, verdicts)

    async def _receipted(self, arrivals: Sequence[Arrival], verdicts: Verdicts) -> None:
        """Takes what a server of the realm has accepted: as much as there is in a few statements."""
        if not arrivals:
            return
        await self._flush()
        known = {a.commit.id: a.receipts for a in arrivals if a.commit.id in self._known}
        await self._changed(await accept(self._database, known))
        await self._take([a for a in arrivals if a.commit.id not in known])
        for name in (arrival.commit.id for arrival in arrivals):
            if name in self._known:
                verdicts.accepted.append(name)
            else:
                verdicts.held[name] = "unknown-parent"

    def _stands(self, before: Aside, parked: dict[CommitId, Aside]) -> bool:
        """Whether an earlier refusal still stands: one for a refused parent only as long as that is.

        One for a bad signature speaks of that signature: anybody can put a bad one to a good commit.
        """
        if before.reason == "signature-bad" or before.state is State.HELD:
            return False
        if before.reason == "parent-refused" and not self._on_refused(before.commit, parked):
            return False
        return before.refusal is not None

    def _on_refused(self, commit: Commit, parked: dict[CommitId, Aside]) -> bool:
        lacking = (parent for parent in commit.parents if parent not in self._known)
        return any(p in parked and parked[p].state is not State.HELD for p in lacking)

    async def _tell_refused(self, refused: Aside, verdicts: Verdicts) -> None:
        """Repeats a refusal with those of the ancestors for whose sake it was refused.

        Between them may lie commits that their device has sealed again; its clone has not.
        """
        asked = {refused.commit.id: refused}
        while asked:
            for name, one in asked.items():
                if one.refusal is not None:
                    verdicts.refusals[name] = one.refusal
            parents = {p for one in asked.values() for p in one.commit.parents}
            found = await aside.by_id(self._database, parents - verdicts.refusals.keys())
            asked = {name: one for name, one in found.items() if one.state is not State.HELD}

    def _judge(self, arrival: Arrival, parked: dict[CommitId, Aside]) -> str | None:
        commit = arrival.commit
        if self._on_refused(commit, parked):
            return "parent-refused"
        register = self._ledger.register
        key = register.key(commit.device)
        if key and not is_signed(key, "commit", commit.realm, commit.id, arrival.signature):
            return "signature-bad"
        if any(parent not in self._known for parent in commit.parents):
            return "unknown-parent"
        if any(self._known[parent] != commit.place for parent in commit.parents):
            return "parent-elsewhere"  # whoever may not see that place could never apply it
        above = self._ledger.above(commit.place)
        reason = register.judge(commit, above, self._now)
        if reason == "grant-not-covering" and any(p not in self._ledger.tree for p in above[:-1]):
            return "unknown-place"
        return reason or self._judge_moves(commit)

    def _judge_moves(self, commit: Commit) -> str | None:
        """Whether the grant lies above all that a place is moved to, and above the place itself.

        Who lies under a place may read it: whoever could move their own place could read any other.
        Code and level come from above too: imports find places by the one and count by the other.
        """
        read = (places.read(change.cell, change.value) for change in commit.changes)
        settings = [one for one in read if one is not None and one.field in _FROM_ABOVE]
        ledger = self._ledger
        place = ledger.register.grants[commit.grant.hex()].place
        if settings and place == commit.place:
            return "grant-not-covering"
        targets = [one.value for one in settings if one.field == "parent"]
        if not targets:
            return None
        if any(target is not None and target not in ledger.tree for target in targets):
            return None if place == ledger.root else "unknown-place"
        reached = (
            ledger.above(PlaceId(t) if isinstance(t, bytes) else ledger.root) for t in targets
        )
        return None if all(place in above for above in reached) else "grant-not-covering"

    def _queue(self, arrival: Arrival) -> None:
        self._fresh.append(arrival._replace(accepted_now=self._now))
        self._known[arrival.commit.id] = arrival.commit.place
        self._accepted.append(arrival.commit.id)

    async def _flush(self) -> None:
        if self._fresh:
            fresh, self._fresh = self._fresh, []
            changes = await apply(self._database, fresh, position=await self._position())
            await aside.take_out(self._database, [arrival.commit.id for arrival in fresh])
            await self._changed(changes)

    async def _take(self, arrivals: Sequence[Arrival]) -> None:
        if not arrivals:
            return
        applied, changes = await take(
            self._database,
            arrivals,
            self._now,
            position=await self._position(),
            accepted_now=self._now,
        )
        self._known |= await known_places(self._database, applied)
        self._accepted += applied
        await self._changed(changes)

    async def _changed(self, changes: Sequence[CellChange]) -> None:
        if any(change.cell.kind in _DECIDING for change in changes):
            self._places = None
        await self._ledger.changed(changes)

    async def _position(self) -> int:
        ((last,),) = await self._database.rows("SELECT coalesce(max(position), 0) FROM commits")
        return int(last) + 1

    async def _hold(self, arrival: Arrival, reason: str, verdicts: Verdicts) -> Aside:
        held = Aside(
            arrival.commit,
            arrival.signature,
            State.HELD,
            reason,
            arrival.receipts,
            None,
            self._now,
        )
        kept = await self._put_aside(held)
        verdicts.held[arrival.commit.id] = reason if kept else "aside-full"
        return held

    async def _put_aside(self, one: Aside) -> bool:
        """Keeps it if it is kept already, or if the carrier's account has room for it."""
        carrier, name, size = self._carrier, one.commit.id, len(one.commit.body)
        if name not in self._aside:
            if carrier not in self._room:
                self._room[carrier] = await aside.room(self._database, carrier)
            count, left = self._room[carrier]
            if count < 1 or left < size:
                return False
            self._room[carrier] = count - 1, left - size
            self._aside.add(name)
        await aside.put(self._database, [one], carrier)
        return True

    def _refuse(self, name: CommitId, reason: str, verdicts: Verdicts) -> Refusal:
        signer = self._ledger.sealer.signer
        refusal = receipts_of.refuse(signer, self._ledger.realm, self._now, name, reason)
        verdicts.refusals[name] = refusal
        return refusal

    async def _judge_held(self, verdicts: Verdicts) -> None:
        """Judges anew what waits at places that changed, or everywhere after a change of grants,
        devices or the hierarchy, until nothing moves. Parents go first: a chain takes one round.
        """
        before = -1
        while before != len(self._accepted):
            before = len(self._accepted)
            waiting = await aside.in_state(self._database, State.HELD, self._places)
            refused = await aside.in_state(self._database, State.PARKED, self._places)
            waiting += [one for one in refused if one.reason == "parent-refused"]
            if not waiting:
                return
            await self._flush()
            names = {p for held in waiting for p in held.commit.parents}
            self._known |= await known_places(self._database, names)
            parked = await aside.by_id(self._database, names - self._known.keys())
            by_id = {held.commit.id: held for held in waiting}
            self._aside |= by_id.keys()
            for commit in history.topological(held.commit for held in waiting):
                held = by_id[commit.id]
                arrival = Arrival(commit, held.signature, held.receipts)
                await self._again(arrival, held.reason, parked, verdicts)
            await self._flush()

    async def _again(
        self, arrival: Arrival, reason: str, parked: dict[CommitId, Aside], verdicts: Verdicts
    ) -> None:
        name = arrival.commit.id
        if name in self._known or arrival.receipts or self._judge(arrival, parked) != reason:
            verdicts.held.pop(name, None)
            await self._one(arrival, parked, verdicts)
