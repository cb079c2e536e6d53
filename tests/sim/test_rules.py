"""Each rule of the protocol is missed when it is off: a scenario then ends in what the oracle forbids."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sim.plant import MISSED_BY, missed
from tests.sim.rules import RULES
from tests.sim.switch import Rule


def test_every_rule_has_a_scenario_that_misses_it() -> None:
    """No rule can be added without saying what breaks when it is off."""
    assert {rule.__name__ for rule in RULES} == MISSED_BY.keys()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
async def test_the_oracle_misses_a_rule_that_is_off(
    rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scenario that passes with all rules on is broken without this one."""
    assert await missed(rule, tmp_path, monkeypatch.setattr) != []
