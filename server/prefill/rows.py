"""Rows of prefilled values as systems send them: CSV, a JSON array, or one JSON object a line.

An object says `place`, `period`, `indicator` and `value` or `reason`. Numbers stay the decimal text
that they were sent as.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import IO, Any, Literal

from server.exchange.csvfile import rows_of
from server.exchange.values import COLUMNS, OPTIONAL
from sync.limits import LINE_BYTES_MAX
from sync.problems import Problem

__all__ = ["FORMS", "Form", "Row", "form_of_file", "rows_in"]

Form = Literal["csv", "json", "jsonl"]
FORMS: tuple[Form, ...] = ("csv", "json", "jsonl")
Row = tuple[int, "list[str] | Problem"]
"""The row's number, and place_code, period, indicator, value and reason; or what is wrong with it."""

_FIELDS = ("place", "period", "indicator", "value", "reason")
_DEPTH_PROBLEMS = (ValueError, RecursionError)


def form_of_file(name: str) -> Form:
    """The form that a file's name tells. Raises `prefill-form-unknown`."""
    ending = name.rpartition(".")[2].lower()
    for form in FORMS:
        if ending == form or (form == "jsonl" and ending == "ndjson"):
            return form
    raise Problem("prefill-form-unknown", name=name[-40:])


def rows_in(stream: IO[bytes], form: Form) -> Iterator[Row]:
    """The rows, in order, numbered as a person would count its lines or objects.

    Raises `values-…` and `prefill-body-malformed` where it can't be read to its end.
    """
    match form:
        case "csv":
            return rows_of(stream, COLUMNS, OPTIONAL)
        case "jsonl":
            return _of_lines(stream)
        case "json":
            return _of_array(stream.read())


def _of_lines(stream: IO[bytes]) -> Iterator[Row]:
    number = 0
    while line := stream.readline(LINE_BYTES_MAX + 1):
        number += 1
        if len(line) > LINE_BYTES_MAX:
            raise Problem("values-file-broken", line=number)
        if not line.strip():
            continue
        try:
            said = _read(line)
        except _DEPTH_PROBLEMS:
            yield number, Problem("prefill-row-malformed")
        else:
            yield number, _row(said)


def _of_array(data: bytes) -> Iterator[Row]:
    try:
        said = _read(data)
    except _DEPTH_PROBLEMS as error:
        raise Problem("prefill-body-malformed") from error
    if not isinstance(said, list):
        raise Problem("prefill-body-malformed")
    return ((number, _row(one)) for number, one in enumerate(said, 1))


def _read(data: bytes) -> Any:
    text = io.TextIOWrapper(io.BytesIO(data), "utf-8-sig").read()
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)


def _row(said: Any) -> list[str] | Problem:
    if not isinstance(said, dict):
        return Problem("prefill-row-malformed")
    values = []
    for field in _FIELDS:
        value = said.get(field)
        if isinstance(value, bool):
            value = "true" if value else "false"
        if value is not None and not isinstance(value, str):
            return Problem("prefill-row-malformed")
        values.append((value or "").strip())
    if any("\0" in value or not _is_text(value) for value in values):
        return Problem("prefill-row-malformed")
    return values


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a pair, as JSON can escape it
        return False
    return True
