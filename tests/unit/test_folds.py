"""The fold by hand: small graphs whose outcome anyone can work out."""

from __future__ import annotations

from itertools import permutations

from sync import history
from sync.clock import COUNTER_BITS
from sync.commit import Change, Commit, commit_of, edit_id
from sync.history import Version
from sync.ids import CommitId, DeviceId, EditId, GrantId, PersonId, PlaceId, RealmId
from sync.value import Cell, Value, quantity_value

PLACE = PlaceId(b"p" * 16)
CELL = Cell("value", "2024", "A1")
ONE, TWO = DeviceId(b"1" * 16), DeviceId(b"2" * 16)


def stamp(second: int) -> int:
    """The first stamp of a second."""
    return second << COUNTER_BITS


def change(number: int, second: int = 1, **names: tuple[EditId, ...]) -> Change:
    """A change of the one cell."""
    return Change(CELL, quantity_value(number), stamp(second), **names)


def commit(
    *changes: Change, after: tuple[Commit, ...] = (), device: DeviceId = ONE, author: str = "a"
) -> Commit:
    """A commit that builds on others."""
    return commit_of(
        realm=RealmId(b"r" * 16),
        place=PLACE,
        parents=[one.id for one in after],
        device=device,
        author=PersonId(author.encode() * 16),
        grant=GrantId(b"g" * 16),
        changes=changes,
    )


def name(of: Commit, number: int, second: int = 1) -> EditId:
    """The name of a commit's edit."""
    return edit_id(of.device, PLACE, CELL, stamp(second), quantity_value(number))


def standing(*commits: Commit) -> list[int]:
    """The numbers that stand in the cell, whatever the order of delivery."""
    folds = {tuple(history.fold(order)[CELL]) for order in permutations(commits)}
    (versions,) = folds
    return sorted(version.value.number for version in versions)


def test_a_later_commit_covers_what_it_builds_on() -> None:
    """On one line the last stands; side by side both do."""
    first = commit(change(1))
    second = commit(change(2, 2), after=(first,))
    beside = commit(change(3), device=TWO)

    assert standing(first) == [1]
    assert standing(first, second) == [2]
    assert standing(first, second, beside) == [2, 3]
    assert standing(first, second, beside, commit(change(4, 3), after=(second, beside))) == [4]


def test_what_a_page_did_not_show_stays() -> None:
    """Listed as unseen it stands beside; the rest of what lies below is covered."""
    first, beside = commit(change(1)), commit(change(2), device=TWO)
    later = commit(change(3, 2, unseen=(name(beside, 2),)), after=(first, beside))

    assert standing(first, beside, later) == [2, 3]


def test_a_device_replaces_its_own_edits_only() -> None:
    """What no parent can name is named as replaced, and another device's name does nothing."""
    first, beside = commit(change(1)), commit(change(2), device=TWO)
    both = (name(first, 1), name(beside, 2))

    assert standing(first, beside, commit(change(3, 2, replaced=both))) == [2, 3]


def test_edits_that_replace_each_other_both_stand() -> None:
    """A cell that was written never shows nothing, nor what both of them built on."""
    below = commit(change(9))
    named = [name(below, number, 2) for number in (1, 2)]
    one = commit(change(1, 2, replaced=(named[1],)), after=(below,))
    two = commit(change(2, 2, replaced=(named[0],)), after=(below,))

    assert standing(below, one, two) == [1, 2]


def test_an_edit_that_was_made_again_on_top_stands() -> None:
    """A copy of a disk that writes the same again after it was covered brings it back."""
    first = commit(change(1))
    second = commit(change(2, 2), after=(first,))
    again = commit(change(1), after=(second,))

    assert standing(first, second, again) == [1]


def test_a_repeated_edit_is_one_version_of_its_least_commit() -> None:
    """Sealed twice by a copy, it counts once, under the smaller id and that one's author."""
    for authors in ("ab", "ba"):
        pair = [commit(change(1), author=author) for author in authors]
        least = min(pair, key=lambda one: one.id)
        ((version,),) = history.fold(pair).values()

        assert version == Version(quantity_value(1), stamp(1), ONE, least.author, least.id)
        assert version.edit(PLACE, CELL) == name(least, 1)


def test_the_least_commit_may_be_a_later_one() -> None:
    """A copy that seals an edit again on top of it may get the smaller id."""
    first = commit(change(1))
    again = (commit(change(1), after=(first,), author=author) for author in "abcdefghij")
    smaller = next(one for one in again if one.id < first.id)
    ((version,),) = history.fold([first, smaller]).values()

    assert (version.commit, version.author) == (smaller.id, smaller.author)


def test_versions_stand_in_the_order_of_device_and_stamp() -> None:
    """The same everywhere, whoever came first."""
    made = [commit(change(3), device=TWO), commit(change(2, 9)), commit(change(1, 3))]
    ((versions),) = history.fold(made).values()

    assert [version.value.number for version in versions] == [1, 2, 3]


def test_commits_come_after_their_parents_and_else_by_their_ids() -> None:
    """Once each, however often and in whatever order they come."""
    roots = sorted((commit(change(number)) for number in range(4)), key=lambda one: one.id)
    below = commit(change(9), after=(roots[3], roots[1]))
    unknown = commit(change(8), after=(commit(change(7)),))

    for order in permutations([*roots, below]):
        ordered = history.topological([*order, below])
        assert [one for one in ordered if one is not below] == roots
        assert len(ordered) == len(roots) + 1
        assert all(ordered.index(below) > ordered.index(root) for root in (roots[1], roots[3]))
    assert history.topological([unknown]) == [unknown]


def test_masks_hold_the_whole_history_of_each_commit() -> None:
    """Bits of all below, and never its own."""
    a = commit(change(1))
    b = commit(change(2), after=(a,))
    c = commit(change(3), after=(a,))
    d = commit(change(4), after=(b, c, commit(change(5))))

    assert history.ancestor_masks([a, b, c, d]) == [0, 0b1, 0b1, 0b111]


def test_a_commit_covers_all_where_it_names_every_head() -> None:
    """More parents do no harm, one head less does."""
    a, b = commit(change(1)), commit(change(2))
    both = commit(change(3), after=(a, b))

    assert history.covers_all(both, [a.id, b.id])
    assert history.covers_all(both, [a.id])
    assert history.covers_all(both, [])
    assert not history.covers_all(both, [a.id, CommitId(b"x" * 32)])


def versions_of(*made: Commit) -> tuple[Version, ...]:
    """What stands in the cell."""
    return history.fold(made)[CELL]


def test_the_quick_step_keeps_what_was_unseen_and_drops_what_is_replaced() -> None:
    """As the fold does it."""
    first, beside = commit(change(1)), commit(change(2), device=TWO)
    names = (name(first, 1), name(beside, 2))
    for unseen, replaced, kept in (
        ((), (), []),
        (names, (), [1, 2]),
        (names, names, [2]),
        (names[1:], (), [2]),
        (names[:1], names[:1], []),
    ):
        mine = change(3, 2, unseen=unseen, replaced=replaced)
        later = commit(mine, after=(first, beside))
        stepped = history.supersede(PLACE, later, mine, versions_of(first, beside))

        assert sorted(one.value.number for one in stepped) == [*kept, 3]
        assert stepped == versions_of(first, beside, later)


def version(
    number: int, second: int, device: DeviceId = ONE, of: bytes = b"c", counter: int = 0
) -> Version:
    """A version that was typed in a second."""
    at = stamp(second) + counter
    return Version(quantity_value(number), at, device, PersonId(b"a" * 16), CommitId(of * 32))


def test_the_latest_is_shown_first_but_no_later_than_it_was_accepted() -> None:
    """A clock in 2099 counts as the time of acceptance; what nobody accepted yet counts as typed."""
    ahead, plain, waiting = version(1, 10**9), version(2, 150, of=b"d"), version(3, 200, of=b"e")
    accepted = {ahead.commit: 100, plain.commit: 160}

    def shown(*versions: Version) -> list[int]:
        return [one.value.number for one in history.shown_first(versions, accepted.get)]

    assert shown(ahead, plain, waiting) == shown(waiting, ahead, plain) == [3, 2, 1]
    accepted[plain.commit] = 50
    assert shown(ahead, plain) == [1, 2]


def test_of_the_same_second_device_stamp_and_value_decide() -> None:
    """In this order, the greater first."""
    same = [
        version(9, 5, ONE),
        version(1, 5, TWO),
        version(2, 5, TWO),
        version(0, 5, TWO, counter=1),
    ]

    for order in permutations(same):
        first = history.shown_first(order, lambda _: None)
        assert [one.value.number for one in first] == [0, 2, 1, 9]


def test_equal_values_are_no_dispute() -> None:
    """Two who wrote the same agree."""
    assert not history.disputed([])
    assert not history.disputed([version(1, 5)])
    assert not history.disputed([version(1, 5), version(1, 6, TWO)])
    assert history.disputed([version(1, 5), version(2, 5)])


def test_only_the_cells_asked_for_are_folded() -> None:
    """A cell nobody wrote is absent."""
    other = Cell("value", "2024", "A2")
    made = commit(change(1), Change(other, quantity_value(2), stamp(1)))

    assert set(history.fold([made])) == {CELL, other}
    assert set(history.fold([made], {other, Cell("value", "2024", "A3")})) == {other}
    assert history.fold([made], []) == {}
    assert isinstance(history.fold([made])[CELL][0].value, Value)


def test_nothing_covers_an_edit_that_was_made_on_top_of_it() -> None:
    """A device that names a later edit of its own as replaced has not replaced it."""
    later_name = edit_id(ONE, PLACE, CELL, stamp(2), quantity_value(2))
    first = commit(change(1, replaced=(later_name,)))
    later = commit(change(2, 2), after=(first,))
    beside = commit(change(3), device=TWO)

    assert standing(first, later, beside) == [2, 3]
