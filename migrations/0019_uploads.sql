-- Up Migration

-- Files that somebody outside sent over a link of ours. Encrypted before they left their browser, under a key that is drawn
-- from the signing key and stands nowhere.
CREATE TABLE uploads (
  incident_id text NOT NULL REFERENCES incidents,
  n integer NOT NULL,
  -- Of the link, which is shown once.
  token_digest text NOT NULL UNIQUE,
  expires_at timestamptz NOT NULL,
  received_at timestamptz,
  -- As it came.
  sealed bytea,
  PRIMARY KEY (incident_id, n),
  CHECK ((received_at IS NULL) = (sealed IS NULL))
);

-- Down Migration

DROP TABLE uploads;
