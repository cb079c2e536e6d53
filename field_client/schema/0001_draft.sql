-- What somebody is typing and has not recorded: it is neither a value nor ever sent, and it is
-- gone when the value is recorded. After a crash it is shown again to whoever typed it.
CREATE TABLE draft (
    place BLOB NOT NULL, period TEXT NOT NULL, indicator TEXT NOT NULL, person BLOB NOT NULL,
    text TEXT NOT NULL, unit TEXT NOT NULL, typed_at INTEGER NOT NULL,
    PRIMARY KEY (place, period, person, indicator)) STRICT, WITHOUT ROWID;
