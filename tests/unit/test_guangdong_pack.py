"""Guangdong's pack: complete, in three languages, and equal to the facts it was made from."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from server.catalogue import shipped
from sync.period import Kind

PACK = shipped()
FACTS = Path(__file__).parents[3] / "shared" / "domain"
LEVELS = {"V": "village", "T": "town", "C": "county"}
KINDS = {"M": "month", "Q": "quarter", "H": "half", "Y": "year", "S": "static"}
RULES = {"RATIO": "ratio", "SHARE": "share", "CNTIF": "count_if", "NONE": "none"}


def facts(name: str) -> list[dict[str, Any]]:
    """The facts beside the project, where it has them; the counts below hold without them."""
    path = FACTS / name
    return json.loads(path.read_text("utf-8")) if path.exists() else []


def test_it_is_complete() -> None:
    """141 indicators, 42 of them derived and 5 counted by the system; 84 core; 49 checks."""
    indicators = PACK.indicators.values()

    assert len(indicators) == 141
    assert sum(bool(one.formula) for one in indicators) == 42
    assert sum(one.computed for one in indicators) == 5
    assert sum(one.core for one in indicators) == 84
    assert Counter(one.severity for one in PACK.checks.values()) == {"hard": 30, "soft": 19}
    assert list(PACK.packs) == ["guangdong"]


@pytest.mark.parametrize("fact", facts("indicators.json"), ids=lambda fact: fact["code"])
def test_an_indicator_is_as_the_facts_have_it(fact: dict[str, Any]) -> None:
    """Code, unit, level, period, direction, aggregation, owner, source and core."""
    one = PACK.indicators[fact["code"]]
    space, _, time = fact["aggregation"].partition("/")
    weighted = space.startswith("WAVG(")

    assert one.unit == fact["unit"].replace("是/否", "")
    assert (one.type == "flag") == (fact["unit"] == "是/否")
    assert (one.level, one.period) == (LEVELS[fact["level"]], KINDS[fact["period"]])
    assert (one.direction, one.owner, one.source) == (
        fact["direction"],
        fact["prefill_owner"],
        fact["source"],
    )
    assert one.space == ("weighted_mean" if weighted else RULES.get(space, space.lower()))
    assert not time or one.time == time.lower()
    assert one.weight == (space[5:-1] if weighted else "")
    assert one.core == (fact["mvp"] == "M")
    assert one.name.en == fact["name_en"]
    assert not one.formula or fact["formula"].startswith(one.formula)


@pytest.mark.parametrize("fact", facts("checks.json"), ids=lambda fact: fact["id"])
def test_a_check_is_as_the_facts_have_it(fact: dict[str, Any]) -> None:
    """Severity, tolerance, source, and the figures that its message names."""
    one = PACK.checks[fact["id"]]

    assert one.severity == {"H": "hard", "S": "soft"}[fact["severity"]]
    assert (one.tolerance, one.source) == (fact["tolerance"], fact["source"])
    for part in fact["message_zh"].split("{")[1:]:
        name = f"{{{part.split('}')[0]}}}"
        assert name in one.message.zh_hans
        assert name in one.message.zh_hant
        assert name in one.message.en


def test_every_core_entered_item_is_in_exactly_one_form() -> None:
    """What is asked is asked once, and nothing else is."""
    asked = Counter(code for form in PACK.forms.values() for code in form.items)
    core = {code for code, one in PACK.indicators.items() if one.core and one.entered}

    assert set(asked) == core
    assert set(asked.values()) == {1}


def test_every_form_shows_as_unapproved() -> None:
    """No approval number is made up, so each form carries the mark."""
    assert not any(form.approval_number for form in PACK.forms.values())
    assert not any(form.approved_on(date(2026, 1, 1)) for form in PACK.forms.values())


def test_the_load_on_a_village_stays_small() -> None:
    """At most seven numbers a quarter, and nothing monthly that is not prefilled."""
    quarter = [
        form
        for form in PACK.forms.values()
        if (form.level, form.period) == ("village", Kind.QUARTER)
    ]

    assert [len(form.items) for form in quarter] == [7]
    assert all(PACK.indicators[code].owner for form in PACK.forms.values() for code in form.items)


def test_traditional_text_holds_no_simplified_quotes() -> None:
    """Traditional text has its own quotation marks, and Chinese its full-width punctuation."""
    texts = [indicator.name for indicator in PACK.indicators.values()]
    texts += [form.name for form in PACK.forms.values()]
    texts += [check.message for check in PACK.checks.values()]
    for words in texts:
        assert not set(words.zh_hant) & set("“”个们这么为与网户边产业处务"), words.zh_hant
        assert not set(words.zh_hans) & set(",;:?()"), words.zh_hans
