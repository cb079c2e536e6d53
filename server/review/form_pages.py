"""A form's page: its values beside what they were, and what a reviewer decides on it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath

from server.catalogue.keeping import catalogue_of
from server.desk.access import BY_SESSION, NEED, WHO
from server.desk.acting import Act, Write
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.shown import shown_in
from server.desk.viewer import Need
from server.review import phrases
from server.review.asking import asked_at, filters_of, query_of
from server.review.deciding import Action, Order, allowed, decide, need_for
from server.review.form_view import beside, cell_views, signed
from server.review.formstate import At, FormState, form_states, is_direct, seen_differences
from server.review.queue import queued
from server.review.saying import names_of, said
from server.review.undoing import undone_by
from sync.catalogue import Catalogue
from sync.period import parse
from sync.problems import Problem
from sync.screens.formats import period_words
from sync.texts import known, say
from sync.value import Cell, text_value

__all__ = ["routes"]

_ADDRESS = "/review/{place:str}/{period:str}/{form:str}"


@get(_ADDRESS, opt={WHO: BY_SESSION, NEED: Need.REVIEW}, include_in_schema=False)
async def form_page(
    request: AnyRequest, place: FromPath[str], period: FromPath[str], form: FromPath[str]
) -> Response[str]:
    """All values with what they are measured by. Raises `review-form-unknown`, `period-malformed`."""
    desk = desk_of(request)
    return await _shown(request, await asked_at(desk, place, period, form))


@post(_ADDRESS, opt={WHO: BY_SESSION, NEED: Need.REVIEW}, status_code=303, include_in_schema=False)
async def decide_one(
    request: AnyRequest, place: FromPath[str], period: FromPath[str], form: FromPath[str]
) -> Response[None] | Response[str]:
    """Decides, if nothing changed since the page was made, and leads to the next form."""
    desk = desk_of(request)
    at = await asked_at(desk, place, period, form)
    filled = await request.form()
    text = str(filled.get("action", ""))
    if text not in set(Action):
        raise Problem("review-not-now")
    action = Action(text)
    order = Order(
        action, str(filled.get("seen", "")), str(filled.get("words", "")), _ticked(filled)
    )
    try:
        await decide(desk.ledger, desk.viewer, at, order)
    except Problem as problem:
        return await _shown(request, at, filled, problem)
    words = [*order.returns.values()] if action in {Action.RETURN, Action.APPROVE} else []
    await phrases.remember(desk.ledger, desk.viewer.person, at.form.code, words)
    told = {"done": action.value, "was": f"{place}.{period}.{form}"}
    address = await _next(desk, at, filled, told) if filled.get("on") else ""
    if not address:
        queue = str(filled.get("queue", ""))
        address = f"{request.url.path}?{urlencode(told | {'queue': queue})}"
    return Response(None, status_code=303, headers={"location": address})


@post(
    f"{_ADDRESS}/note",
    opt={WHO: BY_SESSION, NEED: Need.REVIEW},
    status_code=303,
    include_in_schema=False,
)
async def annotate(
    request: AnyRequest, place: FromPath[str], period: FromPath[str], form: FromPath[str]
) -> Response[None]:
    """Puts a note beside a value. Raises `review-form-unknown`, `review-words-long`, `not-allowed`."""
    desk = desk_of(request)
    at = await asked_at(desk, place, period, form)
    filled = await request.form()
    code, words = str(filled.get("code", "")), str(filled.get("note", "")).strip()
    if code not in at.form.items:
        raise Problem("review-form-unknown", form=code[:40])
    names = shown_in(str(filled.get("shown", "")), request.url.path)
    need = need_for(desk.viewer, at, direct=is_direct(desk.ledger.tree, at))
    if need is None:
        raise Problem("not-allowed")
    cell = Cell("note", at.period.text, code)
    await desk.act([Act(at.place, need, [Write(cell, text_value(words), names)])])
    told = urlencode({"done": "note", "queue": str(filled.get("queue", ""))})
    address = f"/review/{place}/{period}/{form}?{told}#cell-{code}"
    return Response(None, status_code=303, headers={"location": address})


def _ticked(filled: FormMultiDict) -> dict[str, str]:
    """The words on each value that is ticked; words that stand for all fill what has none."""
    every = str(filled.get("words-all", "")).strip()
    return {
        str(code): str(filled.get(f"words-{code}", "")).strip() or every
        for code in filled.getall("cell", [])
    }


async def _next(desk: Desk, at: At, filled: FormMultiDict, told: Mapping[str, str]) -> str:
    """The address of the form that comes after this one in the queue that it was opened from."""
    asked = filters_of(str(filled.get("queue", "")))
    cursor = str(filled.get("from", ""))
    async with desk.reading() as books:
        found = await queued(books, desk.viewer, asked._replace(after=cursor), most=2)
    this = (at.place, at.period.text, at.form.code)
    for one in found.rows:
        if (one.place, one.period, one.form) != this:
            more = urlencode({"queue": query_of(asked), "from": one.cursor, **told})
            return f"/review/{one.place.hex()}/{one.period}/{one.form}?{more}"
    return ""


async def _shown(
    request: AnyRequest,
    at: At,
    filled: FormMultiDict | None = None,
    problem: Problem | None = None,
) -> Response[str]:
    """The page, as it is; after a refusal with what was typed and what has changed since."""
    desk = desk_of(request)
    catalogue = await catalogue_of(desk.ledger)
    query = request.query_params
    typed = filled or FormMultiDict({})
    done = query.get("done", "")
    state, values = await _of_form(desk, catalogue, at)
    changed = seen_differences(str(typed.get("seen", "")), state) if problem is not None else []
    return await page(
        request,
        "review-form.html",
        status=HTTPStatus.CONFLICT if problem is not None else HTTPStatus.OK,
        typed=typed,
        ticked=set(typed.getall("cell", [])),
        problem=problem,
        changed=_names(desk, catalogue, changed),
        done=done if known(f"review-done-{done}") else "",
        was=_was(desk, catalogue, query.get("was", ""), at),
        queue=str(typed.get("queue", "") or query.get("queue", "")),
        cursor=str(typed.get("from", "") or query.get("from", "")),
        **values,
    )


async def _of_form(desk: Desk, catalogue: Catalogue, at: At) -> tuple[FormState, dict[str, object]]:
    """What the page shows of the form, at one moment."""
    async with desk.reading() as books:
        state = (await form_states(books, [at]))[at]
        around = await beside(books, state)
        need = need_for(desk.viewer, at, direct=is_direct(books.tree, at))
        undo = await undone_by(books, desk.viewer.person, state)
        offered = await phrases.offered(books.database, desk.viewer.person, at.form.code)
        filed, decided = (
            [signed(books, one, around, desk.language) for one in versions[:1]]
            for versions in (state.submission, state.decided)
        )
        decision = state.decisions[0] if state.decisions else None
        return state, {
            "at": at,
            "key": f"{at.place.hex()}/{at.period.text}/{at.form.code}",
            "name": desk.name(at.place),
            "trail": [desk.name(one) for one in desk.trail(at.place)[:-1]],
            "state": state,
            "decision": decision,
            "cells": cell_views(books, catalogue, state, around, desk.language),
            "submitted": filed[0] if filed else None,
            "decided": decided[0] if decision else None,
            "reasons": None
            if around.reasons is None
            else [(one.why, said(one, catalogue, desk.language)) for one in around.reasons],
            "left_out": names_of(decision.but, catalogue, desk.language) if decision else "",
            "actions": allowed(state, need, undo=undo is not None),
            "offered": offered,
        }


def _names(desk: Desk, catalogue: Catalogue, changed: list[str]) -> str:
    """What changed, in words: indicators, and parts of the review."""
    parts = [one for one in changed if known(f"review-part-{one}")]
    codes = [one for one in changed if one not in parts]
    found = [say(f"review-part-{one}", desk.language) for one in parts]
    if codes:
        found.append(names_of(codes, catalogue, desk.language))
    return say("review-names-join", desk.language).join(found)


def _was(desk: Desk, catalogue: Catalogue, text: str, at: At) -> str:
    """The form that was decided on before this one, '' if it is this one."""
    place, period, code = ([*text.split(".", 2), "", ""])[:3]
    form = catalogue.forms.get(code)
    if form is None or (place, period, code) == (at.place.hex(), at.period.text, at.form.code):
        return ""
    try:
        found = filters_of(urlencode({"place": place})).place
        parse(period)
    except Problem:
        return ""
    if found is None or not desk.viewer.sees(found):
        return ""
    return say(
        "review-before-this",
        desk.language,
        place=desk.name(found),
        form=form.name.say(desk.language),
        period=period_words(period, language=desk.language),
    )


routes = [form_page, decide_one, annotate]
