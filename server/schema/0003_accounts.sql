-- Who signs in to this server, and which programs read from it. People, their names and their
-- grants are commits; what must stay on this machine is here: no password or token is kept, only
-- what tells whether one is right.

CREATE TABLE account (
    person BLOB PRIMARY KEY, login TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL,
    must_change INTEGER NOT NULL, made_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE api_token (
    token_hash BLOB PRIMARY KEY, made_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
