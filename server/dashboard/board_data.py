"""What a board's script asks for: words by where they stand on the page, and what its charts draw."""

from __future__ import annotations

from typing import Any

from server.dashboard.board_view import FACTS, BoardView
from server.dashboard.picking import Picked
from server.desk.rendering import assets
from sync.screens.formats import period_words
from sync.texts import Language

__all__ = ["told"]


def told(at: Picked, made: BoardView, language: Language) -> dict[str, Any]:
    """All of it, with the addresses under which to ask again and to follow what changes."""
    asked = f"period={at.period.text}&indicator={at.indicator.code}"
    return {
        "refresh": f"/api/board?place={at.place.hex()}&{asked}",
        "live": f"/api/live?place={at.place.hex()}",
        "texts": _texts(made),
        "unit": made.shown.unit,
        "name": at.indicator.name.say(language),
        "map": assets.url(made.map) if made.map else "",
        "places": [
            {
                "code": line.code,
                "name": line.name,
                "value": line.shown.number,
                "words": line.shown.words,
                "why": line.shown.why,
                "address": f"/board?place={line.place.hex()}&{asked}",
            }
            for line in made.lines
        ],
        "moments": _moments(made, language),
        "parts": [
            {
                "name": part.indicator.name.say(language),
                "value": part.shown.number,
                "words": part.shown.words,
                "why": part.shown.why,
            }
            for part in made.parts
        ],
    }


def _texts(made: BoardView) -> dict[str, str]:
    texts = {"figure": made.shown.words, "why": made.shown.why}
    texts |= {f"fact-{key}": "" for key in FACTS}
    texts |= {f"fact-{one.key}": one.words for one in made.facts}
    for line in made.lines:
        place = line.place.hex()
        texts |= {
            f"value-{place}": line.shown.words,
            f"why-{place}": line.shown.why,
            f"covered-{place}": line.covered,
            f"reviewed-{place}": line.reviewed,
            f"disputed-{place}": line.disputed,
            f"adjusted-{place}": line.adjusted,
        }
    for one in made.moments:
        texts |= {f"at-{one.period.text}": one.shown.words, f"why-{one.period.text}": one.shown.why}
    for part in made.parts:
        code = part.indicator.code
        texts |= {f"part-{code}": part.shown.words, f"share-{code}": part.share}
    return texts


def _moments(made: BoardView, language: Language) -> list[dict[str, str]]:
    return [
        {
            "period": period_words(one.period.text, language=language),
            "value": one.shown.number,
            "words": one.shown.words,
            "why": one.shown.why,
            "target": one.target_number,
            "broken": one.broken,
        }
        for one in made.moments
    ]
