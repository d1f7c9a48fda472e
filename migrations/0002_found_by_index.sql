-- Up Migration

-- What grows for years is found by an index: whose duty it is, what has changed since, and what may be forgotten.

-- True while somebody may have something to do in it: open, or ended with what outlives an end, a due part of a row, a
-- suspension to be carried out, a page that nobody took. Worked out by Postgres itself, so that a version that does not
-- know the column keeps it right.
ALTER TABLE incidents ADD COLUMN bears_duties boolean NOT NULL GENERATED ALWAYS AS (
  ended_at IS NULL
  OR jsonb_path_exists(state, '$.actions[*] ? (@.state == "due")')
  OR jsonb_path_exists(state, '$.suspensions[*] ? (@.state == "decided" || @.state == "lift-decided")')
  OR jsonb_path_exists(state, '$.pages[*] ? (@.state == "ringing" || @.state == "exhausted")')
) STORED;

-- Few, whatever the years.
CREATE INDEX incidents_bearing_duties ON incidents (id) WHERE bears_duties;

-- What was recorded since somebody last looked.
CREATE INDEX events_by_recording ON events (recorded_at, incident_id);

-- For the sweep that forgets old answers, and the words of steps that were never taken.
CREATE INDEX idempotency_answered ON idempotency (claimed_at) WHERE status IS NOT NULL;
CREATE INDEX texts_not_kept ON texts (created_at) WHERE NOT kept;

-- Down Migration

DROP INDEX texts_not_kept, idempotency_answered, events_by_recording, incidents_bearing_duties;
ALTER TABLE incidents DROP COLUMN bears_duties;
