"""What reviewers and officers file about a form, beside its values; and how far a form has come.

    review      subject '<period> <form>', field form         text: a `Decision`
                                           field <indicator>  text: a `Return`
    correction  subject '<period> <form>', field form         text: a `Return` of an officer's: why
                                                              what was decided should come back
    prefill     subject period, field <indicator>             the value by another system
                                field <indicator>/source      text: which one
    already     subject period, field <indicator>             text: to whom it was reported before
    handover    subject decimal seconds, field words          text: what an officer leaves behind
    target      subject period, field <indicator>             the value that the place strives for

Decisions and returns are JSON. They name by hexadecimal commit ids what their author's page showed,
and so say themselves what they are about: no clock decides whether a correction came before or
after. Text that cannot be read, from newer software perhaps, says nothing and stops nothing.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, NamedTuple, TypeVar

import msgspec

from sync.limits import TEXT_CHARS_MAX
from sync.value import Cell, Type, Value, choice_value, text_value

__all__ = [
    "SUBMITTED",
    "WITHDRAWN",
    "Decided",
    "Decision",
    "Return",
    "Stage",
    "Version",
    "already_cell",
    "correction_cell",
    "decision",
    "decision_cell",
    "encode",
    "form_of",
    "handover_cell",
    "is_open",
    "open_returns",
    "prefill_cell",
    "prefill_source_cell",
    "return_cell",
    "returned",
    "stage",
    "submission_cell",
    "target_cell",
    "versions_mark",
]

SUBMITTED = choice_value("submitted")
WITHDRAWN = choice_value("withdrawn")
_FORM = "form"
_SOURCE = "/source"

Said = TypeVar("Said", bound=msgspec.Struct)
CommitName = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Words = Annotated[str, msgspec.Meta(max_length=TEXT_CHARS_MAX)]


class Stage(StrEnum):
    """How far a form has come, in the order in which it usually does."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    BEGUN = "begun"
    RETURNED = "returned"
    RESUBMITTED = "resubmitted"
    APPROVED_TOWN = "approved_town"
    APPROVED = "approved"
    LOCKED = "locked"


class Decided(StrEnum):
    """What a reviewer says of a form that was handed in."""

    BEGUN = "begun"
    RETURNED = "returned"
    APPROVED_TOWN = "approved_town"
    APPROVED = "approved"
    LOCKED = "locked"


_FAR = list(Decided)


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a reviewer decided; `saw` names the submission's versions that the page showed.

    `values` says by indicator of which versions (`versions_mark`) the form's values were then, so
    that what came later can be told; None in decisions of software that did not say it. `but` names
    values that an approval leaves out: they come back, and the rest is approved. `first` is the
    first handing in of what was handed in again since, which tells whether the form was in time.
    """

    state: Decided
    saw: tuple[CommitName, ...] = ()
    words: Words = ""
    values: dict[str, str] | None = None
    but: tuple[str, ...] = ()
    first: CommitName | None = None


class Return(msgspec.Struct, frozen=True):
    """One value that comes back with a reviewer's words; `saw` names the versions it is about.

    Empty words take the return back. An officer asks in the same form for a decision to be taken
    back; `saw` then names the decision's versions.
    """

    words: Words
    saw: tuple[CommitName, ...] = ()


class Version(NamedTuple):
    """One standing version: its value, and its commit in hexadecimal, '' while it has none."""

    value: Value
    commit: str


def decision_cell(period: str, form: str) -> Cell:
    """Where a form's decision is filed."""
    return Cell("review", f"{period} {form}", _FORM)


def return_cell(period: str, form: str, indicator: str) -> Cell:
    """Where it is filed that one of a form's values comes back."""
    return Cell("review", f"{period} {form}", indicator)


def correction_cell(period: str, form: str) -> Cell:
    """Where an officer asks for a form that was approved to be sent back."""
    return Cell("correction", f"{period} {form}", _FORM)


def submission_cell(period: str, form: str) -> Cell:
    """Where it is filed that a form is handed in."""
    return Cell("submission", period, form)


def prefill_cell(period: str, indicator: str) -> Cell:
    """Where another system's value is filed."""
    return Cell("prefill", period, indicator)


def prefill_source_cell(period: str, indicator: str) -> Cell:
    """Where it is filed what that system is."""
    return Cell("prefill", period, indicator + _SOURCE)


def already_cell(period: str, indicator: str) -> Cell:
    """Where an officer says that this was reported before, and to whom."""
    return Cell("already", period, indicator)


def handover_cell(seconds: int) -> Cell:
    """Where an officer leaves words for the next, written at that second."""
    return Cell("handover", str(seconds), "words")


def target_cell(period: str, indicator: str) -> Cell:
    """Where it is filed what a place strives for."""
    return Cell("target", period, indicator)


def form_of(subject: str) -> tuple[str, str] | None:
    """The period's text and the form's code that a review's subject names."""
    period, space, form = subject.partition(" ")
    return (period, form) if period and space and form else None


def encode(said: Decision | Return) -> Value:
    """Its one text: keys and names sorted, no spaces. Raises `text-too-long`."""
    plain = {"words": said.words, **msgspec.to_builtins(said), "saw": sorted(set(said.saw))}
    return text_value(json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def decision(value: Value | None) -> Decision | None:
    """The decision that a cell's value says, if it can be read."""
    return _read(value, Decision)


def returned(value: Value | None) -> Return | None:
    """The return that a cell's value says, if it can be read and was not taken back."""
    found = _read(value, Return)
    return found if found is not None and found.words.strip() else None


def stage(submission: Sequence[Version], decisions: Iterable[Decision]) -> Stage:
    """How far a form is by the versions of its submission and of its decision, shown ones first.

    A decision holds for a submission as long as one that it names stands: a second laptop that
    hands in the same form undoes no approval. A form that came back and was handed in again is back
    where it was when that is withdrawn. What was locked stays so, whatever else is filed.
    """
    every = list(decisions)
    if any(one.state is Decided.LOCKED for one in every):
        return Stage.LOCKED
    came_back = any(one.state is Decided.RETURNED for one in every)
    if not submission or submission[0].value != SUBMITTED:
        return Stage.RETURNED if submission and came_back else Stage.DRAFT
    names = {version.commit for version in submission if version.value == SUBMITTED} - {""}
    about = [one for one in every if names.intersection(one.saw)]
    if about and submission[0].commit:
        # Beside the shown one, rivals have no order that all replicas share: the least far counts.
        least = min(about, key=lambda one: _FAR.index(one.state))
        return Stage((every[0] if every[0] in about else least).state)
    return Stage.RESUBMITTED if came_back else Stage.SUBMITTED


def is_open(said: Return, commits: Collection[str]) -> bool:
    """Whether a return is unanswered, by the commits of the value's versions ('' for one not
    sealed): any version that its author did not see is an answer, even the same value again.
    """
    return set(commits) <= set(said.saw)


def versions_mark(commits: Iterable[str]) -> str:
    """What tells a cell's versions from others, by their commits in hexadecimal; '' of none."""
    names = sorted(set(commits))
    if not names:
        return ""
    digest = hashlib.sha256(b"".join(bytes.fromhex(name) for name in names)).digest()
    return urlsafe_b64encode(digest[:9]).decode()


def open_returns(
    returns: Mapping[str, Return], values: Mapping[str, Collection[str]]
) -> dict[str, Return]:
    """The returns that are unanswered, by code; `values` holds the commits that stand for each."""
    return {code: one for code, one in returns.items() if is_open(one, values.get(code, ()))}


def _read(value: Value | None, kind: type[Said]) -> Said | None:
    if value is None or value.type is not Type.TEXT:
        return None
    try:
        return msgspec.json.decode(value.text, type=kind, strict=True)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
