"""What has to stand in the end, by the demo's own rule."""

from __future__ import annotations

from deploy.demo.diary import Diary, Entry
from sync.ids import DeviceId, EditId, PlaceId
from sync.value import Cell, quantity_value

CELL = Cell("value", "2025Q1", "B001")


def diary(**shown: str) -> Diary:
    """A diary in which each edit, a letter, was typed on a page that showed those letters."""
    book = Diary()
    for name, others in shown.items():
        seen = frozenset(EditId(letter.encode()) for letter in others)
        book.add(
            Entry(
                EditId(name.encode()),
                DeviceId(b"d"),
                PlaceId(b"p"),
                CELL,
                quantity_value(1),
                seen,
                grant_ended=False,
            )
        )
    return book


def standing(book: Diary, accepted: str) -> str:
    """What stands of those accepted, in order."""
    names = {EditId(letter.encode()) for letter in accepted}
    return "".join(sorted(name.decode() for name in book.standing(names)))


def test_what_was_shown_is_covered_and_what_was_not_stays() -> None:
    """B saw A; C saw nothing: B and C stand."""
    assert standing(diary(a="", b="a", c=""), "abc") == "bc"


def test_a_refused_edit_covers_nothing_by_itself() -> None:
    """B saw A and was refused: A stands."""
    assert standing(diary(a="", b="a"), "a") == "a"


def test_who_saw_a_refused_edit_saw_what_that_one_had_seen() -> None:
    """C saw B, which was refused and had seen A: C alone stands."""
    assert standing(diary(a="", b="a", c="b"), "ac") == "c"


def test_only_reported_values_count_as_values() -> None:
    """A submission is written down, too, and is no value."""
    book = diary(a="")
    entry = book.entries[EditId(b"a")]
    book.add(entry._replace(name=EditId(b"s"), cell=Cell("submission", "2025Q1", "C201")))

    assert [one.name for one in book.values()] == [EditId(b"a")]
