"""Until when a form is in time."""

from __future__ import annotations

from datetime import date, timedelta

from sync.definition import Form
from sync.period import Kind, Period

__all__ = ["due_day"]


def due_day(form: Form, period: Period, released: date | None = None) -> date | None:
    """The last day on which the form is in time: the one that was released with it for the period,
    else that of its definition; None for what is filed on change.
    """
    if form.period is Kind.STATIC:
        return None
    return released or period.end + timedelta(days=form.due_days)
