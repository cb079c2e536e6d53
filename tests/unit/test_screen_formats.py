"""Numbers, periods, dates and sizes as people write them, in three languages."""

from __future__ import annotations

from datetime import date

import pytest

from server.catalogue import shipped
from sync.screens import formats
from sync.texts import LANGUAGES, Language
from sync.value import Value, flag_value, quantity_value, reason_value

NOON = 1_730_001_600  # 2024-10-27 12:00 in China


@pytest.mark.parametrize(
    "text, said",
    [
        ("2024", ("2024年", "2024年", "2024")),
        ("2024H1", ("2024年上半年", "2024年上半年", "first half of 2024")),
        ("2024H2", ("2024年下半年", "2024年下半年", "second half of 2024")),
        ("2024Q3", ("2024年第3季度", "2024年第3季度", "Q3 2024")),
        ("2024-03", ("2024年3月", "2024年3月", "March 2024")),
        ("no period", ("no period", "no period", "no period")),
    ],
)
def test_a_period_is_said_as_people_say_it(text: str, said: tuple[str, str, str]) -> None:
    """What is none stays as it is."""
    assert tuple(formats.period_words(text, language=one) for one in LANGUAGES) == said


@pytest.mark.parametrize(
    "seconds, said",
    [
        (None, ("从未", "從未", "never")),
        (NOON, ("今天 12:00", "今天 12:00", "today 12:00")),
        (NOON - 24 * 3600, ("昨天 12:00", "昨天 12:00", "yesterday 12:00")),
        (NOON - 48 * 3600, ("10月25日 12:00", "10月25日 12:00", "Oct 25 12:00")),
        (
            NOON - 366 * 24 * 3600,
            ("2023年10月27日 12:00", "2023年10月27日 12:00", "Oct 27, 2023 12:00"),
        ),
    ],
)
def test_a_moment_is_said_from_today(seconds: int | None, said: tuple[str, str, str]) -> None:
    """Today and yesterday by name, this year without its number."""
    found = tuple(formats.moment_words(seconds, NOON, language=one) for one in LANGUAGES)
    assert found == said


@pytest.mark.parametrize(
    "day, said",
    [
        (date(2024, 10, 15), ("10月15日", "10月15日", "Oct 15")),
        (date(2025, 1, 31), ("2025年1月31日", "2025年1月31日", "Jan 31, 2025")),
    ],
)
def test_a_due_date_names_its_year_where_it_is_another(
    day: date, said: tuple[str, str, str]
) -> None:
    """Seen from a day in October 2024."""
    today = date(2024, 10, 27)
    assert tuple(formats.date_words(day, today, language=one) for one in LANGUAGES) == said


@pytest.mark.parametrize(
    "value, said",
    [
        (None, ("", "", "")),
        (quantity_value(123_456_789_000), ("12,345,678.9",) * 3),
        (quantity_value(-5_000), ("-0.5",) * 3),
        (flag_value(True), ("是", "是", "yes")),
        (reason_value("not_applicable"), ("（不适用）", "（不適用）", "(not applicable)")),
    ],
)
def test_a_value_is_said_with_its_digits_grouped(
    value: Value | None, said: tuple[str, str, str]
) -> None:
    """Yes and no, and a reason for no value, in words (W2)."""
    assert tuple(formats.value_words(value, language=one) for one in LANGUAGES) == said


@pytest.mark.parametrize(
    "count, said",
    [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KB"), (5 * 2**20, "5 MB"), (3 * 2**40, "3,072 GB")],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_so_much_of_a_disk_is_said_to_one_decimal(
    count: int, said: str, language: Language
) -> None:
    """Rounded down: nobody is promised more than there is."""
    assert formats.bytes_words(count, language=language) == said


@pytest.mark.parametrize(
    "unit, hant, english",
    [
        ("户", "戶", "households"),
        ("公斤/亩", "公斤/畝", "kg/mu"),
        ("%", "%", "%"),
        ("只", "只", "只"),
    ],
)
def test_units_are_said_in_each_language(unit: str, hant: str, english: str) -> None:
    """Part by part; Simplified Chinese is as the catalogue has it, and so is what isn't known (W2)."""
    said = [formats.unit_words(unit, language=one) for one in LANGUAGES]

    assert said == [unit, hant, english]


def test_every_unit_of_the_shipped_catalogue_is_said() -> None:
    """None stays Chinese in an English page (W2)."""
    units = {one.unit for one in shipped().indicators.values() if one.unit}
    said = {unit: formats.unit_words(unit, language="en") for unit in units}

    assert {unit for unit, words in said.items() if unit in words and not unit.isascii()} == set()
