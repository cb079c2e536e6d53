"""What is to do on this laptop, by due date: for the own place in detail, for many as a summary.

A form is to do for the last period that has ended and those before it that were missed, for the
running one once anything of it is recorded, and for any that came back. A form that is filed on change is to do while it has blanks.
Nothing from before the laptop was enrolled is asked for. A day that has passed is told as a date,
never as a blame.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from field_client.announced import Announced, announced
from field_client.aside import disputed_cells
from field_client.desk import Desk
from sync.catalogue import Catalogue, Form
from sync.entry import prefill
from sync.entry.blanks import current_period, minutes, missing_in
from sync.entry.books import Book, book_of
from sync.entry.checking import Weight, judged
from sync.entry.desk import moment
from sync.entry.stage import form_standing
from sync.entry.submission import concerns
from sync.ids import PlaceId
from sync.period import Kind, Period
from sync.placecontext import period_of
from sync.review import SUBMITTED, Stage, form_of

__all__ = ["MISSED_PERIODS_MAX", "ToDo", "to_do"]

MISSED_PERIODS_MAX = 4
"""So many that passed without a word are asked for: a quarter's year, a month's last four."""


class ToDo(NamedTuple):
    """One form for one period: how far it is and what it still takes.

    `missing` are codes without a value or reason; `minutes` is what they take by the form's own
    estimate. `due` is None for what is filed on change; `days_left` is below 0 once it has passed.
    `returned` are the codes that came back and are not answered; `conflicts` those in dispute;
    `news`, of what is filed on change, those of which another system says something else; `words`
    what was said to those who have still to hand the form in.
    """

    place: PlaceId
    form: Form
    period: Period
    stage: Stage
    sent: bool
    missing: tuple[str, ...]
    blocking: int
    unexplained: int
    minutes: int
    due: date | None
    days_left: int | None
    returned: tuple[str, ...]
    conflicts: tuple[str, ...]
    news: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def done(self) -> bool:
        """Whether nothing is left for the officer to do."""
        if self.stage in {Stage.DRAFT, Stage.RETURNED}:
            return self.due is None and not (self.missing or self.returned or self.news)
        return not (self.conflicts or self.returned)


async def to_do(desk: Desk, place: PlaceId) -> list[ToDo]:
    """The forms of a place that are due, soon due or came back, the earliest due first."""
    catalogue = await desk.catalogue()
    today = desk.today()
    level = desk.level(place, today)
    book = await book_of(desk.ledger, place)
    first = await _enrolled_on(desk)
    disputed = await _disputed(desk, place)
    sent_out = await announced(desk)
    found = [
        await _to_do(desk, place, book, form, period, disputed, sent_out)
        for form in catalogue.forms.values()
        if form.level == level
        for period in _periods(book, form, today, first, sent_out.opened(place, form, today))
    ]
    return sorted(found, key=_order)


def _order(one: ToDo) -> tuple[bool, date, str, str]:
    return one.done, one.due or date.max, one.form.code, one.period.text


async def _enrolled_on(desk: Desk) -> date:
    """The day this laptop was made known to a server, or today while it is not told."""
    rows = await desk.ledger.database.rows(
        "SELECT min(c.accepted_at) FROM version v INDEXED BY version_definitions"
        " JOIN commits c ON c.no = v.commit_no"
        " WHERE v.kind <> 'value' AND v.kind = 'device' AND v.subject = ? AND v.field = 'key'",
        (desk.ledger.device.hex(),),
    )
    seconds = rows[0][0]
    return desk.today() if seconds is None else min(moment(seconds).date(), desk.today())


def _periods(book: Book, form: Form, today: date, first: date, opened: set[Period]) -> list[Period]:
    """The periods to look at; some prove done. `opened` are those that went out by themselves."""
    last = current_period(form, today)
    came_back = {
        period
        for subject, fields in book.shown.get("review", {}).items()
        if (named := form_of(subject)) is not None
        and named[1] == form.code
        and fields.keys() != {"form"}
        and (period := period_of(named[0])) is not None
    }
    if form.period is Kind.STATIC:
        return sorted({last, *came_back})
    oldest = current_period(form, first)
    items = set(form.items)
    begun = {
        period
        for text, codes in book.values.items()
        if (period := period_of(text)) is not None
        and period.kind is form.period
        and period >= oldest
        and not items.isdisjoint(codes)
        and (period.end >= today or not _is_handed_in(book, form, period))
    }
    missed = {
        period
        for back in range(1, MISSED_PERIODS_MAX + 1)
        if (period := last.earlier(back)) >= oldest and not _is_handed_in(book, form, period)
    }
    ahead = {period for period in opened if period > last}
    return sorted({last, *came_back, *begun, *missed, *ahead})


def _is_handed_in(book: Book, form: Form, period: Period) -> bool:
    """Whether the form was handed in and not withdrawn since."""
    return book.of("submission", period.text).get(form.code) == SUBMITTED


async def _to_do(
    desk: Desk,
    place: PlaceId,
    book: Book,
    form: Form,
    period: Period,
    disputed: set[tuple[str, str]],
    sent_out: Announced,
) -> ToDo:
    standing = await form_standing(desk, place, form, period)
    catalogue = await desk.catalogue()
    missing = missing_in(book, catalogue, form, period)
    blocking = unexplained = 0
    if standing.stage in {Stage.DRAFT, Stage.RETURNED} and len(missing) < len(form.items):
        found = await judged(desk, place, period, form.items)
        found = [one for one in found if one.finding.bound not in missing and concerns(one, period)]
        blocking = sum(one.weight is Weight.BLOCKS for one in found)
        unexplained = sum(one.weight is Weight.UNEXPLAINED for one in found)
    due = sent_out.due(place, form, period)
    left = None if due is None else (due - desk.today()).days
    return ToDo(
        place=place,
        form=form,
        period=period,
        stage=standing.stage,
        sent=standing.sent,
        missing=missing,
        blocking=blocking,
        unexplained=unexplained,
        minutes=minutes(form, len(missing) + len(standing.unanswered)),
        due=due,
        days_left=left,
        returned=standing.unanswered,
        conflicts=tuple(code for code in form.items if (period.text, code) in disputed),
        news=_news(book, catalogue, form, period),
        words=sent_out.words(place, form, period),
    )


def _news(book: Book, catalogue: Catalogue, form: Form, period: Period) -> tuple[str, ...]:
    if form.period is not Kind.STATIC:
        return ()
    found = []
    for code in form.items:
        indicator = catalogue.indicators[code]
        offer = prefill.offer(book, indicator, period)
        held = prefill.before(book, indicator, period)
        here = book.values.get(period.text, {}).get(code) or (held.value if held else None)
        if offer is not None and offer.kind == "system" and offer.value != here:
            found.append(code)
    return tuple(found)


async def _disputed(desk: Desk, place: PlaceId) -> set[tuple[str, str]]:
    """Period and code of the values in dispute."""
    return {
        (cell.subject, cell.field)
        for at, cell in await disputed_cells(desk, [place])
        if at == place and cell.kind == "value"
    }
