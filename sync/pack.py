"""A catalogue as a pack of TOML files: reading, and the inverse.

`pack.toml` says what the pack is. `parameters.toml`, `indicators.toml`, `forms.toml` and
`checks.toml` hold one table a definition, named by its code; each may be split into
`indicators-a.toml`, `indicators-b.toml`, … Other files that end in `.toml` are refused, since a
misspelt name would silently leave definitions out; files of other kinds are passed over.
Pure: files come as a mapping of names to bytes, from a folder or a zip alike.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping

from sync.catalogue import Catalogue, Definition
from sync.definition import KINDS, Pack, kind_of
from sync.limits import PACK_BYTES_MAX
from sync.packtable import as_table, from_table
from sync.problems import Problem

__all__ = ["read", "write"]

PACK_FILE = "pack.toml"
LIST_FILES = ("parameters", "indicators", "forms", "checks")
_LIST_FILE = re.compile(rf"({'|'.join(LIST_FILES)})(-[\w.-]+)?\.toml")


def read(files: Mapping[str, bytes]) -> Catalogue:
    """The catalogue that the files of a pack say, checked as a whole.

    Names may carry one common folder, as in a zip. Raises `pack-…`, `definition-…` and
    `catalogue-too-large`, each naming the file and the code at fault.
    """
    if sum(map(len, files.values())) > PACK_BYTES_MAX:
        raise Problem("pack-too-large", most=PACK_BYTES_MAX)
    texts = _toml_files(files)
    if PACK_FILE not in texts:
        raise Problem("pack-file-missing", file=PACK_FILE)
    definitions: list[Definition] = []
    origins: dict[tuple[str, str], str] = {}
    for file in sorted(texts):
        for definition in _definitions(file, _tables(file, texts[file])):
            key = (kind_of(definition), definition.code)
            if key in origins:
                where = f"{file} {definition.code}"
                raise Problem("definition-twice", where=where, other=origins[key])
            origins[key] = file
            definitions.append(definition)
    return Catalogue(definitions, origins)


def write(catalogue: Catalogue) -> dict[str, bytes]:
    """Pack files that read back as the same catalogue; it must hold exactly one pack."""
    (pack,) = catalogue.packs.values()
    held: dict[str, Iterable[Definition]] = {
        "parameters": catalogue.parameters.values(),
        "indicators": catalogue.indicators.values(),
        "forms": catalogue.forms.values(),
        "checks": catalogue.checks.values(),
    }
    assert tuple(held) == LIST_FILES
    files = {f"{name}.toml": _tables_text(definitions) for name, definitions in held.items()}
    files[PACK_FILE] = as_table(pack, with_code=True)
    return {name: text.encode() for name, text in files.items() if text}


def _toml_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The pack's own files by bare name; a second file of one name is refused."""
    found: dict[str, bytes] = {}
    for path, data in files.items():
        name = re.split(r"[/\\]", path)[-1]
        if not name.endswith(".toml") or "__MACOSX" in path:
            continue
        if name != PACK_FILE and not _LIST_FILE.fullmatch(name):
            known = ", ".join((PACK_FILE, *(f"{stem}.toml" for stem in LIST_FILES)))
            raise Problem("pack-file-unknown", file=path[:100], known=known)
        if name in found:
            raise Problem("pack-file-twice", file=name)
        found[name] = data
    return found


def _tables(file: str, data: bytes) -> dict[str, object]:
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Problem("pack-file-not-utf8", file=file, line=line) from error
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        place = re.search(r"line (\d+)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        near = re.findall(
            r"^\[([^\[\]\n]{1,40})\]", "\n".join(text.split("\n")[:line]), re.MULTILINE
        )
        code = near[-1] if near else "-"
        raise Problem("pack-file-not-toml", file=file, line=line, code=code) from error


def _definitions(file: str, tables: Mapping[str, object]) -> Iterable[Definition]:
    if file == PACK_FILE:
        yield from_table(Pack, file, tables)
        return
    kind = KINDS[_kind_in(file)]
    for code, table in tables.items():
        where = f"{file} {code[:40]}"
        if not isinstance(table, dict):
            raise Problem("definition-field-wrong", where=where, field=code[:40], expected="[CODE]")
        if "code" in table:
            raise Problem("definition-field-unknown", where=where, field="code", known="[CODE]")
        yield from_table(kind, where, {"code": code, **table})


def _kind_in(file: str) -> str:
    match = _LIST_FILE.fullmatch(file)
    assert match
    return match[1].removesuffix("s")


def _tables_text(definitions: Iterable[Definition]) -> str:
    return "\n".join(f"[{one.code}]\n{as_table(one, with_code=False)}" for one in definitions)
