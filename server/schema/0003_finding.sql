-- What the checks of the catalogue find in the values that stand. A finding flags; it stops nothing.
-- period is the one that the check ran for, bound the indicator that it was bound to ('' for none),
-- cells the indicators to look at and figures what the message says: both as JSON.
CREATE TABLE finding (
    place INTEGER NOT NULL, period TEXT NOT NULL, rule TEXT NOT NULL, bound TEXT NOT NULL,
    severity TEXT NOT NULL, cells TEXT NOT NULL, figures TEXT NOT NULL, found_at INTEGER NOT NULL,
    PRIMARY KEY (place, period, rule, bound)) STRICT, WITHOUT ROWID;

-- Places of which values changed since the checks ran, by the year of the period.
CREATE TABLE check_due (place INTEGER NOT NULL, year INTEGER NOT NULL,
    PRIMARY KEY (place, year)) STRICT, WITHOUT ROWID;
