-- Up Migration

-- The public keys that signed records are checked with, also those of before: a record is kept for longer than a key.
CREATE TABLE record_keys (
  -- The thumbprint by which a signature names it.
  kid text PRIMARY KEY,
  -- The public half of an Ed25519 key, in base64url.
  x text NOT NULL,
  -- When it was first signed with, or a server first ran with it.
  since timestamptz NOT NULL
);

-- Down Migration

DROP TABLE record_keys;
