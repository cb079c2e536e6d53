-- PINs of those who share this laptop. They never leave it: only a hash is kept, and how often in a
-- row a wrong one was typed. reset_seen: the latest reset by the town, in seconds by its server,
-- that was known here when the PIN was set; a later one makes the PIN count for nothing.
CREATE TABLE pin (
    person BLOB PRIMARY KEY, pin_hash TEXT NOT NULL, reset_seen INTEGER NOT NULL,
    failures INTEGER NOT NULL) STRICT, WITHOUT ROWID;
