-- How many own commits a server has is told on every page: it must not read them all.
CREATE INDEX commits_device ON commits (device, accepted_at);
