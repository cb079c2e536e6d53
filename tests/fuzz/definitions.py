"""What an administrator takes in: packs of TOML, as files or in a zip, and the formulas in them."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from zlib import crc32

from server.catalogue import shipped
from server.commands.packfiles import files_of
from sync import pack
from sync.catalogue import Catalogue, Indicator, Parameter, Words
from sync.evaluate import Missing, Result, evaluate
from sync.formula import Expression, parse
from sync.limits import FIGURE_BITS_MAX, PACK_BYTES_MAX
from sync.period import Kind, Period
from sync.period import parse as parse_period
from tests.fuzz.harness import Harness

NAME = Words("名", "名", "name")
_PACK = 'code = "tiny"\nedition = "1"\nname = { zh-Hans = "小", zh-Hant = "小", en = "Tiny" }\n'
_WORDS = 'name = { zh-Hans = "甲", zh-Hant = "甲", en = "A" }\n'
_A1 = f'[A1]\n{_WORDS}level = "village"\nperiod = "year"\nspace = "sum"\ntime = "end"\n'
_A2 = f'[A2]\n{_WORDS}level = "village"\nperiod = "year"\nspace = "ratio"\ntime = "none"\nformula = "A1 / 2"\n'
_CHECK = (
    '[R1]\nseverity = "hard"\nscope = "within"\nrule = "VAL >= P_X"\neach = ["A1"]\n'
    'message = { zh-Hans = "{val}", zh-Hant = "{val}", en = "{val}" }\n'
)
_FORM = (
    f'[F1]\n{_WORDS}level = "village"\nperiod = "year"\nitems = ["A1"]\ndue_days = 9\nminutes = 3\n'
)
_PARAMETER = f'[P_X]\n{_WORDS}value = "1.5"\n'
TINY = {
    "pack.toml": _PACK,
    "indicators.toml": _A1 + _A2,
    "checks.toml": _CHECK,
    "forms.toml": _FORM,
    "parameters.toml": _PARAMETER,
}
_FILE = re.compile(rb"^=== ?([^\n]*)\n", re.MULTILINE)


def _read_pack(files: dict[str, bytes]) -> None:
    catalogue = pack.read(files)
    if len(catalogue.packs) == 1:
        assert pack.read(pack.write(catalogue)).definitions() == catalogue.definitions()
    assert Catalogue.from_cells(catalogue.cells()).version == catalogue.version


def _toml(data: bytes) -> None:
    """`=== NAME` begins a file; that which says what the pack is need not be given."""
    _, *parts = _FILE.split(data)
    given = {
        name.decode("utf-8", "replace"): content
        for name, content in zip(parts[::2], parts[1::2], strict=True)
    }
    _read_pack({"pack.toml": _PACK.encode()} | given)


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="tianji-fuzz-"))


def _zip(data: bytes) -> None:
    """Whatever the archive says of itself, no more than a pack may have comes out."""
    file = _folder() / "pack.zip"
    file.write_bytes(data)
    files = files_of(str(file))
    assert sum(map(len, files.values())) <= PACK_BYTES_MAX
    _read_pack(files)


def _zipped(files: dict[str, str], method: int, folder: str = "") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(folder + name), text, method)
    return target.getvalue()


def _indicator(code: str, kind: str, period: str, time: str, formula: str = "") -> Indicator:
    return Indicator(
        code=code,
        name=NAME,
        type=kind,  # type: ignore[arg-type]
        level="village",
        period=Kind(period),
        space="ratio" if formula else "sum",
        time=time,  # type: ignore[arg-type]
        formula=formula,
    )


_CATALOGUE = Catalogue(
    [
        _indicator("A1", "quantity", "year", "end"),
        _indicator("A2", "quantity", "month", "add"),
        _indicator("A3", "quantity", "quarter", "cum"),
        _indicator("A4", "quantity", "static", "end"),
        _indicator("D1", "quantity", "year", "none", "A1 / A3"),
        _indicator("D2", "quantity", "year", "none", "PREV(D1) * 1.5 + COUNTIF(A1 > A3)"),
        _indicator("A5", "quantity", "half", "open"),
        Parameter(code="P_X", value="1.5", name=NAME),
    ]
)
_PERIODS = [parse_period(text) for text in ("2024", "2024Q3", "2024-02", "1900H1")]


@dataclass
class _World:
    """Figures that follow from code and period, some of them missing."""

    catalogue: Catalogue = _CATALOGUE

    def formula(self, code: str) -> Expression | None:
        return self.catalogue.formulas.get(code)

    def value(self, code: str, period: Period) -> Result:
        chance = crc32(f"{code} {period}".encode()) % 7
        if code not in self.catalogue.indicators or chance == 0:
            return Missing("unknown", (code,))
        return chance == 2 if chance < 3 else Fraction(chance * 10**8, 10_000)

    def count(self, level: str, period: Period) -> Result:
        return Fraction(len(level))

    def count_if(self, code: str, ordinal: int, period: Period) -> Result | None:
        return None if ordinal % 2 else Fraction(ordinal)

    def ask(self, function: str, argument: str, period: Period) -> Result:
        return Fraction(3) if len(argument) % 2 else Missing("not_evaluable_here", (argument,))


def _formula(data: bytes) -> None:
    """What parses comes to a figure or to what is missing, of bounded size, in bounded steps (C7)."""
    expression = parse(data.decode("utf-8", "surrogateescape"))
    for period in _PERIODS:
        result = evaluate(expression, _World(), period, bound="A1")
        assert isinstance(result, Fraction | bool | Missing), result
        if isinstance(result, Fraction):
            assert max(abs(result.numerator), result.denominator).bit_length() < 2 * FIGURE_BITS_MAX


def _seeds_of_formulas() -> list[bytes]:
    catalogue = shipped()
    texts = {one.formula for one in catalogue.indicators.values() if one.formula}
    texts |= {one.rule for one in catalogue.checks.values()}
    return [
        *(text.encode() for text in sorted(texts)),
        b"D2 + PY(A1) - PREV(A2, 3) * AVG2(A3) / YOY(A1)",
        b"(" * 39 + b"A1" + b")" * 39,
        b"NEAR(ROUND(A1, 2), MIN(A2, A3), 0.05) and not KNOWN(A4)",
        b'IF(EXTERNAL("12345/water") > 0, COUNT(VILLAGE), COUNTIF(VAL > P_X))',
    ]


def _seeds_of_toml() -> list[bytes]:
    alone = [{name: TINY[name]} for name in ("pack.toml", "indicators.toml", "parameters.toml")]
    return [
        "".join(f"=== {name}\n{text}" for name, text in files.items()).encode()
        for files in [*alone, TINY, {"indicators.toml": _A1, "forms.toml": _FORM}]
    ]


def _seeds_of_zips() -> list[bytes]:
    return [
        _zipped(TINY, zipfile.ZIP_STORED),
        _zipped(TINY, zipfile.ZIP_DEFLATED, "tiny/"),
        _zipped(TINY, zipfile.ZIP_LZMA),
        _zipped(TINY, zipfile.ZIP_BZIP2),
    ]


HARNESSES = [
    Harness("formula", _formula, _seeds_of_formulas, 512),
    Harness("toml", _toml, _seeds_of_toml, 2048),
    Harness("zip", _zip, _seeds_of_zips, 4096),
]
