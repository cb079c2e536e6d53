"""Numbers, dates and periods as people write them in each language, through Babel's locale data.

Pure: a moment is said relative to a `now` that is handed in, in China's time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

from sync import quantity
from sync.period import Kind, parse
from sync.problems import Problem
from sync.texts import Language, known, say
from sync.value import REASONS, Type, Value

__all__ = [
    "LOCALES",
    "bytes_words",
    "count_words",
    "date_words",
    "day_words",
    "moment_words",
    "period_words",
    "quantity_words",
    "unit_words",
    "value_words",
]

LOCALES: dict[Language, str] = {"zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant", "en": "en"}
_CHINA = timedelta(hours=8)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_MAX = 250_000_000_000  # in the year 9892; calendars end with 9999


def value_words(value: Value | None, *, language: Language) -> str:
    """A value for a person: grouped digits, yes and no, the reason for none; '' where there is none."""
    if value is None:
        return ""
    if value.type is Type.REASON:
        known = value.text in REASONS  # newer software, or another's, may file one unknown here
        reason = say(f"field-reason-{value.text}", language) if known else value.text
        return say("field-reason-given", language, reason=reason)
    if value.type is Type.FLAG:
        return say("field-flag-yes" if value.number else "field-flag-no", language)
    if value.type is Type.QUANTITY:
        return quantity_words(value.number, language=language)
    return value.text


def quantity_words(units: int, *, language: Language) -> str:
    """A quantity of 1/10 000 with its digits grouped, and no more decimals than it has."""
    return format_decimal(Decimal(quantity.text(units)), "#,##0.####", LOCALES[language])


def unit_words(unit: str, *, language: Language) -> str:
    """A catalogue's unit in that language, part by part: 公斤/亩; one that isn't known stays."""
    return "/".join(
        say(f"unit-{part}", language) if known(f"unit-{part}") else part for part in unit.split("/")
    )


def count_words(number: int, *, language: Language) -> str:
    """A count with its digits grouped."""
    return format_decimal(number, locale=LOCALES[language])


def period_words(text: str, *, language: Language) -> str:
    """A period as it is said: 2026年第3季度; a text that is none stays as it is."""
    try:
        period = parse(text)
    except Problem:
        return text
    year = f"{period.start.year}"
    match period.kind:
        case Kind.MONTH:
            locale = LOCALES[language]
            return format_date(period.start, "MMMM y" if language == "en" else "y年M月", locale)
        case Kind.QUARTER:
            part = (period.start.month + 2) // 3
            return say("screen-period-quarter", language, year=year, part=part)
        case Kind.HALF:
            key = "screen-period-half1" if period.start.month == 1 else "screen-period-half2"
            return say(key, language, year=year)
        case _:
            return say("screen-period-year", language, year=year)


def day_words(day: date, *, language: Language) -> str:
    """A date in full."""
    return format_date(day, "long", LOCALES[language])


def date_words(day: date, today: date, *, language: Language) -> str:
    """A date as it is said today: without its year where that is this one."""
    pattern = "MMMd" if day.year == today.year else "yMMMd"
    return str(format_skeleton(pattern, day, locale=LOCALES[language]))


def bytes_words(count: int, *, language: Language = "en") -> str:
    """So much of a disk, to one decimal: 1.5 GB, which our languages write alike."""
    for unit, size in (("GB", 2**30), ("MB", 2**20), ("KB", 2**10)):
        if count >= size:
            tenths = Decimal(count * 10 // size) / 10
            return f"{format_decimal(tenths, '#,##0.#', LOCALES[language])} {unit}"
    return f"{count} B"


def moment_words(seconds: int | None, now: int, *, language: Language) -> str:
    """A moment as one would say it now: today 14:20, yesterday 09:05, else the date and time."""
    if seconds is None:
        return say("screen-never", language)
    at, today = _local(seconds), _local(now).date()
    clock = at.strftime("%H:%M")
    if at.date() == today:
        return say("screen-today", language, clock=clock)
    if at.date() == today - timedelta(days=1):
        return say("screen-yesterday", language, clock=clock)
    return f"{date_words(at.date(), today, language=language)} {clock}"


def _local(seconds: int) -> datetime:
    return _FIRST + timedelta(seconds=min(max(seconds, 0), _SECONDS_MAX)) + _CHINA
