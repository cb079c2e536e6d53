-- What an administrator asks of a server.

-- When a device last synced and what it said of itself: noted in memory, written now and then.
-- ahead_seconds: how far its clock was ahead of this server's.
CREATE TABLE device_seen (
    device BLOB PRIMARY KEY, at INTEGER NOT NULL, protocol INTEGER NOT NULL,
    software TEXT NOT NULL, ahead_seconds INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Work that somebody began on a page and that takes its time: backups, verifications, imports.
-- state: running, done, failed, interrupted; ended_at is NULL while it runs. done and total say how
-- far it is, total 0 where nobody knows; result is JSON.
CREATE TABLE task (
    no INTEGER PRIMARY KEY, kind TEXT NOT NULL, person BLOB NOT NULL, begun_at INTEGER NOT NULL,
    ended_at INTEGER, state TEXT NOT NULL, done INTEGER NOT NULL, total INTEGER NOT NULL,
    result TEXT NOT NULL) STRICT;
CREATE INDEX task_kind ON task (kind, no);

-- What somebody signed, the latest first: the audit asks so.
CREATE INDEX commits_author ON commits (author, position);
