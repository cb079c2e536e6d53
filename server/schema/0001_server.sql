-- What a server keeps beside the ledger.

-- One-time enrolment codes, by the hash of the code; device is set when the code was used.
CREATE TABLE invite (
    code_hash BLOB PRIMARY KEY, place BLOB NOT NULL, role TEXT NOT NULL, person_name TEXT NOT NULL,
    until INTEGER NOT NULL, device BLOB, made_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
