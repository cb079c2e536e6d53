"""What somebody hands over as a file: tables of values and of places, settings, a backup."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from datetime import date
from functools import cache
from pathlib import Path

import msgspec

from server.exchange.csvfile import rows_of
from server.exchange.parsing import Parser
from server.exchange.values import COLUMNS, OPTIONAL
from server.places import snapshot
from server.places.snapshot import explain
from server.settings import read as read_settings
from sync import commit_bytes
from sync.catalogue import Catalogue, Indicator, Words
from sync.commit import Change
from sync.ids import PlaceId, mint
from sync.period import Kind
from sync.places import Setting, Tree
from sync.problems import Problem
from sync.texts import LANGUAGES
from sync.value import Cell
from tests.fuzz.harness import Harness
from tests.fuzz.messages import NOW, sample_commits

TODAY = date(2024, 10, 27)
_VILLAGE = PlaceId(mint("place", b"village"))
_TREE = Tree(
    {
        _VILLAGE: [
            Setting(date(2020, 1, 1), field, text)
            for field, text in (("code", "445103101201"), ("name", "仙河村"), ("level", "village"))
        ]
    }
)
_NAME = Words("名", "名", "name")


def _indicator(code: str, kind: str, period: str, choices: tuple[str, ...] = ()) -> Indicator:
    return Indicator(
        code=code,
        name=_NAME,
        type=kind,  # type: ignore[arg-type]
        level="village",
        period=Kind(period),
        space="none",
        time="end",
        choices=choices,
    )


_CATALOGUE = Catalogue(
    [
        _indicator("A1", "quantity", "year"),
        _indicator("A2", "flag", "quarter"),
        _indicator("A3", "choice", "static", ("road", "rail")),
        _indicator("A4", "text", "month"),
    ]
)
HEADING = "place_code,period,indicator,value,reason\r\n"
ROWS = (
    "445103101201,2023,A1,12.5,\r\n"
    "445103101201,2024Q3,A2,是,\r\n"
    "445103101201,2024-03,A3,road,\r\n"
    '445103101201,2024-03,A4,"a ""b"",\r\nc",\r\n'
    "445103101201,2023,A1,,not_applicable\r\n"
)


def _values(data: bytes) -> None:
    """A good row's value goes into a commit and comes out of it the same."""
    parser = Parser(_TREE, _CATALOGUE, TODAY)
    refused: Problem | None = None
    for _, row in rows_of(io.BytesIO(data), COLUMNS, OPTIONAL):
        if isinstance(row, Problem):
            refused = row
            continue
        try:
            _, period, code, value = parser.parse(row)
        except Problem as problem:
            refused = problem
            continue
        change = Change(Cell("value", period, code), value, NOW << 20)
        commit = msgspec.structs.replace(sample_commits()[0], changes=(change,))
        assert commit_bytes.decode(commit_bytes.encode(commit)).changes == (change,)
    if refused is not None:
        raise refused


def _places(data: bytes) -> None:
    """A hierarchy that was read is written and read again as the same one."""
    try:
        found = snapshot.read(io.BytesIO(data))
    except Problem as problem:
        if problem.code == "places-file-refused":
            assert all(explain(problem, language) for language in LANGUAGES)
        raise
    text = io.StringIO()
    csv.writer(text).writerows([snapshot.COLUMNS, *found.rows.values()])
    assert snapshot.read(io.BytesIO(text.getvalue().encode())) == found


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="tianji-fuzz-"))


def _settings(data: bytes) -> None:
    file = _folder() / "tianji.toml"
    file.write_bytes(data)
    found = read_settings(_folder(), {}, {}, None)
    assert 0 <= found.port <= 65535


PLACES = (
    "code,name,level,parent_code\n44,广东省,province,\n4451,潮州市,city,44\n"
    '445103,潮安区,county,4451\n445103101,"磷溪,镇",town,445103\n445103101201,仙河村,village,445103101\n'
)


def _seeds_of_values() -> list[bytes]:
    rows = [HEADING + row + "\r\n" for row in ROWS.replace(',\r\nc"', ',c"').split("\r\n") if row]
    return [row.encode() for row in (HEADING + ROWS, *rows, "\ufeff" + HEADING + "# Ende\n")]


def _seeds_of_places() -> list[bytes]:
    plain = PLACES.encode()
    return [plain, b"\xef\xbb\xbf" + plain, gzip.compress(plain, mtime=0)]


def _seeds_of_settings() -> list[bytes]:
    return [b"", b'host = "0.0.0.0"\nport = 8470\n', b'port = "80"\n']


HARNESSES = [
    Harness("values", _values, _seeds_of_values, 1024),
    Harness("places", _places, _seeds_of_places, 1024),
    Harness("settings", _settings, _seeds_of_settings, 512),
]
