-- Up Migration

-- What whoever hands a rota over wants the next one to know.
CREATE TABLE rota_notes (
  id text PRIMARY KEY,
  rota text NOT NULL,
  at timestamptz NOT NULL,
  by text NOT NULL,
  text text NOT NULL
);

CREATE INDEX rota_notes_of_rota ON rota_notes (rota, at);

-- Down Migration

DROP TABLE rota_notes;
