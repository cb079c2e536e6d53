"""The menu: what it offers to whom."""

from __future__ import annotations

from typing import NamedTuple

from server.desk.viewer import Need, Viewer

__all__ = ["MENU", "Entry", "entries"]


class Entry(NamedTuple):
    """One line of the menu: the page, the key of its word, and the need without which it is absent."""

    address: str
    word: str
    need: Need
    within: str = ""
    """What all its pages begin with, where that isn't its own address."""


MENU = (
    Entry("/", "desk-menu-home", Need.SEE),
    Entry("/review", "desk-menu-review", Need.REVIEW),
    Entry("/completeness", "desk-menu-completeness", Need.SEE),
    Entry("/enter", "desk-menu-enter", Need.ENTER),
    Entry("/disputes", "desk-menu-disputes", Need.SEE),
    Entry("/board", "desk-menu-board", Need.SEE),
    Entry("/indicators", "desk-menu-indicators", Need.SEE),
    Entry("/exchange", "desk-menu-exchange", Need.SEE),
    Entry("/releases", "desk-menu-releases", Need.RELEASE),
    Entry("/admin", "desk-menu-admin", Need.ADMINISTER),
    Entry("/admin/places", "desk-menu-admin", Need.DEFINE),
)
"""Of several entries with one word, a person is offered the first."""


def entries(viewer: Viewer) -> tuple[Entry, ...]:
    """What this person is offered."""
    met = viewer.needs()
    offered: dict[str, Entry] = {}
    for entry in MENU:
        if entry.need in met:
            offered.setdefault(entry.word, entry)
    return tuple(offered.values())
