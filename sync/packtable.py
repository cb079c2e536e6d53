"""One TOML table as a definition, and the inverse: field names, languages and types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TypeVar, get_args

import msgspec

from sync.definition import Definition, Scope, Severity, Space, Time, ValueType, Words
from sync.period import Kind
from sync.problems import Problem
from sync.texts import LANGUAGES

__all__ = ["as_table", "from_table"]

D = TypeVar("D", bound=Definition)

_CHOICES = {
    "type": get_args(ValueType),
    "space": get_args(Space),
    "time": get_args(Time),
    "severity": get_args(Severity),
    "scope": get_args(Scope),
    "period": tuple(Kind),
    "direction": ("+", "-", "0"),
}
LINE_CHARS = 90
_PLAIN = re.compile(r"[\x20-\x7e\x80-\U0010ffff]*")


def from_table(kind: type[D], where: str, table: Mapping[str, object]) -> D:
    """The definition that a table says.

    Raises `definition-field-unknown`, `-missing`, `-wrong` and `definition-language-missing`.
    """
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name in table:
        if name not in known:
            names = ", ".join(known)
            raise Problem("definition-field-unknown", where=where, field=name[:40], known=names)
    for name, field in known.items():
        if field.required and name not in table:
            raise Problem("definition-field-missing", where=where, field=name)
        if field.type is Words and name in table:
            _check_words(where, name, table[name])
    try:
        return msgspec.convert(dict(table), kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise _wrong(where, str(error)) from error


def as_table(definition: Definition, *, with_code: bool) -> str:
    """The lines of a table that reads back as this definition; defaults are left out."""
    lines = []
    for field in msgspec.structs.fields(definition):
        value = getattr(definition, field.name)
        default = field.default
        if field.default_factory is not msgspec.NODEFAULT:
            default = field.default_factory()
        if value == default or (field.name == "code" and not with_code):
            continue
        lines.append(f"{field.encode_name} = {_toml(value)}\n")
    return "".join(lines)


def _check_words(where: str, field: str, value: object) -> None:
    if not isinstance(value, dict):
        expected = "{ zh-Hans, zh-Hant, en }"
        raise Problem("definition-field-wrong", where=where, field=field, expected=expected)
    for language in LANGUAGES:
        text = value.get(language)
        if text is None or (isinstance(text, str) and not text.strip()):
            problem = "definition-language-missing"
            raise Problem(problem, where=where, field=field, language=language)
    for name in value:
        if name not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            name = f"{field}.{name}"[:40]
            raise Problem("definition-field-unknown", where=where, field=name, known=known)


def _wrong(where: str, detail: str) -> Problem:
    """The problem that msgspec's message ("Expected `int`, got `str` - at `$.decimals`") tells."""
    path = re.search(r"at `(?:key in )?\$\.([\w-]+)", detail)
    field = path[1] if path else "code"
    expected = detail.split(" - at ", maxsplit=1)[0].removeprefix("Expected ").replace("`", "")
    expected = ", ".join(_CHOICES.get(field, (expected.split(", got ", maxsplit=1)[0],)))
    return Problem("definition-field-wrong", where=where, field=field, expected=expected)


def _toml(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case date():
            return value.isoformat()
        case tuple():
            return _array([_toml(one) for one in value])
        case dict():
            return f"{{ {', '.join(f'{name} = {_toml(one)}' for name, one in value.items())} }}"
        case Words():
            texts = zip(LANGUAGES, map(value.say, LANGUAGES), strict=True)
            return f"{{ {', '.join(f'{name} = {_toml(text)}' for name, text in texts)} }}"
        case str():
            return _string(value)
    raise TypeError(type(value))


def _array(items: list[str]) -> str:
    """One line if it fits, else as many items a line as do."""
    lines = [""]
    for item in items:
        if lines[-1] and len(lines[-1]) + len(item) > LINE_CHARS:
            lines.append("")
        lines[-1] += f" {item},"
    if len(lines) == 1:
        return f"[{', '.join(items)}]"
    return "[\n" + "".join(f" {line}\n" for line in lines) + "]"


def _string(text: str) -> str:
    """A basic string, or a literal one where that saves escapes."""
    if '"' in text and "'" not in text and _PLAIN.fullmatch(text):
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\u{ord(found[0]):04x}", escaped) + '"'
