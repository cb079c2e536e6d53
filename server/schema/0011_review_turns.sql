-- What waits for a town, what waits for a county, and what is decided: each read in its order. The
-- conditions are those of `server/review/queue.py`, word by word, or the queue would not find them.
CREATE INDEX form_standing_town ON form_standing (score DESC, place, period DESC, form)
    WHERE waiting = 1 AND ((direct = 0 AND stage IN ('submitted', 'resubmitted', 'begun'))
    OR (stage = 'begun' AND asked = 1) OR (stage = 'approved_town' AND (asked = 1 OR changed > 0)));
CREATE INDEX form_standing_county ON form_standing (score DESC, place, period DESC, form)
    WHERE waiting = 1 AND (stage = 'approved_town' OR (direct = 1 AND stage IN ('submitted',
    'resubmitted', 'begun')) OR (stage IN ('approved', 'locked') AND (asked = 1 OR changed > 0
    OR locked_late = 1)));
DROP INDEX form_standing_returned;
CREATE INDEX form_standing_settled ON form_standing (stage, place, period DESC, form)
    WHERE stage IN ('returned', 'approved', 'locked');
