-- Up Migration

-- A call to those who run the system because of what the audit has found. It climbs a ladder as pages do and needs neither an
-- incident nor Temporal: workers climb it from these rows.
CREATE SEQUENCE operators_alarms_number;

CREATE TABLE operators_alarms (
  id text PRIMARY KEY DEFAULT 'ALARM-' || nextval('operators_alarms_number'),
  began_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('ringing', 'acknowledged', 'exhausted', 'mended')),
  ring integer NOT NULL DEFAULT 1,
  -- As it was when this ring began.
  ladder jsonb NOT NULL,
  -- The step climbed last in this ring; null before the first.
  round integer,
  rung integer,
  -- Null with an instant: nothing is left to climb, and the alarm is exhausted then.
  next_round integer,
  next_rung integer,
  -- Null unless it rings.
  next_step_at timestamptz,
  -- Everybody who was called, in all rings.
  called text[] NOT NULL DEFAULT '{}',
  acknowledged_by text,
  -- When this ring came to its end: acknowledged or exhausted.
  settled_at timestamptz,
  -- What had been told of when it was settled. Something else lets it ring again.
  known_kinds text[] NOT NULL DEFAULT '{}',
  -- When what it is about was mended.
  ended_at timestamptz,
  CONSTRAINT operators_alarms_rings_on CHECK ((state = 'ringing') = (next_step_at IS NOT NULL)),
  CONSTRAINT operators_alarms_ends CHECK ((state = 'mended') = (ended_at IS NOT NULL)),
  CONSTRAINT operators_alarms_is_somebodys CHECK (state <> 'acknowledged' OR acknowledged_by IS NOT NULL)
);

ALTER SEQUENCE operators_alarms_number OWNED BY operators_alarms.id;

-- One at a time: a storm of findings is one call.
CREATE UNIQUE INDEX operators_alarms_open ON operators_alarms ((ended_at IS NULL)) WHERE ended_at IS NULL;

-- Down Migration

DROP TABLE operators_alarms;
