"""`tianji field set`, `explain`, `submit` and `withdraw`: what an officer records, all of it offline."""

from __future__ import annotations

from pathlib import Path

import click

from field_client.commands.words import (
    Document,
    finding_document,
    finding_words,
    place_option,
    value_text,
    value_words,
)
from field_client.commands.writing import person_option, recording_desk
from sync.catalogue import Catalogue, Indicator
from sync.cli import async_command, data_option, json_option, language, not_so, print_json, tell
from sync.entry import checking, entry, submission
from sync.entry.checking import Judged
from sync.entry.submission import Obstacles
from sync.entry.typed import open_cell
from sync.period import Period, parse
from sync.problems import Problem
from sync.value import REASONS, Cell, Type, Value, text_value

# A value may begin with a minus sign; what looks like an option is refused by `_typed`.
_MINUS = {"ignore_unknown_options": True}


@click.command("set", context_settings=_MINUS)
@click.argument("period")
@click.argument("indicator")
@click.argument("value")
@data_option
@place_option
@person_option
@click.option("--note", default="", help="A remark, kept beside the value.")
@click.option(
    "--reason",
    metavar="WHY",
    default="",
    help=f"Why there is no value ({', '.join(REASONS)}); VALUE is then -.",
)
@json_option
@async_command
async def set_value(
    period: str,
    indicator: str,
    value: str,
    data: Path,
    place: str | None,
    person: str,
    note: str,
    reason: str,
    *,
    as_json: bool,
) -> None:
    """Record one value; it is on the disk when this returns. Also settles a conflict."""
    async with recording_desk(data, person) as desk:
        catalogue = await desk.catalogue()
        at = desk.find_place(place)
        level = desk.level(at, parse(entry.meant(period)).end)
        known = entry.indicator_asked(catalogue, indicator, level)
        asked = entry.period_of(known, period, desk.latest_day())
        typed = _typed(known, value, reason)
        cells = [(Cell("value", asked.text, known.code), typed)]
        if note.strip():
            cells.append((Cell("note", asked.text, known.code), text_value(note.strip())))
        await open_cell(desk, at, asked, known.code, settles=True)
        await desk.record(at, cells)
        found = await checking.judged(desk, at, asked, [known.code])
        handed_in = await submission.submitted(desk, at, asked)
    if as_json:
        print_json(_saved_document(known, asked, typed, found, catalogue))
    else:
        _say_saved(known, asked, typed)
        for one in found:
            click.echo(finding_words(one, catalogue))
        for form in handed_in:
            if form in catalogue.forms and known.code in catalogue.forms[form].items:
                tell("field-changed-after-submitting", form=form, period=asked.text)


@click.command()
@click.argument("check")
@click.argument("period")
@click.argument("text")
@data_option
@place_option
@person_option
@async_command
async def explain(
    check: str, period: str, text: str, data: Path, place: str | None, person: str
) -> None:
    """Say why figures that a soft check (R31, or R31:A001) finds odd are right."""
    async with recording_desk(data, person) as desk:
        at, asked = desk.find_place(place), parse(entry.meant(period))
        for name in await checking.explain(desk, at, check, asked, text):
            tell("field-explained", check=name, period=asked.text)


@click.command()
@click.argument("form")
@click.argument("period")
@data_option
@place_option
@person_option
@json_option
@async_command
async def submit(
    form: str, period: str, data: Path, place: str | None, person: str, *, as_json: bool
) -> None:
    """Hand in a form; exit code 1, and a list, while anything stands in its way."""
    async with recording_desk(data, person) as desk:
        catalogue = await desk.catalogue()
        at = desk.find_place(place)
        level = desk.level(at, parse(entry.meant(period)).end)
        known = entry.form_asked(catalogue, form, level)
        asked = entry.period_of(known, period, desk.latest_day())
        found = await submission.submit(desk, at, known, asked)
    if as_json:
        print_json(
            {
                "submitted": not found,
                "form": known.code,
                "period": asked.text,
                "missing": list(found.missing),
                "blocking": [finding_document(one, catalogue) for one in found.blocking],
                "unexplained": [finding_document(one, catalogue) for one in found.unexplained],
                "unanswered": list(found.unanswered),
            }
        )
    else:
        _say_obstacles(found, catalogue)
        key = "field-not-submitted" if found else "field-submitted"
        tell(key, form=known.code, name=known.name.say(language()), period=asked.text)
    if found:
        not_so()


@click.command()
@click.argument("form")
@click.argument("period")
@data_option
@place_option
@person_option
@async_command
async def withdraw(form: str, period: str, data: Path, place: str | None, person: str) -> None:
    """Take a form back that nobody has begun to review."""
    async with recording_desk(data, person) as desk:
        catalogue = await desk.catalogue()
        at = desk.find_place(place)
        level = desk.level(at, parse(entry.meant(period)).end)
        known = entry.form_asked(catalogue, form, level)
        asked = entry.period_of(known, period, desk.latest_day())
        await submission.withdraw(desk, at, known, asked)
    tell("field-withdrawn", form=known.code, name=known.name.say(language()), period=asked.text)


def _typed(indicator: Indicator, text: str, reason: str) -> Value:
    """The value or the reason that was typed. Raises what `entry` raises."""
    if text.startswith("--"):
        raise Problem("cli-option-unknown", name=text[:40], command="tianji field set")
    if not reason:
        return entry.value(indicator, text)
    if text.strip() != entry.NO_VALUE:
        raise Problem("field-value-and-reason", text=text[:40])
    return entry.reason(reason)


def _saved_document(
    known: Indicator, period: Period, typed: Value, found: list[Judged], catalogue: Catalogue
) -> Document:
    return {
        "saved": True,
        "period": period.text,
        "indicator": known.code,
        "value": value_text(typed),
        "reason": typed.text if typed.type is Type.REASON else None,
        "findings": [finding_document(one, catalogue) for one in found],
    }


def _say_saved(known: Indicator, period: Period, typed: Value) -> None:
    unit = known.unit if typed.type is Type.QUANTITY else ""
    tell(
        "field-saved",
        code=known.code,
        name=known.name.say(language()),
        period=period.text,
        value=f"{value_words(typed)} {unit}".strip(),
    )


def _say_obstacles(found: Obstacles, catalogue: Catalogue) -> None:
    for code in found.missing:
        name = catalogue.indicators[code].name.say(language())
        tell("field-missing", code=code, name=name)
    for code in found.unanswered:
        name = catalogue.indicators[code].name.say(language())
        tell("field-unanswered", code=code, name=name)
    for one in (*found.blocking, *found.unexplained):
        click.echo(finding_words(one, catalogue))
