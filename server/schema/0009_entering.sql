-- What people are typing at the server into forms of places; each row is one person's own, as a
-- laptop keeps them. It is no value, and goes when one is recorded.
CREATE TABLE draft (
    place BLOB NOT NULL, period TEXT NOT NULL, indicator TEXT NOT NULL, person BLOB NOT NULL,
    text TEXT NOT NULL, unit TEXT NOT NULL, typed_at INTEGER NOT NULL,
    PRIMARY KEY (place, period, person, indicator)) STRICT, WITHOUT ROWID;
