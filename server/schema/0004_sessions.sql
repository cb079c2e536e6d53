-- Who is signed in on the pages, in which browser: the cookie itself is kept nowhere, only its hash.
-- proved: 1 once the second factor was shown, or where the account has none.
CREATE TABLE web_session (
    token_hash BLOB PRIMARY KEY, person BLOB NOT NULL, begun_at INTEGER NOT NULL,
    active_at INTEGER NOT NULL, proved INTEGER NOT NULL, agent TEXT NOT NULL,
    address TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX web_session_person ON web_session (person);
