-- Who brought a commit that is aside, and on whose account it is kept; empty where nobody did.
ALTER TABLE aside ADD COLUMN carrier BLOB NOT NULL DEFAULT x'';
UPDATE aside SET carrier = device;
CREATE INDEX aside_carrier ON aside (carrier);
