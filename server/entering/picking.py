"""Finding the place that one enters for: among all below one's grants, by what one types."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from weakref import WeakKeyDictionary

from server.desk.viewer import Need, Viewer
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.places import Tree
from sync.screens.picker import Named, Picker

__all__ = ["Choice", "below", "choices", "only_root", "places_in_use", "right_below"]

_KEPT_MAX = 4


class Choice(NamedTuple):
    """A place to choose: how it is called, an earlier name that it was found by, where it lies."""

    place: PlaceId
    code: str
    name: str
    former: str
    above: str
    has_laptop: bool


class _Kept(NamedTuple):
    """The picker of some places, with what it was made from."""

    tree: Tree
    moves: int
    day: date
    picker: Picker


_ALL: WeakKeyDictionary[Ledger, OrderedDict[tuple[PlaceId, ...], _Kept]] = WeakKeyDictionary()


def choices(
    ledger: Ledger, viewer: Viewer, text: str, most: int, need: Need = Need.ENTER
) -> list[Choice]:
    """The places that the text may mean, the likeliest first, among those where the need is met."""
    in_use = places_in_use(ledger)
    found = _picker(ledger, tuple(viewer.roots(need))).find(text, most)
    return [
        _choice(ledger, PlaceId(one.place), in_use)._replace(former=one.former) for one in found
    ]


def below(ledger: Ledger, places: Sequence[PlaceId]) -> list[Choice]:
    """Those places, by code."""
    in_use = places_in_use(ledger)
    return sorted((_choice(ledger, one, in_use) for one in places), key=lambda one: one.code)


def right_below(ledger: Ledger, roots: Sequence[PlaceId], place: PlaceId | None) -> list[Choice]:
    """What lies right below a place; of none, the topmost places of those roots. Nobody chooses the
    realm's own place, which has no name: the hierarchies in it stand for it.
    """
    if place is not None:
        return below(ledger, ledger.tree.children(place, ledger.today()))
    tops = [one for one in roots if one != ledger.root]
    if len(tops) < len(roots):
        tops += [one for one in ledger.tree.children(None, ledger.today()) if one not in tops]
    return below(ledger, tops)


def only_root(ledger: Ledger, roots: Sequence[PlaceId]) -> PlaceId | None:
    """The place to begin with, where there is one only."""
    return roots[0] if len(roots) == 1 and roots[0] != ledger.root else None


def places_in_use(ledger: Ledger) -> set[PlaceId]:
    """The places at which a device is registered and not revoked; the server's own doesn't count."""
    own = ledger.device.hex()
    return {
        place
        for name, device in ledger.register.devices.items()
        if name != own
        for place in device.in_use_at
    }


def _choice(ledger: Ledger, place: PlaceId, in_use: set[PlaceId]) -> Choice:
    tree, today = ledger.tree, ledger.today()
    above = reversed([tree.name(one, today) for one in tree.ancestors(place, today)])
    return Choice(
        place,
        tree.code(place, today),
        tree.name(place, today),
        "",
        " ".join(name for name in above if name),
        place in in_use,
    )


def _picker(ledger: Ledger, roots: tuple[PlaceId, ...]) -> Picker:
    """All places below the roots, made anew when one came or the day passed."""
    kept = _ALL.setdefault(ledger.origin, OrderedDict())
    today, tree = ledger.today(), ledger.tree
    found = kept.get(roots)
    moves = ledger.moves
    if found is None or found[:3] != (tree, moves, today):
        places = dict.fromkeys(one for root in roots for one in (root, *ledger.below(root)))
        picker = Picker(_named(tree, place, today) for place in places)
        found = kept[roots] = _Kept(tree, moves, today, picker)
    kept.move_to_end(roots)
    while len(kept) > _KEPT_MAX:
        kept.popitem(last=False)
    return found.picker


def _named(tree: Tree, place: PlaceId, today: date) -> Named:
    names = [tree.name(place, today), *(str(one) for one in tree.ever(place, "name"))]
    return Named(place, tree.code(place, today), tuple(dict.fromkeys(one for one in names if one)))
