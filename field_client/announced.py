"""What was sent out to this laptop's places with forms: other days, and words, from any place above."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from field_client.desk import Desk
from sync.catalogue import Form
from sync.due import due_day
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Period
from sync.placecontext import period_of
from sync.release import Release, nearest, release, release_cell, reminder_cell
from sync.review import form_of
from sync.value import Type, Value

__all__ = ["Announced", "announced"]

Key = tuple[PlaceId, str]
"""A place and a subject: `<period> <form>`."""


class Announced(NamedTuple):
    """The releases and reminders of all places that the laptop knows of."""

    ledger: Ledger
    releases: Mapping[Key, Release]
    reminders: Mapping[Key, str]

    def release(self, place: PlaceId, form: Form, period: Period) -> Release | None:
        """The one that holds at the place: the nearest above it."""
        subject = release_cell(period.text, form.code).subject
        return nearest(self.releases.get((one, subject)) for one in self._above(place, period))

    def due(self, place: PlaceId, form: Form, period: Period) -> date | None:
        """Until when the form is in time there."""
        holds = self.release(place, form, period)
        return due_day(form, period, holds.due if holds else None)

    def opened(self, place: PlaceId, form: Form, today: date) -> set[Period]:
        """The periods for which the form went out to the place, and may be filled in by now."""
        named = (form_of(subject) for _, subject in self.releases)
        periods = {period_of(one[0]) for one in named if one is not None and one[1] == form.code}
        return {
            period
            for period in periods
            if period is not None
            and period.kind is form.period
            and (holds := self.release(place, form, period)) is not None
            and holds.opens <= today
        }

    def words(self, place: PlaceId, form: Form, period: Period) -> tuple[str, ...]:
        """What was said with the form, then reminders, the nearest place's first."""
        holds = self.release(place, form, period)
        subject = reminder_cell(period.text, form.code).subject
        said = [self.reminders.get((one, subject), "") for one in self._above(place, period)]
        every = [holds.words if holds else "", *said]
        return tuple(dict.fromkeys(text for text in every if text.strip()))

    def _above(self, place: PlaceId, period: Period) -> tuple[PlaceId, ...]:
        tree = self.ledger.tree
        return place, *tree.ancestors(place, period.end), self.ledger.root


async def announced(desk: Desk) -> Announced:
    """What is known of it by now: a laptop holds few of these."""
    rows = await desk.ledger.database.rows(
        "SELECT p.id, v.kind, v.subject, v.type, v.number, v.text"
        " FROM version v INDEXED BY version_definitions JOIN place_no p ON p.no = v.place"
        " WHERE v.kind <> 'value' AND v.kind IN ('release', 'note') AND v.shown = 1"
        " AND v.field = CASE v.kind WHEN 'release' THEN 'form' ELSE 'reminder' END"
    )
    releases: dict[Key, Release] = {}
    reminders: dict[Key, str] = {}
    for place, kind, subject, type_, number, text in rows:
        said = release(Value(Type(type_), number, text)) if kind == "release" else None
        if said is not None:
            releases[PlaceId(place), subject] = said
        elif kind == "note" and type_ == Type.TEXT:
            reminders[PlaceId(place), subject] = text
    return Announced(desk.ledger, releases, reminders)
