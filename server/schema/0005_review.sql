-- How far the forms of all places have come, kept in the transaction that changes what it rests on:
-- submissions, reviews, corrections, and the values under them. A row where any of those was filed
-- for a period; `stage` as in `sync/review.py`. Times are seconds.
-- submitted_at: when the submission that stands was accepted, NULL if none does. late: whether it, or
-- what the review has seen of it before, came after the end of the due day. returned: values that
-- came back and have no answer. changed: values that are others than the last decision saw.
-- asked: whether the officer asks for the decision to be taken back. locked_late: whether anything
-- came after the lock. direct: whether no town stands between the place and the county. waiting:
-- whether a reviewer has something to decide. score: how much it needs their eyes, found afterwards.
CREATE TABLE form_standing (
    place INTEGER NOT NULL, period TEXT NOT NULL, form TEXT NOT NULL,
    stage TEXT NOT NULL, submitted_at INTEGER, late INTEGER NOT NULL, returned INTEGER NOT NULL,
    changed INTEGER NOT NULL, asked INTEGER NOT NULL, locked_late INTEGER NOT NULL,
    direct INTEGER NOT NULL, waiting INTEGER NOT NULL, score INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (place, period, form)) STRICT, WITHOUT ROWID;
CREATE INDEX form_standing_form ON form_standing (form, period, stage);
CREATE INDEX form_standing_waiting ON form_standing (score DESC, place, period DESC, form)
    WHERE waiting = 1;
CREATE INDEX form_standing_late ON form_standing (place, period, form) WHERE locked_late = 1;

-- Of each place and all below it by the hierarchy of the period's end: how many forms stand handed
-- in, in time or late; how many lie with their officers again; how many of those handed in the town
-- approved, the county approved, and were locked, each with those of the next (locked: all of them).
CREATE TABLE completeness (
    place INTEGER NOT NULL, period TEXT NOT NULL, form TEXT NOT NULL,
    submitted INTEGER NOT NULL, on_time INTEGER NOT NULL, late INTEGER NOT NULL,
    returned INTEGER NOT NULL, approved_town INTEGER NOT NULL, approved INTEGER NOT NULL,
    locked INTEGER NOT NULL, PRIMARY KEY (place, period, form)) STRICT, WITHOUT ROWID;

-- Why a form needs a reviewer's eyes, found after acceptance: JSON, the weightiest first.
CREATE TABLE attention (
    place INTEGER NOT NULL, period TEXT NOT NULL, form TEXT NOT NULL, score INTEGER NOT NULL,
    reasons TEXT NOT NULL, found_at INTEGER NOT NULL,
    PRIMARY KEY (place, period, form)) STRICT, WITHOUT ROWID;

-- Forms of which anything changed since that was looked for.
CREATE TABLE attention_due (place INTEGER NOT NULL, period TEXT NOT NULL, form TEXT NOT NULL,
    PRIMARY KEY (place, period, form)) STRICT, WITHOUT ROWID;

-- What a reviewer has said when values came back, to be offered again.
CREATE TABLE review_words (
    person BLOB NOT NULL, form TEXT NOT NULL, words TEXT NOT NULL, used_at INTEGER NOT NULL,
    PRIMARY KEY (person, form, words)) STRICT, WITHOUT ROWID;
