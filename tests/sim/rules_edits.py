"""Rules of sealing, of refusals and of the fold, switched off."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

from sync import history
from sync.commit import edit_id
from sync.history import Version
from sync.ledger import acceptance, edits, refuse, settle, take
from sync.ledger.edits import Pending
from sync.value import Value
from tests.sim.switch import Patch, nothing


class Distinct(NamedTuple):
    """A key under which no two changes are the same edit."""

    device: bytes
    stamp: int
    value: Value
    number: int


_numbers = itertools.count()


def _distinct(device: bytes, stamp: int, value: Value) -> Distinct:
    return Distinct(device, stamp, value, next(_numbers))


def seal_before_apply(patch: Patch) -> None:
    """Edits made while a request was under way are sealed after what it brings is applied."""
    patch(settle, "edits", type("Edits", (), {"seal": staticmethod(nothing)}))


def seen_means_shown(patch: Patch) -> None:
    """An edit covers all that the database holds, whatever its page showed."""
    real = edits.record

    async def record(database: Any, sealer: Any, edit: Any, stamp: int, _: object) -> Any:
        return await real(database, sealer, edit, stamp, None)

    patch(edits, "record", record)


def replaced_stamps(patch: Patch) -> None:
    """An edit doesn't list the pending ones that it overtyped."""
    real = edits._keep

    async def keep(database: Any, pending: Pending) -> None:
        await real(database, pending._replace(replaced=()))

    patch(edits, "_keep", keep)


def covered_through_pending(patch: Patch) -> None:
    """An edit over a pending one lists as unseen what that one had seen."""
    real = edits._keep

    async def keep(database: Any, pending: Pending) -> None:
        here = await edits._cell(database, pending.edit.place, pending.edit.cell)
        held = {v.edit(pending.edit.place, pending.edit.cell) for v in here.versions}
        unseen = tuple(sorted(held)) if here.pending else pending.unseen
        await real(database, pending._replace(unseen=unseen))

    patch(edits, "_keep", keep)


def one_grant_a_commit(patch: Patch) -> None:
    """All that is pending at a place is sealed under one grant."""
    real = edits.pendings

    async def pendings(database: Any, places: Any = None) -> list[Pending]:
        found = await real(database, places)
        return [one._replace(edit=one.edit._replace(grant=found[0].edit.grant)) for one in found]

    patch(edits, "pendings", pendings)


def reseal(patch: Patch) -> None:
    """What was built on a refused commit is withdrawn with it and not sealed again."""
    patch(refuse, "_seal_again", nothing)


def reseal_maps_parents(patch: Patch) -> None:
    """What is sealed again has not the refused commit's own parents in its place."""

    def mapped(commit: Any, renamed: dict[Any, Any]) -> list[Any]:
        left = [parent for parent in commit.parents if parent != next(iter(renamed))]
        return [name for parent in left for name in renamed.get(parent, (parent,))]

    patch(refuse, "mapped_parents", mapped)


def reseal_keeps_unseen(patch: Patch) -> None:
    """What had not seen a refused edit covers what only that one had covered."""

    async def without(database: Any, refused: Any, before: Any, change: Any, number: int) -> Any:
        name = edit_id(refused.device, refused.place, change.cell, before.stamp, before.value)
        return change._replace(replaced=(*change.replaced, name, *before.replaced))

    patch(refuse, "_without", without)


def reseal_asks_the_page(patch: Patch) -> None:
    """What is not listed as unseen counts as seen, though what covers it is listed."""

    async def seen(*_: object) -> bool:
        return True

    patch(refuse, "has_seen", seen)


def reseal_knows_through_pages(patch: Patch) -> None:
    """What no page showed itself counts as unseen, though a page showed what was made over it."""
    patch(refuse, "has_seen", nothing)


def sealed_again_is_known(patch: Patch) -> None:
    """What is sealed again is applied though a clone's, the same, is there already."""
    patch(refuse, "known_commits", nothing)


def refold_after_refusal(patch: Patch) -> None:
    """The state keeps what a refused commit did to it."""
    real = acceptance.withdraw

    async def withdraw(*arguments: Any) -> Any:
        module = vars(acceptance)
        write, module["write_versions"] = module["write_versions"], nothing
        try:
            return await real(*arguments)
        finally:
            module["write_versions"] = write

    patch(refuse, "withdraw", withdraw)


def alias(patch: Patch) -> None:
    """The same edit in two commits is two versions."""
    patch(history, "Key", _distinct)


def vouching(patch: Patch) -> None:
    """A receipt is good for its own commit only."""

    async def none(*_: object) -> dict[Any, Any]:
        return {}

    patch(take, "_vouched", none)


def clocks_order_nothing(patch: Patch) -> None:
    """The side of a conflict shown first is the latest by its author's clock."""

    def first(versions: Any, _: object) -> tuple[Version, ...]:
        return tuple(sorted(versions, key=lambda version: version.stamp, reverse=True))

    patch(history, "shown_first", first)
