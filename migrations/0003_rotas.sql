-- Up Migration

-- Who is on call. A change adds a version and says who made it and why; the last one counts, and none is ever gone.
CREATE TABLE rotas (
  key text NOT NULL,
  version integer NOT NULL CHECK (version >= 1),
  plan jsonb NOT NULL,
  changed_at timestamptz NOT NULL,
  changed_by text NOT NULL,
  reason text NOT NULL,
  PRIMARY KEY (key, version)
);

-- Somebody else for a time. Of two for the same time the later made counts, hence the number.
CREATE TABLE rota_overrides (
  id text PRIMARY KEY,
  number bigint GENERATED ALWAYS AS IDENTITY,
  rota text NOT NULL,
  from_at timestamptz NOT NULL,
  until_at timestamptz NOT NULL CHECK (until_at > from_at),
  username text NOT NULL,
  -- Only the time of this person is taken over; null for whoever it is.
  instead text,
  -- Two that were made in one, each for the other.
  swap text,
  made_at timestamptz NOT NULL,
  made_by text NOT NULL,
  reason text NOT NULL,
  withdrawn_at timestamptz,
  withdrawn_by text,
  withdrawn_reason text,
  CONSTRAINT rota_overrides_withdrawn_whole CHECK (num_nulls(withdrawn_at, withdrawn_by, withdrawn_reason) IN (0, 3))
);

CREATE INDEX rota_overrides_standing ON rota_overrides (rota, until_at) WHERE withdrawn_at IS NULL;

-- Down Migration

DROP TABLE rota_overrides, rotas;
