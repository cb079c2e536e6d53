"""Whether a row of a damaged file is whole: it has the form that its writer gave it, in every part."""

from __future__ import annotations

import msgspec

from sync import commit_bytes
from sync.commit import commit_id
from sync.ids import ID_BYTES, EditId, GrantId, PersonId, PlaceId
from sync.ledger.aside import Aside, State
from sync.ledger.database import Row
from sync.ledger.edits import Edit, Pending
from sync.limits import NAME_CHARS_MAX, QUANTITY_ABS_MAX, TEXT_CHARS_MAX
from sync.receipt import Receipt, Refusal
from sync.value import Cell, Type, Value

__all__ = ["aside_of", "is_bytes", "is_text", "page_of", "pending_of"]

_RECEIPTS = msgspec.msgpack.Decoder(list[Receipt])
_REFUSAL = msgspec.msgpack.Decoder(Refusal)
_NAMES = msgspec.msgpack.Decoder(list[bytes])


def pending_of(row: Row) -> Pending:
    """An edit that was not sealed. Raises what a row that isn't whole makes of itself."""
    place, kind, subject, field, code, number, text, author, grant, *rest = row
    catalogue, stamp, unseen, replaced = rest
    names = (kind, subject, field, catalogue)
    ids = (place, author, grant)
    value = Value(Type(code), number, text)
    fits = (
        all(is_text(name, NAME_CHARS_MAX) for name in names)
        and all(is_bytes(one, ID_BYTES) for one in ids)
        and is_text(text, TEXT_CHARS_MAX)
        and _is_possible(value)
        and 0 < stamp < 2**63
    )
    if not fits:
        raise ValueError
    edit = Edit(
        PlaceId(place),
        Cell(kind, subject, field),
        value,
        PersonId(author),
        GrantId(grant),
        catalogue,
    )
    return Pending(edit, stamp, _edits(unseen), _edits(replaced))


def _is_possible(value: Value) -> bool:
    if value.type is Type.QUANTITY:
        return not value.text and abs(value.number) <= QUANTITY_ABS_MAX * 10_000
    if value.type is Type.FLAG:
        return not value.text and value.number in (0, 1)
    return value.number == 0


def _edits(content: bytes) -> tuple[EditId, ...]:
    names = _NAMES.decode(content)
    if not all(is_bytes(name, ID_BYTES) for name in names):
        raise ValueError
    return tuple(EditId(name) for name in names)


def page_of(row: Row) -> Row:
    """What a page showed. Raises as `pending_of`."""
    edit, shown = row
    if not is_bytes(edit, ID_BYTES):
        raise ValueError
    _edits(shown)
    return row


def aside_of(row: Row) -> tuple[Aside, bytes]:
    """A commit that was not applied, and who brought it. Raises as `pending_of`."""
    name, state, reason, body, signature, receipts, refusal, since, carrier = row
    whole = all(isinstance(part, bytes) for part in (signature, carrier)) and since >= 0
    if commit_id(body) != name or not is_text(reason, NAME_CHARS_MAX) or not whole:
        raise ValueError
    one = Aside(
        commit_bytes.decode(body),
        signature,
        State(state),
        reason,
        tuple(_RECEIPTS.decode(receipts)),
        _REFUSAL.decode(refusal) if refusal else None,
        since,
    )
    return one, carrier


def is_bytes(value: object, length: int) -> bool:
    """Whether a value is that many bytes."""
    return isinstance(value, bytes) and len(value) == length


def is_text(value: object, most: int = TEXT_CHARS_MAX) -> bool:
    """Whether a value is a text that somebody can have written."""
    if not isinstance(value, str) or len(value) > most:
        return False
    return all(not "\ud800" <= character <= "\udfff" for character in value)
