"""What people who fill forms in still owe: those of a part of the hierarchy, or all with an address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from server.completeness import outstanding
from server.completeness.outstanding import Unit
from server.completeness.releasing import days_of_all
from server.completeness.reminding import Owed, Reminded, Rules
from sync.catalogue import Catalogue, Form
from sync.ids import PersonId, PlaceId
from sync.ledger.ledger import Ledger
from sync.limits import REMINDER_LATE_DAYS_MAX
from sync.period import Period, containing

__all__ = ["Debt", "Debtor", "debtors", "people_at"]

ENTER = "enter"


class Debt(NamedTuple):
    """One form for one period, and how it stands at each of a person's places that still owe it."""

    form: Form
    period: Period
    due: date
    until: date
    units: tuple[Unit, ...]

    @property
    def minutes(self) -> int:
        """What all of it takes."""
        return sum(one.minutes for one in self.units)

    @property
    def owed(self) -> Owed:
        """As the decision sees it."""
        return Owed(self.form.code, self.period.text, self.due, self.until, len(self.units))


class Debtor(NamedTuple):
    """A person with what they owe, where they are mailed, and the last mail."""

    person: PersonId
    name: str
    address: str
    debts: tuple[Debt, ...]
    reminded: Reminded


def people_at(books: Ledger, place: PlaceId) -> dict[PersonId, set[PlaceId]]:
    """Those who may enter figures at or below a place now, with the places of their grants."""
    now, disabled = books.now(), books.register.disabled
    inside = None if place == books.root else {place, *books.below(place)}
    found: dict[PersonId, set[PlaceId]] = defaultdict(set)
    for grant in books.register.grants.values():
        if grant.role != ENTER or grant.ended or grant.person in disabled:
            continue
        if grant.until is not None and grant.until < now:
            continue
        if inside is None or grant.place in inside:
            found[PersonId(bytes.fromhex(grant.person))].add(grant.place)
    return found


async def debtors(
    books: Ledger,
    catalogue: Catalogue,
    people: Mapping[PersonId, Collection[PlaceId]],
    rules: Rules,
) -> list[Debtor]:
    """What each of the people owes that is late or nearly due, in the order of their names."""
    tree, today = books.tree, books.today()
    places = {
        person: [
            one for at in held for one in (at, *tree.below(at, today)) if tree.active(one, today)
        ]
        for person, held in people.items()
    }
    every = {place for held in places.values() for place in held}
    by_place = await _by_place(books, catalogue, every, rules)
    mail = await _mail(books, people.keys())
    found = []
    for person, held in places.items():
        debts = _debts(dict.fromkeys(held), by_place)
        address, last_at, last_about, asked = mail.get(person, ("", None, "", False))
        reminded = Reminded(tuple(one.owed for one in debts), last_at, last_about, asked)
        name = books.register.names.get(person.hex(), "")
        found.append(Debtor(person, name, address, debts, reminded))
    return sorted(found, key=lambda one: (one.name, one.person))


Key = tuple[str, str]
"""A form's code and a period's text."""


async def _by_place(
    books: Ledger, catalogue: Catalogue, places: Collection[PlaceId], rules: Rules
) -> dict[PlaceId, list[Debt]]:
    """What each place owes by itself: only forms that are late there or nearly due are looked at."""
    today = books.today()
    levels: dict[str, list[PlaceId]] = defaultdict(list)
    for place in sorted(places, key=lambda one: (books.tree.code(one, today), one)):
        levels[books.tree.level(place, today)].append(place)
    asked = [
        (form, period)
        for form in catalogue.forms.values()
        if form.level in levels
        for period in _periods(form, today)
    ]
    days = await days_of_all(books, places, {period.end for _, period in asked})
    found: dict[PlaceId, list[Debt]] = defaultdict(list)
    for form, period in asked:
        near = [
            place
            for place in levels[form.level]
            if _is_near(days.due(place, form, period), today, rules)
        ]
        for unit in await outstanding.units(books, catalogue, near, form, period, days):
            if unit.to_do and unit.due is not None:
                holds = days.release(unit.place, form, period)
                until = holds.makeup if holds else unit.due
                found[unit.place].append(Debt(form, period, unit.due, until, (unit,)))
    return found


def _periods(form: Form, today: date) -> list[Period]:
    """The running one, which a release may make due early, and the last ones."""
    if not form.period.months:
        return []
    return [containing(today, form.period), *outstanding.recent(form, today)]


def _is_near(due: date | None, today: date, rules: Rules) -> bool:
    """Whether it is late or nearly due, and not so long over that nobody is reminded any more."""
    if due is None:
        return False
    over = timedelta(days=REMINDER_LATE_DAYS_MAX)
    return today - 2 * over <= due <= today + timedelta(days=rules.days_before)


def _debts(places: Iterable[PlaceId], by_place: Mapping[PlaceId, list[Debt]]) -> tuple[Debt, ...]:
    """A person's places together: one line a form, period and due day."""
    together: dict[tuple[date, str, str], Debt] = {}
    for place in places:
        for debt in by_place.get(place, ()):
            key = (debt.due, debt.form.code, debt.period.text)
            known = together.get(key)
            units = (known.units if known else ()) + debt.units
            until = max(debt.until, known.until) if known else debt.until
            together[key] = debt._replace(units=units, until=until)
    return tuple(together[key] for key in sorted(together))


async def _mail(
    books: Ledger, people: Iterable[PersonId]
) -> dict[PersonId, tuple[str, int | None, str, bool]]:
    """Address, the last mail's time and mark, and whether one is wanted: of those who have any."""
    rows = await books.database.rows_in(
        "SELECT a.person, a.address, r.sent_at, coalesce(r.about, ''), w.person IS NOT NULL"
        " FROM mail_address a LEFT JOIN mail_reminder r ON r.person = a.person"
        " LEFT JOIN mail_wanted w ON w.person = a.person WHERE a.person IN ({keys})",
        [(one,) for one in sorted(people)],
    )
    return {
        PersonId(person): (address, at, about, bool(wanted))
        for person, address, at, about, wanted in rows
    }
