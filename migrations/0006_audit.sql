-- Up Migration

-- A rehearsal of the whole way: it goes it like every other, and counts in no figure.
ALTER TABLE incidents ADD COLUMN is_test boolean NOT NULL DEFAULT false;

-- What the audit has found wrong, from when until when, and when the operators were told.
CREATE TABLE audit_findings (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,
  -- A page, an incident, a workflow, a message: an identifier, never a word.
  subject text NOT NULL,
  detail text NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  told_at timestamptz,
  -- Null while it is so.
  ended_at timestamptz
);

CREATE UNIQUE INDEX audit_findings_open ON audit_findings (kind, subject) WHERE ended_at IS NULL;

-- When somebody last looked; one row.
CREATE TABLE audit_state (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  at timestamptz NOT NULL,
  -- When all was well last.
  well_at timestamptz
);

-- Down Migration

DROP TABLE audit_state, audit_findings;
ALTER TABLE incidents DROP COLUMN is_test;
