-- Up Migration

-- OpenPGP certificates of people outside, each for the one address that a responder vouches for. A signature counts for nobody
-- else, and what is encrypted to that address is encrypted to it. Who gave and who removed one stays.
CREATE TABLE pgp_certificates (
  id text PRIMARY KEY,
  -- In lower case.
  address text NOT NULL CHECK (address = lower(address)),
  fingerprint text NOT NULL CHECK (fingerprint ~ '^[0-9A-F]{40,64}$'),
  armored text NOT NULL,
  added_by text NOT NULL,
  added_at timestamptz NOT NULL,
  removed_by text,
  removed_at timestamptz,
  CONSTRAINT pgp_certificates_removed_by_somebody CHECK ((removed_by IS NULL) = (removed_at IS NULL))
);

-- One certificate is given for an address once; an address may have several, as when a key is changed.
CREATE UNIQUE INDEX pgp_certificates_of_address ON pgp_certificates (address, fingerprint) WHERE removed_at IS NULL;

-- Down Migration

DROP TABLE pgp_certificates;
