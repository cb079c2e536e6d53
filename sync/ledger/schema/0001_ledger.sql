-- The ledger: commits, what they fold to, and what waits. One database file holds it all.
-- Ids are blobs; `no` columns are this file's own short numbers for them.

CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
CREATE TABLE secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE place_no (no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE) STRICT;

-- Applied commits. accepted_at: the second of the earliest acceptance known, NULL while none is.
-- position: this server's order of acceptance, NULL on a laptop.
CREATE TABLE commits (
    no INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    place INTEGER NOT NULL,
    device BLOB NOT NULL,
    author BLOB NOT NULL,
    last_stamp INTEGER NOT NULL,
    body BLOB NOT NULL,
    signature BLOB NOT NULL,
    accepted_at INTEGER,
    position INTEGER
) STRICT;
CREATE INDEX commits_place ON commits (place, position);
CREATE UNIQUE INDEX commits_position ON commits (position) WHERE position IS NOT NULL;
CREATE INDEX commits_unaccepted ON commits (place) WHERE accepted_at IS NULL;

CREATE TABLE parent (child INTEGER NOT NULL, parent INTEGER NOT NULL, PRIMARY KEY (child, parent))
STRICT, WITHOUT ROWID;
CREATE INDEX parent_children ON parent (parent);

-- The applied commits of a place that no applied commit has as a parent.
CREATE TABLE head (place INTEGER NOT NULL, commit_no INTEGER NOT NULL,
    PRIMARY KEY (place, commit_no)) STRICT, WITHOUT ROWID;

CREATE TABLE receipt (
    commit_no INTEGER NOT NULL, server BLOB NOT NULL, at INTEGER NOT NULL,
    leaf INTEGER NOT NULL, leaves INTEGER NOT NULL, path BLOB NOT NULL, signature BLOB NOT NULL,
    PRIMARY KEY (commit_no, server)) STRICT, WITHOUT ROWID;

-- What the commits fold to. Several rows of one cell are rival versions; the one with shown = 1 is
-- what everybody sees first, and disputed = 1 there says that the versions differ in value.
-- type: 1 quantity (number in 1/10 000), 2 yes or no (number 1 or 0), 3 choice, 4 text, 5 reason.
CREATE TABLE version (
    place INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, field TEXT NOT NULL,
    commit_no INTEGER NOT NULL,
    stamp INTEGER NOT NULL, type INTEGER NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL,
    shown INTEGER NOT NULL, disputed INTEGER NOT NULL,
    PRIMARY KEY (place, kind, subject, field, commit_no)) STRICT, WITHOUT ROWID;
CREATE INDEX version_definitions ON version (kind) WHERE kind <> 'value';
CREATE INDEX version_rivals ON version (place) WHERE shown = 0;

-- Edits not sealed yet: at most one a cell.
CREATE TABLE pending (
    place BLOB NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, field TEXT NOT NULL,
    stamp INTEGER NOT NULL, type INTEGER NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL,
    author BLOB NOT NULL, grant_id BLOB NOT NULL, catalogue TEXT NOT NULL,
    unseen BLOB NOT NULL, replaced BLOB NOT NULL,
    PRIMARY KEY (place, kind, subject, field)) STRICT, WITHOUT ROWID;

-- What the page of an own edit showed: kept until the edit is receipted.
CREATE TABLE page (edit BLOB PRIMARY KEY, shown BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- Commits that are here and not applied. state: held (waits), parked (refused), withdrawn (own,
-- built on a refused one and sealed again since).
CREATE TABLE aside (
    id BLOB PRIMARY KEY, state TEXT NOT NULL, reason TEXT NOT NULL, place BLOB NOT NULL,
    device BLOB NOT NULL, body BLOB NOT NULL, signature BLOB NOT NULL,
    receipts BLOB NOT NULL, refusal BLOB NOT NULL, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX aside_state ON aside (state, place);
CREATE INDEX aside_device ON aside (device);

CREATE TABLE certificate (server BLOB PRIMARY KEY, content BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE scope (place BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;

-- For people with a SQL prompt: the shown value of every cell, one row each.
CREATE VIEW shown_value AS
SELECT lower(hex(p.id)) AS place, v.subject AS period, v.field AS indicator,
       CASE v.type WHEN 1 THEN v.number / 10000.0 WHEN 2 THEN v.number END AS number,
       CASE WHEN v.type > 2 THEN v.text END AS text,
       v.type = 5 AS is_reason, v.disputed, lower(hex(c.id)) AS commit_id
FROM version v JOIN place_no p ON p.no = v.place JOIN commits c ON c.no = v.commit_no
WHERE v.kind = 'value' AND v.shown = 1;
