"""What an address asks for: a form, a period of its kind, a day; and addresses that ask."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from server.completeness.outstanding import last_ended
from server.desk.access import place_in
from server.desk.desk import Desk
from server.desk.viewer import Need
from sync import period as periods
from sync.catalogue import Catalogue, Form
from sync.ids import PlaceId
from sync.period import Kind, Period
from sync.problems import Problem
from sync.release import is_day

__all__ = ["asked_day", "asked_form", "asked_period", "asked_place", "query"]


def asked_place(desk: Desk, text: str, need: Need = Need.SEE) -> PlaceId:
    """The place that is named, else the first where the need is met; of a realm with one place on
    top that one, since nobody files anything above it. Raises `place-unknown`.
    """
    at = place_in(text) if text else desk.viewer.roots(need)[0]
    if at != desk.ledger.root:
        return at
    tops = desk.ledger.tree.children(None, desk.today)
    return tops[0] if len(tops) == 1 else at


def asked_form(catalogue: Catalogue, code: str) -> Form | None:
    """The form that is named, None if none is.

    Raises `form-unknown`, also for one that is filed on change: nobody is to report it by a day.
    """
    if not code:
        return None
    form = catalogue.forms.get(code)
    if form is None or form.period is Kind.STATIC:
        raise Problem("form-unknown", code=code[:40])
    return form


def asked_period(form: Form | None, text: str, today: date) -> Period | None:
    """The period that is named, else the form's last that has ended.

    Raises `period-malformed`, `form-other-period`.
    """
    if not text:
        return last_ended(form, today) if form else None
    period = periods.parse(text)
    if form is not None and period.kind is not form.period:
        raise Problem("form-other-period", form=form.code, period=text)
    return period


def asked_day(text: str) -> date:
    """A day. Raises `release-day-malformed`."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Problem("release-day-malformed", text=text[:40]) from error
    if not is_day(day):
        raise Problem("release-day-malformed", text=text[:40])
    return day


def query(**values: str) -> str:
    """An address's query of those that say anything."""
    said = {name: value for name, value in values.items() if value}
    return f"?{urlencode(said)}" if said else ""
