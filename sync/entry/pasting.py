"""What a piece of a spreadsheet means on a form: which cell each value goes to, and what doesn't fit.

Pure, and nothing is recorded: a person looks at the plan before it is taken. A single column goes
down the rows from the cell it was pasted into; several go where their codes or names say.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from sync.catalogue import Indicator
from sync.entry import entry, typed, units
from sync.limits import PASTE_CHARS_MAX, PASTE_LINES_MAX
from sync.problems import Problem
from sync.texts import LANGUAGES, Language, say

__all__ = ["Goes", "Left", "Plan", "names_of", "plain", "plan"]


class Goes(msgspec.Struct):
    """A value and the cell it goes to; `unit` is '' for the indicator's own."""

    code: str
    name: str
    text: str
    unit: str


class Left(msgspec.Struct):
    """A line that goes nowhere, and why."""

    line: int
    text: str
    why: str


class Plan(msgspec.Struct):
    """`plain` where nothing needs a look before: one column in which all fits."""

    plain: bool
    goes: list[Goes]
    left: list[Left]


def plan(rows: Sequence[Indicator], text: str, code: str, unit: str, language: Language) -> Plan:
    """What goes where, for the rows of a form, pasted into the cell of that code.

    Empty cells say nothing. Raises `paste-too-much`, `field-indicator-unknown`.
    """
    codes = [one.code for one in rows]
    if code not in codes:
        raise Problem("field-indicator-unknown", code=code[:40])
    lines = _lines(text)
    if max((len(line) for line in lines), default=0) < 2:
        wanted = _down(rows[codes.index(code) :], lines, unit)
    else:
        wanted = _by_name(rows, lines)
    goes: dict[str, Goes] = {}
    left = []
    for one in wanted:
        try:
            if one.indicator is None:
                raise Problem(one.problem)
            if one.indicator.code in goes:
                raise Problem("paste-twice")
            typed.read(one.indicator, one.text, one.unit)
        except Problem as problem:
            left.append(Left(one.line, one.text[:40], problem.say(language)))
        else:
            name = one.indicator.name.say(language)
            goes[one.indicator.code] = Goes(one.indicator.code, name, one.text, one.unit)
    return Plan(not left and max(map(len, lines), default=0) < 2, list(goes.values()), left)


class _Wanted(NamedTuple):
    """A value on a line, and its indicator, or the problem of finding one."""

    line: int
    text: str
    indicator: Indicator | None
    unit: str = ""
    problem: str = ""


def _lines(text: str) -> list[list[str]]:
    """The cells of each line, without the empty ends that spreadsheets add."""
    if len(text) > PASTE_CHARS_MAX:
        raise Problem("paste-too-much", most=PASTE_LINES_MAX)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t")
    try:
        lines = [[cell.strip() for cell in line] for line in reader]
    except csv.Error:  # a quote that is no quoting
        lines = [[cell.strip() for cell in line.split("\t")] for line in text.splitlines()]
    while lines and not any(lines[-1]):
        lines.pop()
    if len(lines) > PASTE_LINES_MAX:
        raise Problem("paste-too-much", most=PASTE_LINES_MAX)
    return lines


def _down(rows: Sequence[Indicator], lines: list[list[str]], unit: str) -> Iterator[_Wanted]:
    for index, line in enumerate(lines):
        text = line[0] if line else ""
        if not text:
            continue
        if index >= len(rows):
            yield _Wanted(index + 1, text, None, problem="paste-no-row")
            continue
        row = rows[index]
        chosen = unit if unit in units.offered(row) and unit != row.unit else ""
        yield _Wanted(index + 1, text, row, chosen)


def _by_name(rows: Sequence[Indicator], lines: list[list[str]]) -> Iterator[_Wanted]:
    known = names_of(rows)
    width = max(map(len, lines))
    table = [line + [""] * (width - len(line)) for line in lines]
    keys = max(range(width), key=lambda at: sum(plain(line[at]) in known for line in table))
    values = _value_column(table, known, keys)
    for index, line in enumerate(table):
        indicator = known.get(plain(line[keys]))
        if indicator is None:
            if any(line) and (index or plain(line[keys]) not in _HEADS):
                problem = "paste-no-such-row" if line[keys] else "paste-no-name"
                yield _Wanted(index + 1, " ".join(filter(None, line)), None, problem=problem)
            continue
        text = line[values]
        if text:
            yield _Wanted(index + 1, text, indicator, _unit(indicator, line, values))


def _value_column(table: list[list[str]], known: Mapping[str, Indicator], keys: int) -> int:
    """The column under the heading that our own copies have, else the first with readable values."""
    width = len(table[0])
    for heading in range(width):
        if plain(table[0][heading]) in _VALUE_HEADS:
            return heading
    order: list[int] = [*range(keys + 1, width), *range(keys)]
    for at in order:
        for line in table:
            indicator = known.get(plain(line[keys]))
            if indicator is not None and _is_value(indicator, line[at]):
                return at
    return order[0]


def _is_value(indicator: Indicator, text: str) -> bool:
    if not text or text in units.offered(indicator):
        return False
    try:
        typed.read(indicator, text)
    except Problem:
        return False
    return True


def _unit(indicator: Indicator, line: list[str], values: int) -> str:
    """A unit that stands in a cell of its own."""
    offered = units.offered(indicator)[1:]
    return next((cell for at, cell in enumerate(line) if at != values and cell in offered), "")


def names_of(rows: Sequence[Indicator]) -> dict[str, Indicator]:
    """Every way to name a row; a name that two rows have names none."""
    found: dict[str, Indicator] = {}
    twice = set()
    for one in rows:
        for name in {plain(one.name.say(language)) for language in LANGUAGES} - {""}:
            twice |= {name} & found.keys()
            found[name] = one
    for name in twice:
        del found[name]
    return {**found, **{plain(one.code): one for one in rows}}


_BEHIND = re.compile(r"[(\[][^)\]]*[)\]]$")


def plain(text: str) -> str:
    """A name as it is compared: without spaces, widths, case and a unit in brackets behind it."""
    joined = "".join(entry.meant(unicodedata.normalize("NFKC", text)).split()).casefold()
    return _BEHIND.sub("", joined) or joined


_VALUE_HEADS = {plain(say("sheet-column-value", language)) for language in LANGUAGES}
_HEADS = {
    plain(say(key, language))
    for key in ("sheet-column-code", "sheet-column-name")
    for language in LANGUAGES
}
