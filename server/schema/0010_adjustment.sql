-- What counties add to totals with a reason: the shown adjustment of each place, period and indicator
-- in 1/10 000, kept in the transaction that accepts it, beside the rollups and never in them. An
-- amount of 0 was taken back. Its words, its author and its rivals are the ledger's (`version`).
CREATE TABLE adjustment (
    period TEXT NOT NULL, indicator TEXT NOT NULL, place INTEGER NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (period, indicator, place)) STRICT, WITHOUT ROWID;
