"""Lines of a CSV file as people's spreadsheets write them: UTF-8 with or without a mark, CRLF."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import IO

from sync.limits import LINE_BYTES_MAX
from sync.problems import Problem

__all__ = ["rows_of"]

_BOM = b"\xef\xbb\xbf"


def rows_of(
    stream: IO[bytes], columns: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[tuple[int, list[str] | Problem]]:
    """Each row after the heading with its line number: one text a column, or what is wrong with it.

    Optional columns may be left out from the right; empty lines, and
    those that begin with # (the last of an export), are passed over.
    Raises `values-header-wrong`, `values-file-broken`.
    """
    reader = csv.reader(_lines(stream), strict=True)
    heading = _next(reader)
    names = [name.strip() for name in heading or ()]
    if names not in [[*columns, *optional[:count]] for count in range(len(optional) + 1)]:
        wanted = ",".join(columns) + "".join(f"[,{name}]" for name in optional)
        raise Problem("values-header-wrong", found=",".join(names)[:80], wanted=wanted)
    width = len(columns) + len(optional)
    while (values := _next(reader)) is not None:
        values = [value.strip() for value in values]
        if not any(values) or values[0].startswith("#"):
            continue
        if len(columns) <= len(values) <= width:
            yield reader.line_num, values + [""] * (width - len(values))
        else:
            problem = Problem("row-columns-wrong", count=len(values), expected=len(names))
            yield reader.line_num, problem


def _next(reader: Iterator[list[str]]) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        line = getattr(reader, "line_num", 0)
        raise Problem("values-file-broken", line=line) from error


def _lines(stream: IO[bytes]) -> Iterator[str]:
    number = 0
    while line := stream.readline(LINE_BYTES_MAX + 1):
        number += 1
        if number == 1:
            line = line.removeprefix(_BOM)
        try:
            if len(line) > LINE_BYTES_MAX:
                raise Problem("values-file-broken", line=number)
            yield line.decode()
        except UnicodeDecodeError as error:
            raise Problem("values-not-utf8", line=number) from error
