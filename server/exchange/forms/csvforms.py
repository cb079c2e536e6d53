"""Values as CSV, `place_code,period,indicator,value[,reason]`, as cells of a file like any other."""

from __future__ import annotations

import io

from server.exchange.csvfile import rows_of
from server.exchange.forms.reading import Fault, Found, Known, Read
from server.exchange.parsing import Parser
from server.exchange.values import COLUMNS, OPTIONAL
from sync.problems import Problem

__all__ = ["read_values"]


def read_values(content: bytes, known: Known) -> Read:
    """Its rows. Raises `values-…` where it can't be read to its end."""
    parser = Parser(known.tree, known.catalogue, known.today)
    read = Read([], [], [])
    seen: set[tuple[bytes, str, str]] = set()
    for line, values in rows_of(io.BytesIO(content), COLUMNS, OPTIONAL):
        try:
            if isinstance(values, Problem):
                raise values
            place, period, code, _ = parser.parse(values)
            if (place, period, code) in seen:
                raise Problem("import-row-twice", code=code)
        except Problem as problem:
            read.faults.append(Fault("CSV", str(line), problem))
            continue
        seen.add((place, period, code))
        text, reason = values[3:]
        read.found.append(Found("CSV", str(line), place, period, code, text, reason=reason))
    return read
