"""A workbook of a form: what may be typed is open, the rest is locked, and Excel says the rules.

The locks are no secret and no wall: what comes back is checked as if there were none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from server.exchange.forms.filled import Filled, FilledCell
from server.exchange.forms.key import KEY_SHEET, Key, KeyCell, lines_of, note_name, token
from server.exchange.forms.looks import LISTS_SHEET, Looks
from sync import quantity
from sync.catalogue import Form, Indicator
from sync.limits import QUANTITY_ABS_MAX, TEXT_CHARS_MAX
from sync.period import Period
from sync.screens.formats import day_words, period_words, unit_words, value_words
from sync.texts import Language, say
from sync.value import REASONS, Type, Value, text_value

__all__ = ["Workbook", "write_list", "write_sheets"]

_INLINE_CHARS_MAX = 255
_ERROR_CHARS_MAX = 250
_FIRST_ROW = 6
_HOW_HEIGHT = 64


class Workbook(NamedTuple):
    """What a workbook is of, and how it speaks."""

    form: Form
    period: Period
    catalogue: str
    made: str
    language: Language
    is_approved: bool
    is_made_up: bool


def write_sheets(path: Path, about: Workbook, places: Sequence[Filled]) -> None:
    """A sheet a place, a line an indicator."""
    with _Book(path, about, in_order=False) as book:
        names = _sheet_names(places)
        for name, one in zip(names, places, strict=True):
            _place_sheet(book, name, one)


def write_list(path: Path, about: Workbook, places: Sequence[Filled]) -> None:
    """One sheet, a line a place, a column an indicator."""
    with _Book(path, about, in_order=True) as book:
        _list_sheet(book, places)


class _Book:
    """An open workbook with its looks; the lists and the key are added at the end."""

    def __init__(self, path: Path, about: Workbook, *, in_order: bool) -> None:
        import xlsxwriter  # type: ignore[import-untyped]  # it has no types

        self.about = about
        options = {"constant_memory": in_order, "strings_to_formulas": False}
        self.file = xlsxwriter.Workbook(path, {**options, "strings_to_urls": False})
        self.looks = Looks(self.file)
        self.lists: dict[tuple[str, ...], int] = {}
        self.cells: dict[tuple[Any, str], KeyCell] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._add_lists()
            self._add_key()
            self.file.close()

    def say(self, key: str, **values: object) -> str:
        """A text in the file's language."""
        return say(key, self.about.language, **values)

    def remember(self, sheet: str, one: Filled, cell: FilledCell) -> None:
        """Notes in the key what a cell held."""
        code = cell.indicator.code
        held = token(cell.value)
        shown = cell.shown
        self.cells[one.place, code] = KeyCell(sheet, one.place, code, held, cell.is_offered, shown)

    def remember_note(self, sheet: str, one: Filled, cell: FilledCell) -> None:
        """The same of its note, which is overtyped by whoever writes last."""
        code = note_name(cell.indicator.code)
        held = token(text_value(cell.note))
        self.cells[one.place, code] = KeyCell(sheet, one.place, code, held, False, frozenset())

    def head(self, sheet: Any, width: int, lines: Sequence[str]) -> None:
        """Title and legal marks, then a line each."""
        about, looks = self.about, self.looks
        sheet.set_row(len(lines) + 2, _HOW_HEIGHT)
        sheet.merge_range(0, 0, 0, width, about.form.name.say(about.language), looks.title)
        for row, text in enumerate((*lines, self._marks(), self.say("forms-how")), start=1):
            look = looks.how if row > len(lines) + 1 else looks.fact
            sheet.merge_range(row, 0, row, width, text, look)

    def period_line(self) -> str:
        """The period in words, and as it is written."""
        text = self.about.period.text
        words = period_words(text, language=self.about.language)
        mark = f"　{self.say('screen-simulated')}" if self.about.is_made_up else ""
        return self.say("forms-period", words=words, period=text) + mark

    def _marks(self) -> str:
        about, form = self.about, self.about.form
        if not about.is_approved:
            return self.say("forms-unapproved", form=form.code)
        until = day_words(form.valid_until, language=about.language) if form.valid_until else "—"
        return self.say(
            "forms-marks",
            form=form.code,
            issuer=form.issuer,
            approver=form.approver,
            number=form.approval_number,
            until=until,
        )

    def rule(
        self, sheet: Any, area: tuple[int, int, int, int], one: Indicator, *, soft: bool
    ) -> None:
        """What may be typed into these cells; `soft` only asks, where a reason may stand too."""
        rule = self._rule(one)
        rule |= {
            "input_title": one.code,
            "input_message": self.say("forms-input", unit=one.unit or "—")[:_ERROR_CHARS_MAX],
            "error_title": self.say("forms-error-title"),
            "error_type": "warning" if soft else "stop",
        }
        sheet.data_validation(*area, rule)

    def _rule(self, one: Indicator) -> dict[str, Any]:
        match one.type:
            case "flag":
                words = [self.say("field-flag-yes"), self.say("field-flag-no")]
                message = self.say("forms-error-list")
                return {"validate": "list", "source": words, "error_message": message}
            case "choice":
                message = self.say("forms-error-list")
                return {"validate": "list", "source": self._source(one), "error_message": message}
            case "text":
                message = self.say("forms-error-long", most=TEXT_CHARS_MAX)
                return {
                    "validate": "length",
                    "criteria": "<=",
                    "value": TEXT_CHARS_MAX,
                    "error_message": message,
                }
            case _:
                kind = "decimal" if one.decimals else "integer"
                return {
                    "validate": kind,
                    "criteria": "between",
                    "minimum": -QUANTITY_ABS_MAX,
                    "maximum": QUANTITY_ABS_MAX,
                    "error_message": self.say(f"forms-error-{kind}"),
                }

    def _source(self, one: Indicator) -> list[str] | str:
        """A list's words, in a sheet of their own where they are too long for a rule."""
        if len(",".join(one.choices)) <= _INLINE_CHARS_MAX:
            return list(one.choices)
        column = self.lists.setdefault(one.choices, len(self.lists))
        from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]

        name = xl_col_to_name(column)
        return f"='{LISTS_SHEET}'!${name}$1:${name}${len(one.choices)}"

    def _add_lists(self) -> None:
        if not self.lists:
            return
        sheet = self.file.add_worksheet(LISTS_SHEET)
        sheet.hide()
        for row in range(max(map(len, self.lists))):
            for words, column in self.lists.items():
                if row < len(words):
                    sheet.write_string(row, column, words[row])

    def _add_key(self) -> None:
        about = self.about
        key = Key(about.form.code, about.period.text, about.catalogue, about.made, self.cells)
        sheet = self.file.add_worksheet(KEY_SHEET)
        sheet.very_hidden()
        for row, line in enumerate(lines_of(key)):
            for column, text in enumerate(line):
                sheet.write_string(row, column, text)


def _place_sheet(book: _Book, name: str, one: Filled) -> None:
    sheet = book.file.add_worksheet(name)
    _protect(sheet)
    looks = book.looks
    where = book.say("forms-place", name=f"{one.above} {one.name}".strip(), code=one.code)
    book.head(sheet, 7, (where, book.period_line()))
    heads = ("code", "name", "unit", "value", "reason", "last", "year", "note")
    for column, head in enumerate(heads):
        sheet.write_string(_FIRST_ROW - 1, column, book.say(f"forms-column-{head}"), looks.head)
    for column, width in enumerate((9, 38, 10, 16, 18, 14, 14, 30)):
        sheet.set_column(column, column, width)
    reasons = [book.say(f"field-reason-{reason}") for reason in REASONS]
    for row, cell in enumerate(one.cells, start=_FIRST_ROW):
        _line(book, sheet, row, cell)
        book.rule(sheet, (row, 3, row, 3), cell.indicator, soft=False)
        source = {
            "validate": "list",
            "source": reasons,
            "error_message": book.say("forms-error-list"),
        }
        sheet.data_validation(row, 4, row, 4, source)
        book.remember(name, one, cell)
        if cell.note:
            book.remember_note(name, one, cell)
    sheet.freeze_panes(_FIRST_ROW, 2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _line(book: _Book, sheet: Any, row: int, cell: FilledCell) -> None:
    one, looks, language = cell.indicator, book.looks, book.about.language
    sheet.write_string(row, 0, one.code, looks.fixed)
    sheet.write_string(row, 1, one.name.say(language), looks.fixed)
    sheet.write_string(row, 2, unit_words(one.unit, language=language), looks.fixed)
    has_reason = cell.value is not None and cell.value.type is Type.REASON
    look = looks.input(is_open=cell.is_open, is_offered=cell.is_offered)
    _write(sheet, row, 3, None if has_reason else cell.value, look, language)
    reason = value_words(cell.value, language=language) if has_reason else ""
    _text(sheet, row, 4, reason, looks.input(is_open=cell.is_open))
    for column, before in ((5, cell.last), (6, cell.year_before)):
        _write(sheet, row, column, before, looks.fixed, language)
    _text(sheet, row, 7, cell.note, looks.input(is_open=cell.is_open))


def _list_sheet(book: _Book, places: Sequence[Filled]) -> None:
    language = book.about.language
    name = book.say("forms-list-sheet")
    sheet = book.file.add_worksheet(name)
    _protect(sheet)
    looks = book.looks
    cells = places[0].cells if places else ()
    width = max(2 + len(cells), 7)
    book.head(sheet, width, (book.say("forms-list-how"), book.period_line()))
    heads = [book.say(f"forms-column-{head}") for head in ("place-code", "place", "above")]
    heads += [_heading(cell.indicator, language) for cell in cells]
    for column, text in enumerate(heads):
        sheet.write_string(_FIRST_ROW - 1, column, text, looks.head)
    sheet.set_column(0, 0, 15)
    sheet.set_column(1, 2, 14)
    sheet.set_column(3, len(heads), 13)
    for row, one in enumerate(places, start=_FIRST_ROW):
        for column, text in enumerate((one.code, one.name, one.above)):
            sheet.write_string(row, column, text, looks.fixed)
        for column, cell in enumerate(one.cells, start=3):
            look = looks.input(is_open=cell.is_open, is_offered=cell.is_offered)
            _write(sheet, row, column, cell.value, look, language)
            book.remember(name, one, cell)
    last = _FIRST_ROW + max(len(places), 1) - 1
    for column, cell in enumerate(cells, start=3):
        book.rule(sheet, (_FIRST_ROW, column, last, column), cell.indicator, soft=True)
    sheet.freeze_panes(_FIRST_ROW, 3)
    sheet.set_landscape()


def _heading(one: Indicator, language: Language) -> str:
    unit = f"（{unit_words(one.unit, language=language)}）" if one.unit else ""
    return f"{one.code} {one.name.say(language)}{unit}"


def _protect(sheet: Any) -> None:
    """Locks what isn't open; columns may be widened, lines sorted, and there is no password."""
    allowed = ("format_columns", "format_rows", "sort", "autofilter", "select_locked_cells")
    sheet.protect("", dict.fromkeys(allowed, True))


def _write(
    sheet: Any, row: int, column: int, value: Value | None, look: Any, language: Language
) -> None:
    if value is not None and value.type is Type.QUANTITY:
        text = quantity.text(value.number)
        if (
            len(text.lstrip("-").replace(".", "")) <= 15
        ):  # what a spreadsheet's numbers hold exactly
            sheet.write_number(row, column, float(text), look)
        else:
            sheet.write_string(row, column, text, look)
    else:
        _text(sheet, row, column, value_words(value, language=language), look)


def _text(sheet: Any, row: int, column: int, text: str, look: Any) -> None:
    if text:
        sheet.write_string(row, column, text, look)
    else:
        sheet.write_blank(row, column, None, look)


_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def _sheet_names(places: Iterable[Filled]) -> list[str]:
    """A name of at most 31 characters for each, none twice."""
    found: list[str] = []
    for one in places:
        base = one.name.translate(_NOT_IN_NAMES).strip()[:24] or one.code[:24]
        name, number = base, 1
        while name.casefold() in {other.casefold() for other in found}:
            number += 1
            name = f"{base} {number}"
        found.append(name)
    return found
