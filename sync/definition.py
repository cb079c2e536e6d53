"""What a catalogue is made of: indicators, forms, checks, parameters, and the pack they come in.

A definition is a frozen struct with one canonical JSON text, which is what a cell of the realm's
place holds. What one definition can promise alone is checked here; what needs the others is
checked by `sync.catalogue`.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Literal, get_args

import msgspec

from sync.limits import NAME_CHARS_MAX, TEXT_CHARS_MAX
from sync.period import Kind
from sync.problems import Problem
from sync.texts import Language

Code = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z][A-Za-z0-9_]{0,31}\Z")]
CodeOrNone = Annotated[str, msgspec.Meta(pattern=r"\A([A-Za-z][A-Za-z0-9_]{0,31})?\Z")]
LevelName = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z0-9_]{0,31}\Z")]
Name = Annotated[str, msgspec.Meta(max_length=NAME_CHARS_MAX)]
Prose = Annotated[str, msgspec.Meta(max_length=TEXT_CHARS_MAX)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10_000)]

ValueType = Literal["quantity", "flag", "choice", "text"]
Space = Literal["sum", "ratio", "share", "count_if", "mean", "weighted_mean", "none"]
Time = Literal["end", "add", "cum", "open", "none"]
Severity = Literal["hard", "soft"]
Scope = Literal["within", "time", "format", "place", "result", "rollup", "peers", "sources"]


# What any message may call by name: the bound value, its name and owner, the names of the operands
# that its formula divides, and the period.
MESSAGE_WORDS = ("val", "name", "owner", "decimals", "num", "den", "period")


class Words(
    msgspec.Struct, frozen=True, rename={"zh_hans": "zh-Hans", "zh_hant": "zh-Hant", "en": "en"}
):
    """One text in three languages."""

    zh_hans: Prose = ""
    zh_hant: Prose = ""
    en: Prose = ""

    def say(self, language: Language) -> str:
        """The text in that language."""
        match language:
            case "zh-Hans":
                return self.zh_hans
            case "zh-Hant":
                return self.zh_hant
            case "en":
                return self.en


class Indicator(msgspec.Struct, frozen=True, kw_only=True):
    """One item of the dictionary: what it measures, who files it when, and how it adds up.

    `formula` is '' for what is entered; `computed` marks what the system itself counts (neither
    entered nor derived). `period` is the shortest period it is filed for; `static` means on change.
    `owner` is who can prefill it; `source` are the marks of the documents that it comes from.
    """

    code: Code
    name: Words
    unit: Name = ""
    type: ValueType = "quantity"
    decimals: Annotated[int, msgspec.Meta(ge=0, le=4)] = 0
    choices: tuple[Name, ...] = ()
    level: LevelName
    period: Kind
    direction: Literal["+", "-", "0"] = "0"
    space: Space
    time: Time
    weight: CodeOrNone = ""
    formula: str = ""
    definition: Words = Words()
    owner: Name = ""
    source: Name = ""
    core: bool = False
    computed: bool = False
    version: Count = 1

    @property
    def entered(self) -> bool:
        """Whether a person types or confirms it."""
        return not self.formula and not self.computed


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A view on the dictionary that one level files for one kind of period.

    Issuer, approver, approval number and validity are the legal marks that a form must show; one
    without an approval number in force is shown as unapproved.
    """

    code: Code
    name: Words
    level: LevelName
    period: Kind
    items: tuple[Code, ...]
    due_days: Count
    minutes: Count
    note: Words = Words()
    issuer: Name = ""
    approver: Name = ""
    approval_number: Name = ""
    valid_until: date | None = None

    def approved_on(self, day: date) -> bool:
        """Whether it may be used on that day without the mark 'unapproved'."""
        lapsed = self.valid_until is not None and day > self.valid_until
        return bool(self.approval_number) and not lapsed


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that good data meets; `message` is said where it is broken.

    `each` lists the codes that are bound to VAL in turn; when it is empty the rule runs once.
    `levels` and `period` say where it runs; left out, they are those of the indicator bound to VAL,
    and a rule without VAL runs anywhere. `values` are formulas for the message's placeholders,
    beside those that every message may use (`MESSAGE_WORDS`, and codes that the rule names).
    Hard findings stop a submission, soft ones ask for a reason.
    """

    code: Code
    severity: Severity
    scope: Scope
    rule: str
    each: tuple[Code, ...] = ()
    values: dict[Code, str] = {}
    tolerance: Name = ""
    message: Words
    levels: tuple[LevelName, ...] = ()
    period: Kind | None = None
    source: Name = ""


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A number that formulas name and an administrator sets, as decimal text."""

    code: Annotated[str, msgspec.Meta(pattern=r"\AP_[A-Za-z0-9_]{1,30}\Z")]
    value: Annotated[str, msgspec.Meta(max_length=30)]
    name: Words


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """Where a catalogue comes from: its name, edition and the notes that its reader needs."""

    code: Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z0-9-]{0,31}\Z")]
    edition: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    name: Words
    note: Words = Words()


Definition = Indicator | Form | Check | Parameter | Pack
KINDS: dict[str, type[Definition]] = {
    "indicator": Indicator,
    "form": Form,
    "check": Check,
    "parameter": Parameter,
    "pack": Pack,
}
assert set(KINDS.values()) == set(get_args(Definition))


def kind_of(definition: Definition) -> str:
    """The kind of cell that holds it."""
    return type(definition).__name__.lower()


def canonical(definition: Definition) -> str:
    """Its one JSON text: every field, keys sorted, no spaces; equal definitions, equal text."""
    plain = msgspec.to_builtins(definition)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(kind: str, text: str) -> Definition:
    """The definition that a cell's text says; fields unknown to this edition are passed over.

    Raises `definition-unreadable`.
    """
    try:
        found = msgspec.convert(json.loads(text), KINDS[kind])
        canonical(found).encode()
    except (KeyError, ValueError, RecursionError) as error:
        raise Problem("definition-unreadable", kind=kind[:40], text=text[:40]) from error
    return found
