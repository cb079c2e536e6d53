-- Commits that were typed, by their device's clock, after they were accepted: for these alone the
-- time of acceptance decides which of several versions is shown first.
CREATE INDEX commits_ahead ON commits (place) WHERE accepted_at < last_stamp >> 20;
