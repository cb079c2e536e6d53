"""What came of a body of prefilled values: what was filed, what is wrong, and what looks odd."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from sync.problems import Problem, can_say
from sync.texts import Language

__all__ = ["Coverage", "Fault", "Outlier", "Report", "kept", "of_kept"]


class Fault(msgspec.Struct, frozen=True):
    """One row that was not taken in; `values` are what its sentence names."""

    line: int
    code: str
    values: dict[str, str]

    @classmethod
    def of(cls, line: int, problem: Problem) -> Fault:
        """What is wrong with that row."""
        return cls(line, problem.code, {name: str(text) for name, text in problem.values.items()})

    def say(self, language: Language) -> str:
        """What is wrong and how to mend it."""
        if not can_say(self.code, self.values):
            return self.code
        return Problem(self.code, **self.values).say(language)


class Outlier(msgspec.Struct, frozen=True):
    """A value that is far from the last period's at the same place; it is filed all the same."""

    place: str
    name: str
    period: str
    indicator: str
    value: str
    before: str


class Coverage(msgspec.Struct, frozen=True):
    """Of one indicator and period: how many places got a value, and which of those in reach didn't.

    `lacking` holds the first few codes and names of `missing` places.
    """

    indicator: str
    period: str
    filed: int
    missing: int
    lacking: list[tuple[str, str]]


class Report(msgspec.Struct, frozen=True):
    """`new` and `changed` were filed (or would be, in a dry run); `unchanged` stood already.

    `places_unknown` counts codes that no place in reach has; `place` is the topmost one in reach, in
    hexadecimal: who looks after prefills there may read this.
    """

    owner: str
    dry_run: bool
    rows: int
    new: int
    changed: int
    unchanged: int
    errors_count: int
    errors: list[Fault]
    places_matched: int
    places_unknown: int
    outliers_count: int
    outliers: list[Outlier]
    coverage: list[Coverage]
    place: str = ""


def kept(report: Report) -> str:
    """The text under which a report is kept."""
    return json.dumps(msgspec.to_builtins(report), ensure_ascii=False)


def of_kept(text: str) -> Report:
    """The report that was kept."""
    said: Any = json.loads(text)
    return msgspec.convert(said, Report)
