"""A file of places, `code,name,level,parent_code`, read whole or refused whole.

A refused file raises `places-file-refused`, whose values hold every faulty row up to a bound and
the count of all; `explain` says them one by one. The order of the rows has no meaning.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, NamedTuple, cast

from sync.limits import (
    FAULTS_MAX,
    LINE_BYTES_MAX,
    NAME_CHARS_MAX,
    PLACES_BYTES_MAX,
    PLACES_MAX,
    TREE_DEPTH_MAX,
)
from sync.places import LEVELS
from sync.problems import Problem
from sync.texts import Language, say

__all__ = ["COLUMNS", "Fault", "Row", "Snapshot", "explain", "read"]

COLUMNS = ("code", "name", "level", "parent_code")
FAULTS_LISTED_MAX = 200
CODE_CHARS_MAX = 64
_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"


class Row(NamedTuple):
    """One place of a file; `parent` is a code, '' for a top place."""

    code: str
    name: str
    level: str
    parent: str


class Fault(NamedTuple):
    """What is wrong with one row: its line in the file (the header is 1), its code and why.

    `reason` is a stable code, said under `place-fault-<reason>`; `detail` is what it is about.
    """

    row: int
    code: str
    reason: str
    detail: str = ""


@dataclass(frozen=True)
class Snapshot:
    """A whole hierarchy: rows by code, parents before children, and codes by parent code."""

    levels: tuple[str, ...]
    rows: dict[str, Row]
    children: dict[str, tuple[str, ...]]


def read(stream: IO[bytes], levels: Sequence[str] = LEVELS) -> Snapshot:
    """Reads a seekable stream of UTF-8 CSV, gzipped or not; `levels` are given top first.

    Raises `places-file-refused` and `places-levels-malformed`.
    """
    if not levels or len({*levels, ""}) <= len(levels) or len(levels) > TREE_DEPTH_MAX:
        raise Problem("places-levels-malformed", text=",".join(levels)[:80], most=TREE_DEPTH_MAX)
    reading = _Reading(tuple(levels))
    reading.take(stream)
    if reading.complete:
        reading.check_parents(reading.check_cycles())
    if not reading.rows and not reading.faults:
        reading.fault(1, "", "empty")
    if reading.faults:
        raise _refusal(reading.faults)
    return _ordered(reading)


def explain(problem: Problem, language: Language) -> list[str]:
    """A refused file's faults, one sentence a row, and one for those beyond the bound."""
    faults = cast("tuple[Fault, ...]", problem.values["faults"])
    lines = [say(f"place-fault-{fault.reason}", language, **fault._asdict()) for fault in faults]
    if more := cast(int, problem.values["more"]):
        lines.append(say("place-faults-more", language, more=more))
    return lines


def _refusal(faults: list[Fault]) -> Problem:
    faults = sorted(faults)
    listed = tuple(faults[:FAULTS_LISTED_MAX])
    rows = sorted({fault.row for fault in faults})
    return Problem(
        "places-file-refused",
        faults=listed,
        count=len(rows),
        more=len(faults) - len(listed),
        rows=", ".join(map(str, rows[:10])) + (" …" if len(rows) > 10 else ""),
    )


def _ordered(reading: _Reading) -> Snapshot:
    rank = {level: position for position, level in enumerate(reading.levels)}
    rows = sorted(reading.rows.values(), key=lambda row: (rank[row.level], row.code))
    children: dict[str, list[str]] = {}
    for row in rows:
        children.setdefault(row.parent, []).append(row.code)
    return Snapshot(
        reading.levels,
        {row.code: row for row in rows},
        {parent: tuple(codes) for parent, codes in children.items()},
    )


@dataclass
class _Reading:
    """A file half read: the rows so far, where each stood, and what is wrong."""

    levels: tuple[str, ...]
    rows: dict[str, Row] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    complete: bool = True

    def end(self, row: int, reason: str, detail: str = "") -> None:
        """Faults the row after which nothing can be read, so that parents may be missing."""
        self.complete = False
        self.fault(row, "", reason, detail)

    def fault(self, row: int, code: str, reason: str, detail: str = "") -> None:
        self.faults.append(Fault(row, code, reason, detail))

    def take(self, stream: IO[bytes]) -> None:
        reader = csv.reader(self._decoded(stream), strict=True)
        header = True
        while True:
            try:
                values = next(reader, None)
            except csv.Error:
                self.end(reader.line_num, "quotes")
                return
            if values is None or len(self.rows) > PLACES_MAX or len(self.faults) > FAULTS_MAX:
                break
            values = [value.strip() for value in values]
            if header:
                header = False
                if tuple(values) != COLUMNS:
                    self.end(1, "header", ",".join(values)[:80])
                    return
            elif any(values):
                self._take_row(reader.line_num, values)
        if len(self.rows) > PLACES_MAX:
            self.end(reader.line_num, "too-many", str(PLACES_MAX))
        elif len(self.faults) > FAULTS_MAX:
            self.end(reader.line_num, "too-faulty", str(FAULTS_MAX))

    def _decoded(self, stream: IO[bytes]) -> Iterator[str]:
        number = 0
        try:
            for number, line in enumerate(_lines(stream), 1):
                try:
                    yield line.decode()
                except UnicodeDecodeError as error:
                    self.broken.add(number)
                    self.fault(number, "", "encoding", str(error.start + 1))
                    if number == 1:
                        return
                    yield line.decode(errors="replace")
        except (OSError, EOFError, zlib.error):
            self.end(number + 1, "damaged")

    def _take_row(self, line: int, values: list[str]) -> None:
        if len(values) != len(COLUMNS):
            if line not in self.broken:
                self.fault(line, values[0][:CODE_CHARS_MAX], "columns", str(len(values)))
            self.broken.add(line)
            values = (values + [""] * len(COLUMNS))[: len(COLUMNS)]
        row = Row(*values)
        if line not in self.broken:
            self._check_row(line, row)
        if row.code and row.code not in self.rows:
            self.rows[row.code] = row
            self.lines[row.code] = line

    def _check_row(self, line: int, row: Row) -> None:
        shown = row.code[:CODE_CHARS_MAX]
        if not row.code or len(row.code) > CODE_CHARS_MAX or not row.code.isprintable():
            self.fault(line, shown, "code")
        elif row.code in self.rows:
            self.fault(line, row.code, "duplicate", str(self.lines[row.code]))
        if not row.name:
            self.fault(line, shown, "name-empty")
        elif len(row.name) > NAME_CHARS_MAX:
            self.fault(line, shown, "name-long", str(NAME_CHARS_MAX))
        elif "\ufffd" in row.name or any(ord(one) < 32 or ord(one) == 127 for one in row.name):
            self.fault(line, shown, "name-characters")
        if row.level not in self.levels:
            self.fault(line, shown, "level", row.level[:40])

    def check_cycles(self) -> set[str]:
        """Faults the rows that lie under themselves, and tells their codes."""
        done: set[str] = set()
        circling: set[str] = set()
        for start in self.rows:
            path: dict[str, None] = {}
            code = start
            while code in self.rows and code not in done and code not in path:
                path[code] = None
                code = self.rows[code].parent
            if code in path:
                walked = list(path)
                circling.update(walked[walked.index(code) :])
            done.update(path)
        for code in circling:
            self.fault(self.lines[code], code, "cycle", self.rows[code].parent)
        return circling

    def check_parents(self, circling: set[str]) -> None:
        """Faults the rows whose parent is not in the file or not on a higher level."""
        rank = {level: position for position, level in enumerate(self.levels)}
        top = min((rank.get(row.level, len(rank)) for row in self.rows.values()), default=0)
        for code, row in self.rows.items():
            line = self.lines[code]
            if line in self.broken or row.level not in rank or code in circling:
                continue
            if not row.parent:
                if rank[row.level] != top:
                    self.fault(line, code, "parent-empty")
                continue
            parent = self.rows.get(row.parent)
            if parent is None:
                self.fault(line, code, "parent-missing", row.parent[:CODE_CHARS_MAX])
            elif rank.get(parent.level, -1) >= rank[row.level]:
                self.fault(line, code, "parent-level", f"{parent.code} {parent.level}")


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The file's lines, unzipped, without a byte order mark; too long a line or file ends it."""
    zipped = stream.read(len(_GZIP)) == _GZIP
    stream.seek(0)
    source = cast("IO[bytes]", gzip.GzipFile(fileobj=stream)) if zipped else stream
    first, size, count = True, 0, 0
    while line := source.readline(LINE_BYTES_MAX):
        if first and line.startswith(_BOM):
            line = line[len(_BOM) :]
        first = False
        size, count = size + len(line), count + 1
        if len(line) >= LINE_BYTES_MAX or size > PLACES_BYTES_MAX or count > 2 * PLACES_MAX:
            raise EOFError
        yield line
