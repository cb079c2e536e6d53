-- What every place and all below it add up to, kept in the transaction that accepts a commit.
-- The series of an indicator are named in `sync/aggregate.py`: CODE; CODE* and CODE/w; CODE?.
-- The sum is total_high * 2^62 + total_low in 1/10 000 (of CODE*: in 1/10^8), with total_low in
-- [0, 2^62): sums of both columns are exact, and beyond 64 bits nothing wraps. carried = 1 marks
-- what is filed on change: its rows are changes, and the state on a day is their sum up to it.
CREATE TABLE rollup (
    place INTEGER NOT NULL, period TEXT NOT NULL, series TEXT NOT NULL,
    reported INTEGER NOT NULL, no_value INTEGER NOT NULL,
    total_high INTEGER NOT NULL, total_low INTEGER NOT NULL,
    disputed INTEGER NOT NULL, carried INTEGER NOT NULL,
    PRIMARY KEY (place, period, series)) STRICT, WITHOUT ROWID;
CREATE INDEX rollup_carried ON rollup (place) WHERE carried = 1;

-- What to add to get the sums by today's hierarchy: rows only where places lie elsewhere now than
-- at the period's end. The day it was made for is the setting rollup_day.
CREATE TABLE rollup_today (
    place INTEGER NOT NULL, period TEXT NOT NULL, series TEXT NOT NULL,
    reported INTEGER NOT NULL, no_value INTEGER NOT NULL,
    total_high INTEGER NOT NULL, total_low INTEGER NOT NULL,
    disputed INTEGER NOT NULL, carried INTEGER NOT NULL,
    PRIMARY KEY (place, period, series)) STRICT, WITHOUT ROWID;
CREATE INDEX rollup_today_carried ON rollup_today (place) WHERE carried = 1;

-- For people with a SQL prompt: sums of quantities as numbers, by the hierarchy of the period.
CREATE VIEW rollup_figure AS
SELECT lower(hex(p.id)) AS place, r.period, r.series AS indicator, r.reported, r.no_value, r.disputed,
       CASE r.total_high WHEN 0 THEN r.total_low WHEN -1 THEN r.total_low - 4611686018427387904
       ELSE r.total_high * 4611686018427387904.0 + r.total_low END / 10000.0 AS total
FROM rollup r JOIN place_no p ON p.no = r.place
WHERE r.series NOT GLOB '*[^A-Za-z0-9_]*' AND r.carried = 0;
