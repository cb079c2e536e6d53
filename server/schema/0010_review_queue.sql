-- A reviewer's queue within a few places, and what lies with the officers again.
CREATE INDEX form_standing_open ON form_standing (place) WHERE waiting = 1;
CREATE INDEX form_standing_returned ON form_standing (place, period, form) WHERE stage = 'returned';
