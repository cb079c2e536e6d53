"""Catalogues: canonical text, versions, and a foreign one with composites of composites."""

from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.catalogue import shipped
from sync import pack
from sync.catalogue import Catalogue, Form, Indicator, Parameter, Words, canonical, kind_of, read
from sync.definition import KINDS
from sync.evaluate import indicator
from sync.limits import FORMULA_TOWER_MAX
from sync.period import Kind, parse
from sync.problems import Problem
from tests.unit.one_place import World

WORDS = Words(zh_hans="甲", zh_hant="甲", en="A")


def entered(code: str) -> Indicator:
    """A score that a place of the third level files for the year."""
    return Indicator(
        code=code, name=WORDS, level="ward", period=Kind.YEAR, space="mean", time="end", decimals=1
    )


def composite(code: str, formula: str) -> Indicator:
    """An index over scores."""
    return Indicator(
        code=code,
        name=WORDS,
        level="ward",
        period=Kind.YEAR,
        space="ratio",
        time="none",
        formula=formula,
        decimals=2,
    )


def foreign() -> list[Indicator]:
    """Fifty scores, five indices of ten each, and an index of the indices."""
    scores = [entered(f"S{number:02d}") for number in range(1, 51)]
    indices = []
    for part in range(5):
        codes = [score.code for score in scores[part * 10 : part * 10 + 10]]
        indices.append(composite(f"I{part}", "+".join(f"0.1*{code}" for code in codes)))
    return [*scores, *indices, composite("ALL", "0.3*I0 + 0.7*(I1+I2+I3+I4)/4")]


def test_a_foreign_catalogue_with_composites_of_composites_holds_together() -> None:
    """Nothing of one country is in code: other levels, other codes, indices over indices."""
    catalogue = Catalogue(foreign())

    assert len(catalogue.indicators) == 56
    assert len(catalogue.formulas) == 6


def test_composites_of_composites_come_out_right() -> None:
    """Weighted sums of weighted sums are exact."""
    scores = {f"S{number:02d}": str(number * number) for number in range(1, 51)}
    world = World(scores, "2024", Catalogue(foreign()))
    means = [Fraction(sum(n * n for n in range(p * 10 + 1, p * 10 + 11)), 10) for p in range(5)]
    expected = Fraction("0.3") * means[0] + Fraction("0.7") * sum(means[1:]) / 4

    assert indicator("ALL", world, parse("2024")).value == expected


def test_a_form_is_approved_until_it_lapses() -> None:
    """Without a number, and after its last day, it carries the mark 'unapproved'."""
    last = date(2026, 12, 31)
    form = Form(
        code="C1",
        name=WORDS,
        level="ward",
        period=Kind.YEAR,
        items=("S01",),
        due_days=1,
        minutes=1,
        approval_number="7",
        valid_until=last,
    )

    assert form.approved_on(last)
    assert not form.approved_on(last + timedelta(days=1))
    assert read("form", canonical(form)) == form


def test_a_foreign_pack_reads_back() -> None:
    """The foreign catalogue as files."""
    tiny = pack.read({"pack.toml": f'code = "ward"\nedition = "1"\nname = {WORDS_TABLE}'.encode()})
    catalogue = Catalogue([*foreign(), *tiny.definitions()])

    assert pack.read(pack.write(catalogue)).version == catalogue.version


WORDS_TABLE = '{ zh-Hans = "甲", zh-Hant = "甲", en = "A" }'


def test_the_version_does_not_depend_on_order() -> None:
    """The same definitions, the same version, however they came in."""
    definitions = shipped().definitions()
    shuffled = random.Random(7).sample(definitions, len(definitions))

    assert Catalogue(shuffled).version == shipped().version


def test_any_change_of_a_definition_changes_the_version() -> None:
    """A value can therefore name what it was filed under."""
    catalogue = Catalogue([Parameter(code="P_X", value="1", name=WORDS)])
    changed = Catalogue([Parameter(code="P_X", value="1.0", name=WORDS)])

    assert catalogue.version != changed.version


def test_cells_are_the_inverse_of_reading_them() -> None:
    """What the realm's place holds is the whole catalogue."""
    again = Catalogue.from_cells(shipped().cells())

    assert again.definitions() == shipped().definitions()


def test_an_unknown_field_of_a_stored_definition_is_passed_over() -> None:
    """An older program reads what a newer one has written."""
    stored = canonical(entered("S01"))

    assert read("indicator", f'{{"colour":"red",{stored[1:]}') == entered("S01")


@given(st.sampled_from([*KINDS, "song"]), st.text())
def test_reading_any_text_gives_a_definition_or_a_problem(kind: str, text: str) -> None:
    """Bad text never makes a traceback."""
    try:
        assert kind_of(read(kind, text)) == kind
    except Problem as problem:
        assert problem.code == "definition-unreadable"


@pytest.mark.parametrize("text", ['{"code":"\\ud800"}', "[" * 100_000, "1" * 5000, "null", "[]"])
def test_hostile_text_is_a_problem(text: str) -> None:
    """Lone surrogates, deep nesting, huge numbers and other types are unreadable."""
    with pytest.raises(Problem, match="definition-unreadable"):
        read("indicator", text)


def test_formulas_on_formulas_have_a_bound() -> None:
    """A tower of indices cannot exhaust the evaluator."""
    tower = [composite(f"T{at}", f"T{at + 1} + 1") for at in range(FORMULA_TOWER_MAX + 1)]
    with pytest.raises(Problem) as caught:
        Catalogue([*tower, entered(f"T{FORMULA_TOWER_MAX + 1}")])

    assert caught.value.code == "definition-formulas-too-deep"


def test_a_rule_is_found_by_what_lies_under_its_formulas() -> None:
    """A change of an entered value leads to the rules over what is derived from it."""
    rules = shipped().rulebook.concerned(["M007"])
    found = {rule.check.code for rule in rules}

    assert {"R21", "R29", "R43"} <= found
    assert "R20" not in found
    assert "R28" in found, "a rule that looks at no figure is always run"
