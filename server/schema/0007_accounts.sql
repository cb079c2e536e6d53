-- What makes signing in strong. None of it leaves this machine: no commit says who tried to sign in.

-- Until when a first password is good; one without a row doesn't end by itself.
CREATE TABLE first_password (
    person BLOB PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- The secret that a person's telephone holds too, encrypted. confirmed: 1 once a code was shown;
-- last_step: the half minute of the code used last, so that none is good twice.
CREATE TABLE second_factor (
    person BLOB PRIMARY KEY, sealed BLOB NOT NULL, confirmed INTEGER NOT NULL,
    last_step INTEGER NOT NULL, made_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_code (
    code_hash BLOB PRIMARY KEY, person BLOB NOT NULL, used_at INTEGER) STRICT, WITHOUT ROWID;
CREATE INDEX recovery_code_person ON recovery_code (person);

-- Failed tries, by the hash of what is counted (a login, an address, a person's codes).
CREATE TABLE signin_try (
    name BLOB PRIMARY KEY, failures INTEGER NOT NULL, last_at INTEGER NOT NULL,
    until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX signin_try_last ON signin_try (last_at);

-- Who signed in and out, and what was done to accounts. person and by are empty where nobody is
-- known; login is empty where what was typed is no login, since it may be a password.
CREATE TABLE signin_event (
    no INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL, login TEXT NOT NULL,
    person BLOB NOT NULL, by BLOB NOT NULL, address TEXT NOT NULL, agent TEXT NOT NULL) STRICT;
CREATE INDEX signin_event_person ON signin_event (person, no);
CREATE INDEX signin_event_at ON signin_event (at);

-- Who somebody is at the sign-in service; name is the hash of issuer and subject.
CREATE TABLE service_identity (
    name BLOB PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, person BLOB NOT NULL,
    linked_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX service_identity_person ON service_identity (person);

-- Who went to the sign-in service and isn't back; person is set where an account is to be linked.
CREATE TABLE service_try (
    state_hash BLOB PRIMARY KEY, browser_hash BLOB NOT NULL, nonce TEXT NOT NULL,
    verifier TEXT NOT NULL, back TEXT NOT NULL, person BLOB NOT NULL, until INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;

-- Who came back as somebody that is linked to no account yet, and may show a link code.
CREATE TABLE service_newcomer (
    token_hash BLOB PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL,
    strong INTEGER NOT NULL, back TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE link_code (
    code_hash BLOB PRIMARY KEY, person BLOB NOT NULL, until INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
