"""What a sheet's page asks for while somebody types: each answer is the whole sheet as it stands then.

An answer is given when what was asked is durable. The page says whose it is: what one person typed
is never recorded as another's who came to the same browser since. Whoever serves these routes says
where they are, who may call them, and how the address leads to a sheet (`at`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, SkipValidation

from sync import checks
from sync.catalogue import Catalogue, Indicator
from sync.entry import already, checking, drafts, pasting, submission, typed
from sync.entry.checking import Weight
from sync.entry.desk import Desk
from sync.entry.typed import Answer
from sync.ids import EditId
from sync.period import parse
from sync.problems import Problem
from sync.screens.formats import quantity_words, unit_words
from sync.screens.sheet_view import WORDS_MARK, At, SheetView, sheet_view, with_unit
from sync.texts import Language, say
from sync.value import Value

__all__ = ["AtSheet", "demand_person", "routes"]

_PERSON = "x-person"
_CELLS_MAX = 1000

AtSheet = NamedDependency[SkipValidation[At]]
"""The sheet that the address names, as the application that serves it finds it."""

Name = Annotated[str, msgspec.Meta(pattern=r"\A([0-9a-f]{2})+\Z")]
Names = list[Name] | None


class Typed(msgspec.Struct):
    """What stands in a cell's control, in which unit, over which versions that the page showed."""

    code: str
    text: str
    unit: str = ""
    shown: Names = None


class Codes(msgspec.Struct):
    """Cells, with the versions that the page showed of each."""

    codes: Annotated[list[str], msgspec.Meta(max_length=_CELLS_MAX)]
    shown: dict[str, list[Name]] = {}


class Back(msgspec.Struct):
    """A cell whose value goes back to what stood before."""

    code: str
    before: str
    shown: Names = None


OneCell = TypeVar("OneCell", Typed, Back)


class Many(msgspec.Struct):
    """Several cells at once, as a paste brings them."""

    cells: Annotated[list[Typed], msgspec.Meta(max_length=_CELLS_MAX)]


class BackMany(msgspec.Struct):
    """The cells that one act changed."""

    cells: Annotated[list[Back], msgspec.Meta(max_length=_CELLS_MAX)]


class Said(msgspec.Struct):
    """Words about a cell, or about the form as a whole where `code` is ''."""

    text: str
    code: str = ""


class Explained(msgspec.Struct):
    """Why a finding is right as it is."""

    name: str
    period: str
    text: str


class Words(msgspec.Struct):
    """A note or an explanation as it is being typed, under a name like `note B001`."""

    name: Annotated[str, msgspec.Meta(max_length=80, pattern=r"\A(note|explain) [\w: .-]+\Z")]
    text: str


class Pasted(msgspec.Struct):
    """What was pasted, and into which cell."""

    text: str
    code: str
    unit: str = ""


class Done(msgspec.Struct):
    """One cell that changed: what it reads as, and the word that undoes it."""

    code: str
    before: str
    reads: str


class Answered(msgspec.Struct):
    """The sheet after an act, the cells that the act changed, and those that it could not."""

    sheet: SheetView
    done: list[Done] = []
    refused: dict[str, str] = {}


class Kept(msgspec.Struct):
    """A draft was kept: `reads` is how it would be read, `why` why it can't be, and `warns` what
    the checks would say of it.
    """

    reads: str = ""
    why: str = ""
    warns: list[str] = []


class Found(msgspec.Struct):
    """What still stands in a form's way."""

    missing: list[str]
    unanswered: list[str]
    blocking: int
    unexplained: int


def demand_person(request: Request[Any, Any, Any], desk: Desk) -> None:
    """Raises `sheet-other-person` where another sits here than the page was made for."""
    if request.headers.get(_PERSON, "") != desk.person.hex():
        raise Problem("sheet-other-person", name=desk.person_name(desk.person))


@get()
async def look(at: AtSheet) -> Answered:
    """The sheet as it stands."""
    return await _answer(at)


@post("/draft", status_code=200)
async def keep(at: AtSheet, data: JSONBody[Typed]) -> Kept:
    """Keeps what is typed so far."""
    indicator = await _indicator(at, data.code)
    await drafts.keep(at.desk, at.place, at.period.text, data.code, data.text, data.unit)
    if not data.text.strip():
        return Kept()
    try:
        value, reading = typed.read(indicator, data.text, data.unit)
    except Problem as problem:
        return Kept(why=problem.say(at.language))
    reads = with_unit(value, indicator, at.language) if reading else ""
    return Kept(reads, warns=await _warnings(at, data.code, value))


@post("/words", status_code=200)
async def keep_words(at: AtSheet, data: JSONBody[Words]) -> Kept:
    """Keeps a note or an explanation so far; an empty one is forgotten."""
    if data.text.strip():
        await drafts.keep(at.desk, at.place, at.period.text, data.name, data.text, "")
    else:
        await drafts.drop(at.desk, at.place, at.period.text, [data.name])
    return Kept()


@post("/drop", status_code=200)
async def drop(at: AtSheet, data: JSONBody[Codes]) -> Answered:
    """Forgets what is typed and not recorded."""
    await drafts.drop(at.desk, at.place, at.period.text, data.codes)
    return await _answer(at)


@post("/enter", status_code=200)
async def enter(at: AtSheet, data: JSONBody[Many]) -> Answered:
    """Records what was typed, each cell that can be read."""

    async def act(one: Typed) -> Answer:
        seen = _names(one.shown)
        return await typed.enter(at.desk, at.place, at.period, one.code, one.text, one.unit, seen)

    return await _each(at, data.cells, act)


@post("/confirm", status_code=200)
async def confirm(at: AtSheet, data: JSONBody[Codes]) -> Answered:
    """Takes what those cells offer, or says again what they hold."""
    shown = {code: _names(data.shown.get(code)) or set() for code in data.codes}
    return await _answer(at, await typed.confirm(at.desk, at.place, at.period, data.codes, shown))


@post("/reason", status_code=200)
async def reason(at: AtSheet, data: JSONBody[Typed]) -> Answered:
    """Records why there is no value."""
    done = await typed.choose_reason(
        at.desk, at.place, at.period, data.code, data.text, _names(data.shown)
    )
    return await _answer(at, [done])


@post("/undo", status_code=200)
async def undo(at: AtSheet, data: JSONBody[BackMany]) -> Answered:
    """Brings back what stood in those cells before."""

    async def act(one: Back) -> Answer:
        seen = _names(one.shown)
        return await typed.undo(at.desk, at.place, at.period, one.code, one.before, seen)

    return await _each(at, data.cells, act)


@post("/note", status_code=200)
async def note(at: AtSheet, data: JSONBody[Said]) -> Answered:
    """Keeps a remark beside a value."""
    await _indicator(at, data.code)
    await typed.note(at.desk, at.place, at.period, data.code, data.text)
    await drafts.drop(at.desk, at.place, at.period.text, [f"note{WORDS_MARK}{data.code}"])
    return await _answer(at)


@post("/already", status_code=200)
async def say_already(at: AtSheet, data: JSONBody[Said]) -> Answered:
    """Says to whom the figure was reported before."""
    await already.say_already(at.desk, at.place, at.period, data.code, data.text)
    return await _answer(at)


@post("/explain", status_code=200)
async def explain(at: AtSheet, data: JSONBody[Explained]) -> Answered:
    """Keeps an explanation with the value."""
    await checking.explain(at.desk, at.place, data.name, parse(data.period), data.text)
    name = WORDS_MARK.join(("explain", data.period, data.name))
    await drafts.drop(at.desk, at.place, at.period.text, [name])
    return await _answer(at)


@post("/paste", status_code=200)
async def paste(at: AtSheet, data: JSONBody[Pasted]) -> pasting.Plan:
    """Says what of a pasted table goes where; nothing is recorded."""
    catalogue = await at.desk.catalogue()
    rows = [catalogue.indicators[code] for code in at.form.items if code in catalogue.indicators]
    return pasting.plan(rows, data.text, data.code, data.unit, at.language)


@post("/obstacles", status_code=200)
async def obstacles(at: AtSheet) -> Found:
    """What keeps the form from being handed in."""
    return _found(await submission.obstacles(at.desk, at.place, at.form, at.period))


@post("/submit", status_code=200)
async def submit(at: AtSheet) -> Answered:
    """Hands the form in; where something stands in its way it stays what it is."""
    await submission.submit(at.desk, at.place, at.form, at.period)
    return await _answer(at)


@post("/withdraw", status_code=200)
async def withdraw(at: AtSheet) -> Answered:
    """Takes the form back."""
    await submission.withdraw(at.desk, at.place, at.form, at.period)
    return await _answer(at)


@post("/ask-back", status_code=200)
async def ask_back(at: AtSheet, data: JSONBody[Said]) -> Answered:
    """Asks the reviewer to give the form back."""
    await submission.ask_back(at.desk, at.place, at.form, at.period, data.text)
    return await _answer(at)


async def _each(
    at: At, cells: Iterable[OneCell], act: Callable[[OneCell], Awaitable[Answer]]
) -> Answered:
    """Each cell by itself: one that is refused keeps none of the others back."""
    done: list[Answer] = []
    refused = {}
    for one in cells:
        try:
            done.append(await act(one))
        except Problem as problem:
            refused[one.code] = problem.say(at.language)
    return await _answer(at, done, refused)


async def _answer(
    at: At, done: Iterable[Answer] = (), refused: dict[str, str] | None = None
) -> Answered:
    _, view = await sheet_view(at)
    catalogue = await at.desk.catalogue()
    return Answered(view, [_done(one, catalogue, at.language) for one in done], refused or {})


async def _warnings(at: At, code: str, value: Value) -> list[str]:
    """What would block or ask, once that value was recorded."""
    catalogue = await at.desk.catalogue()
    found = await checking.judged(at.desk, at.place, at.period, [code], {code: value})
    return [
        checks.say(one.finding, catalogue, at.language)
        for one in found
        if one.weight is not Weight.EXPLAINED
        and one.finding.bound in {"", code}
        and submission.concerns(one, at.period)
    ]


def _done(one: Answer, catalogue: Catalogue, language: Language) -> Done:
    reads = ""
    indicator = catalogue.indicators[one.code]
    if one.reading is not None and one.reading.unit != indicator.unit:
        own = quantity_words(one.reading.units, language=language)
        reads = say(
            "sheet-reads", language, text=f"{own} {unit_words(indicator.unit, language=language)}"
        )
    return Done(one.code, one.before, reads)


def _found(found: submission.Obstacles) -> Found:
    return Found(
        list(found.missing), list(found.unanswered), len(found.blocking), len(found.unexplained)
    )


async def _indicator(at: At, code: str) -> Indicator:
    """An indicator of this form. Raises `field-indicator-unknown`."""
    catalogue = await at.desk.catalogue()
    if code not in at.form.items or code not in catalogue.indicators:
        raise Problem("field-indicator-unknown", code=code[:40])
    return catalogue.indicators[code]


def _names(shown: list[str] | None) -> set[EditId] | None:
    return None if shown is None else {EditId(bytes.fromhex(name)) for name in shown}


routes = [
    *(look, keep, keep_words, drop, enter, confirm, reason, undo, note, say_already, explain),
    *(paste, obstacles, submit, withdraw, ask_back),
]
