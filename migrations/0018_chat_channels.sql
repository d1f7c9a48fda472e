-- Up Migration

-- Chat channels of incidents: where a loop of the worker reads what is said in them, and how far it has got.
CREATE TABLE channels (
  incident_id text NOT NULL REFERENCES incidents,
  n integer NOT NULL,
  provider text NOT NULL,
  -- As the provider names it among its own.
  room text NOT NULL,
  name text NOT NULL,
  is_private boolean NOT NULL,
  opened_at timestamptz NOT NULL,
  -- What is said after that is not read.
  closed_at timestamptz,
  -- The provider's own, or null for the beginning.
  mark text,
  -- Which worker reads it, until when: each channel is read by one, and by another when that one is gone.
  reader text,
  reader_until timestamptz,
  read_next_at timestamptz NOT NULL,
  PRIMARY KEY (incident_id, n)
);

CREATE INDEX channels_to_read ON channels (read_next_at) WHERE closed_at IS NULL;

-- What was said in them. Words of the incident: they have its label.
CREATE TABLE channel_messages (
  incident_id text NOT NULL,
  n integer NOT NULL,
  -- The provider's own.
  id text NOT NULL,
  said_at timestamptz NOT NULL,
  -- In the order of reading, where two were said in one instant.
  place bigint GENERATED ALWAYS AS IDENTITY,
  author text NOT NULL,
  text text NOT NULL,
  PRIMARY KEY (incident_id, n, id),
  FOREIGN KEY (incident_id, n) REFERENCES channels
);

-- Down Migration

DROP TABLE channel_messages;
DROP TABLE channels;
