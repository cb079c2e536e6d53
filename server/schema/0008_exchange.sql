-- Programs that read from this server or file with it: each system has a key of its own, of which
-- only the hash is kept. place is the topmost place that it reaches; rights are words between
-- spaces; owner names the indicators that it may prefill, as the catalogue says who owns them.
CREATE TABLE api_key (
    key_hash BLOB PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, place BLOB NOT NULL,
    rights TEXT NOT NULL, owner TEXT NOT NULL, until TEXT NOT NULL, made_by BLOB NOT NULL,
    made_at INTEGER NOT NULL, ended_at INTEGER, used_on TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- What came of each body of prefills: its report as JSON. key is the sender's own name for the
-- body, unique within who, so that the same body sent twice is answered twice and filed once.
CREATE TABLE prefill_report (
    no INTEGER PRIMARY KEY, who TEXT NOT NULL, owner TEXT NOT NULL, at INTEGER NOT NULL,
    key TEXT, sha256 BLOB NOT NULL, report TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX prefill_report_key ON prefill_report (who, key) WHERE key IS NOT NULL;
