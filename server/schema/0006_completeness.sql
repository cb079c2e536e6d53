-- Reminders by e-mail. An address is a person's own and never leaves this server.
CREATE TABLE mail_address (person BLOB PRIMARY KEY, address TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- The last reminder that each was sent: when, and a mark of what it said.
CREATE TABLE mail_reminder (
    person BLOB PRIMARY KEY, sent_at INTEGER NOT NULL, about TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Whom a reviewer asked to be reminded at once: waits for the end of the quiet hours.
CREATE TABLE mail_wanted (person BLOB PRIMARY KEY, asked_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
