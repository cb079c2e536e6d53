"""Every decoder against the inputs that are kept for it."""

from __future__ import annotations

from random import Random

import pytest

from tests.fuzz.everything import HARNESSES
from tests.fuzz.harness import CORPUS, CRASHES, Harness, corpus, crashes, is_refused
from tests.fuzz.mutation import mutated

every = pytest.mark.parametrize("harness", HARNESSES.values(), ids=HARNESSES)
CHANGES = 300


@every
def test_what_is_real_is_accepted(harness: Harness) -> None:
    """The seeds reach what lies behind the refusals."""
    assert [seed for seed in harness.seeds() if is_refused(harness, seed)] == []


@every
def test_the_corpus_is_accepted_or_refused_in_words(harness: Harness) -> None:
    """Each input that reaches code of its own gives a result or a problem, nothing else (C6)."""
    assert {is_refused(harness, one) for one in corpus(harness.name)} <= {True, False}


@every
def test_whatever_once_made_it_fail_is_refused(harness: Harness) -> None:
    """Each file below `crashes/` is refused in words, or passed over, for ever (C6)."""
    taken = [
        file.name for file in crashes(harness.name) if not is_refused(harness, file.read_bytes())
    ]

    assert harness.is_total or taken == []


@pytest.mark.parametrize(
    "harness",
    [one for one in HARNESSES.values() if one.is_msgpack],
    ids=lambda harness: harness.name,
)
def test_messages_with_changed_parts_are_accepted_or_refused_in_words(harness: Harness) -> None:
    """Where a part has another type, size or number, the decoder's promises hold (C2, C6)."""
    chance = Random(1)
    known = [*harness.seeds(), *corpus(harness.name)]
    refused = 0
    for _ in range(CHANGES):
        data = mutated(chance.choice(known), harness.bytes_max, chance)
        refused += data is not None and is_refused(harness, data)
    assert refused


def test_every_input_that_is_kept_belongs_to_a_harness() -> None:
    """A harness that is renamed takes its inputs along."""
    names = {file.stem for file in CORPUS.iterdir()} | {one.name for one in CRASHES.iterdir()}

    assert names <= set(HARNESSES)
