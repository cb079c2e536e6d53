"""How far a form has come, as a sentence above its sheet, and what its officer may do now."""

from __future__ import annotations

import msgspec

from sync.entry.desk import Desk
from sync.entry.stage import FormStanding
from sync.review import Stage
from sync.texts import Language, say

__all__ = ["StandingView", "standing_view"]


class StandingView(msgspec.Struct):
    """The sentence and the reviewer's words, '' where there is nothing to say."""

    stage: str
    sentence: str
    words: str
    asked: str
    open: bool
    can_withdraw: bool
    can_ask_back: bool


def standing_view(desk: Desk, standing: FormStanding, language: Language) -> StandingView:
    """The form's stage in words."""
    stage = standing.stage
    handed_in = stage in {Stage.SUBMITTED, Stage.RESUBMITTED}
    key = f"sheet-stage-{stage}"
    if handed_in:
        key = "sheet-stage-sent" if standing.sent else "sheet-stage-unsent"
    elif standing.left_out and standing.unanswered:
        key = "sheet-stage-left-out"
    by = desk.person_name(standing.decided.author) if standing.decided else ""
    sentence = ""
    if stage is not Stage.DRAFT:
        sentence = say(key, language, count=len(standing.unanswered))
    words = say("sheet-said-by", language, by=by, words=standing.words) if standing.words else ""
    return StandingView(
        stage=str(stage),
        sentence=sentence,
        words=words if not handed_in else "",
        asked=standing.asked,
        open=stage in {Stage.DRAFT, Stage.RETURNED},
        can_withdraw=standing.can_withdraw,
        can_ask_back=standing.can_ask_back,
    )
