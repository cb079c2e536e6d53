"""What is posted to the pages: for each route a valid body that names a place, or why there is none.

Whoever adds a route that people post to adds it to one of the tables below; `test_desk_access.py`
fails for one that is in none, and sends each body about places inside and outside of each role.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sync.ids import PlaceId, mint_at

__all__ = ["BODIES", "NO_PLACE_IN_BODY", "ROW_BY_ROW", "Body"]

FORM, PERIOD = "C201", "2024Q3"
Route = tuple[str, str]


class Body(NamedTuple):
    """How a body about a place is made, from the place and a word that no other body holds.

    `does` is False where even a valid one is refused in a small county (no mail is set up, …), with
    another problem than one of access; `tells` is True where the answer lists what was not done in
    place of refusing: then nothing may have been filed at the place.
    """

    made: Callable[[PlaceId, str], Mapping[str, Any]]
    does: bool = True
    tells: bool = False


def _officer(place: PlaceId) -> str:
    return mint_at("person", place, b"officer").hex()


BODIES: dict[Route, Body] = {
    ("POST", "/admin/people"): Body(
        lambda place, word: {"name": word, "login": word, "role": "view", "at": place.hex()}
    ),
    ("POST", "/admin/people/{person:str}/grants"): Body(
        lambda place, _: {"role": "view", "at": place.hex()}
    ),
    ("POST", "/admin/devices/invite"): Body(
        lambda place, word: {"place": place.hex(), "role": "enter", "person": word}
    ),
    ("POST", "/admin/keys"): Body(
        lambda place, word: {
            "name": word,
            "at": place.hex(),
            "totals": "1",
            "until": "2024-12-31",
        }
    ),
    ("POST", "/releases"): Body(
        lambda place, word: {
            "place": place.hex(),
            "form": FORM,
            "period": "2024Q4",
            "words": word,
            "opens": "2024-12-20",
            "due": "2025-01-20",
            "makeup": "2025-01-25",
        }
    ),
    ("POST", "/completeness/reminders"): Body(lambda place, _: {"place": place.hex()}, does=False),
    ("POST", "/completeness/reminders/words"): Body(
        lambda place, word: {"place": place.hex(), "form": FORM, "period": PERIOD, "words": word}
    ),
    ("POST", "/completeness/reminders/address"): Body(
        lambda place, _: {
            "place": place.hex(),
            "person": _officer(place),
            "address": "officer@village.invalid",
        }
    ),
    ("POST", "/exchange/export"): Body(
        lambda place, _: {"what": "totals", "format": "csv", "period": PERIOD, "at": place.hex()},
        tells=True,
    ),
    ("POST", "/review"): Body(
        lambda place, _: {"action": "approve", "item": f"{place.hex()} {PERIOD} {FORM} "},
        tells=True,
    ),
}
"""Routes whose body names a place besides what the path says."""

_IN_PATH = "the path names the place, and the guard asks about it before the body is read"
NO_PLACE_IN_BODY: dict[Route, str] = {
    ("POST", "/admin/people/{person:str}/account"): "about a person: scope.demand_change asks",
    ("POST", "/admin/people/{person:str}/do"): "about a person: scope.demand_change asks",
    ("POST", "/admin/people/{person:str}/grants/end"): "names a grant, whose place is asked about",
    ("POST", "/admin/devices/invite/end"): "names a code among those of one's own places",
    ("POST", "/admin/devices/{device:str}/revoke"): "names a device; its places are asked about",
    ("POST", "/admin/devices/{device:str}/reinstate"): "names a device; its places are asked about",
    ("POST", "/exchange/stick"): "holds signed commits, each judged by its own grant",
    ("POST", "/admin/keys/{key:str}/end"): "names a key, whose place is asked about",
    ("POST", "/admin/places/{place:str}/change"): _IN_PATH,
    ("POST", "/adjust/{place:str}/{period:str}/{indicator:str}"): _IN_PATH,
    ("POST", "/review/{place:str}/{period:str}/{form:str}"): _IN_PATH,
    ("POST", "/review/{place:str}/{period:str}/{form:str}/note"): _IN_PATH,
    ("POST", "/aside/{place:str}/file"): _IN_PATH,
    ("POST", "/disputes/{place:str}/settle"): _IN_PATH,
    ("POST", "/disputes/{place:str}/ask"): _IN_PATH,
    **{
        ("POST", f"/api/enter/{{place:str}}/{{period:str}}/{{form:str}}/{act}"): _IN_PATH
        for act in (
            *("already", "ask-back", "confirm", "draft", "drop", "enter", "explain", "note"),
            *("obstacles", "paste", "reason", "submit", "undo", "withdraw", "words"),
        )
    },
}
"""Routes whose body names none, and what asks about the place then."""

_FORMS = "tests/integration/test_desk_forms.py"
ROW_BY_ROW: dict[Route, str] = {
    ("POST", "/exchange/import"): f"{_FORMS}::test_nobody_imports_for_places_of_others",
    ("POST", "/exchange/import/take"): f"{_FORMS}::test_nobody_imports_for_places_of_others",
    ("POST", "/exchange/prefill"): (
        "tests/integration/test_desk_hardening.py"
        "::test_a_file_of_another_system_files_nothing_beyond_ones_places"
    ),
}
"""Routes that take a file whose rows name places: the test (file::name) that sends rows of others."""
