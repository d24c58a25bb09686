-- A run as schema version 1 left it, interrupted after two proxies. Statements are parted by semicolons at line ends.
CREATE TABLE run (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  method TEXT NOT NULL,
  configuration TEXT NOT NULL,
  status TEXT NOT NULL,
  created INTEGER NOT NULL);
CREATE TABLE entries (
  stage TEXT NOT NULL,
  step INTEGER NOT NULL,
  sample INTEGER NOT NULL,
  digest INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  name TEXT NOT NULL,
  content TEXT NOT NULL,
  parent INTEGER,
  mutation TEXT,
  fingerprint INTEGER,
  decision TEXT NOT NULL,
  score REAL,
  metrics TEXT NOT NULL,
  seconds REAL,
  written INTEGER NOT NULL,
  PRIMARY KEY (stage, step, sample, digest)) WITHOUT ROWID;
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL,
  written INTEGER NOT NULL);
INSERT INTO run VALUES (1, 'asl', '{"metric":"mIoU","seed":7}', 'open', 1795518000000);
INSERT INTO entries VALUES ('proxy', 0, 0, -12, 99, 'step 0 sample 0', '[0.5,0.25]', NULL, NULL, NULL, 'ok', 0.125, '{"mIoU":0.125}', 1.5, 1795518001000);
INSERT INTO entries VALUES ('proxy', 0, 1, 34, 99, 'step 0 sample 1', '[0.75,0.5]', NULL, NULL, NULL, 'not_finite', 0.0, '{}', 0.5, 1795518002000);
INSERT INTO events VALUES (1, 'limit', '{"candidates":9}', 1795518000500);
PRAGMA user_version = 1;
