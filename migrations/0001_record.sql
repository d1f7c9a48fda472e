-- Up Migration

-- The record: everything a person was promised will be kept, and everything a list or a page is answered from.
-- Instants are timestamptz and carry whole milliseconds. Closed lists are CHECKs, held to src/domain/vocabulary.ts
-- by a test. Rows are never deleted but for idempotency keys and the texts of refused steps.

-- Trigram search of identifiers and summaries. A trusted extension: the owner of the database may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Every policy under which an incident was opened. `json`, not `jsonb`: it is kept to the letter, order of keys included.
CREATE TABLE policies (
  hash text PRIMARY KEY,
  name text NOT NULL,
  body json NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- A row per year rather than a sequence: a number that was rolled back is given again, so a gap means a lost incident.
CREATE TABLE incident_numbers (
  year integer PRIMARY KEY,
  last integer NOT NULL CHECK (last >= 1)
);

-- The fold of an incident's events (`state`), and beside it the columns that lists filter by. `team` is copied out of
-- the state because an index over the state itself would be rewritten at every event.
CREATE TABLE incidents (
  id text PRIMARY KEY CHECK (id ~ '^INC-[0-9]{4}-[0-9]{4,}$'),
  version integer NOT NULL CHECK (version >= 0),
  policy_hash text NOT NULL REFERENCES policies,
  stage text NOT NULL CHECK (stage IN ('received', 'triage', 'response', 'review', 'closed', 'handed-off', 'merged', 'dismissed')),
  kind text NOT NULL CHECK (kind IN ('incident', 'vulnerability', 'suspension-request', 'law-enforcement', 'inquiry')),
  criticality text CHECK (criticality IN ('normal', 'escalation', 'emergency')),
  tlp text NOT NULL CHECK (tlp IN ('RED', 'AMBER+STRICT', 'AMBER', 'GREEN', 'CLEAR')),
  lead text,
  team text[] NOT NULL DEFAULT '{}',
  received_at timestamptz NOT NULL,
  ended_at timestamptz,
  -- The earliest reply clock that has not stopped.
  reply_due_at timestamptz,
  -- The earliest clock of any kind that has not stopped, breached ones included.
  next_due_at timestamptz,
  -- False once it has ended and neither a clock nor anything outward is left of it: its process may end.
  is_unfinished boolean NOT NULL,
  state jsonb NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- Every list goes from the newest to the oldest, and a cursor is a place in this order.
CREATE INDEX incidents_newest ON incidents (received_at DESC, id DESC);
-- The same for one stage, criticality or label: after seven years most rows are ended ones of no interest.
CREATE INDEX incidents_by_stage ON incidents (stage, received_at DESC, id DESC);
CREATE INDEX incidents_by_criticality ON incidents (criticality, received_at DESC, id DESC) WHERE criticality IS NOT NULL;
CREATE INDEX incidents_by_tlp ON incidents (tlp, received_at DESC, id DESC);
-- What a person leads, and what a person was appointed to.
CREATE INDEX incidents_by_lead ON incidents (lead, received_at DESC, id DESC) WHERE lead IS NOT NULL;
CREATE INDEX incidents_by_team ON incidents USING gin (team);
-- What is overdue.
CREATE INDEX incidents_by_due ON incidents (next_due_at) WHERE ended_at IS NULL;
-- What is to be alive in the workflow engine, for the sweep and for a rebuild: few, whatever the years.
CREATE INDEX incidents_unfinished ON incidents (id) WHERE is_unfinished;
-- Part of an identifier, as people remember it.
CREATE INDEX incidents_by_id_part ON incidents USING gin (id gin_trgm_ops);

-- What a reporter sent. `incident_id` is the incident it opened and stays so after a merge.
CREATE TABLE reports (
  id text PRIMARY KEY,
  incident_id text NOT NULL REFERENCES incidents,
  channel text NOT NULL CHECK (channel IN ('form', 'phone', 'mail')),
  kind text NOT NULL CHECK (kind IN ('incident', 'vulnerability', 'suspension-request', 'law-enforcement', 'inquiry')),
  body jsonb NOT NULL,
  received_at timestamptz NOT NULL,
  reply_due_at timestamptz NOT NULL,
  entered_by text,
  -- Opens the reporter's status page. In clear: later mails carry the link again, and whoever reads this row reads more
  -- than that page shows.
  token text NOT NULL CHECK (length(token) >= 32)
);

-- Words in a report's summary, anywhere in a word.
CREATE INDEX reports_by_summary ON reports USING gin ((body ->> 'summary') gin_trgm_ops);

-- Words. Events name them by id and carry a salted digest, so that a text can be destroyed and the chain still holds.
-- `kept` is false while the step that brought the text can still be refused; only then may the row be dropped.
CREATE TABLE texts (
  id text PRIMARY KEY,
  incident_id text NOT NULL REFERENCES incidents,
  body jsonb NOT NULL,
  salt bytea NOT NULL CHECK (octet_length(salt) = 16),
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  kept boolean NOT NULL
);

-- Facts, written before their teller is answered. `filed_seq` is the event that took the fact up.
CREATE TABLE inbox (
  id text PRIMARY KEY,
  incident_id text NOT NULL REFERENCES incidents,
  by text NOT NULL,
  at timestamptz NOT NULL,
  fact jsonb NOT NULL,
  -- Not now(): two facts of one transaction keep their order.
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  filed_seq integer CHECK (filed_seq >= 0)
);

-- What the relay has to tell, by incident and in order. Nearly empty at all times, however long the inbox.
CREATE INDEX inbox_unfiled ON inbox (incident_id, created_at, id) WHERE filed_seq IS NULL;

-- The timeline. Read by incident in order of seq, which the primary key serves.
CREATE TABLE events (
  incident_id text NOT NULL REFERENCES incidents,
  seq integer NOT NULL CHECK (seq >= 1),
  at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  by text NOT NULL,
  command_id text,
  body jsonb NOT NULL,
  -- {textId: hex digest} of the texts this event names.
  text_digests jsonb NOT NULL,
  previous_hash bytea NOT NULL CHECK (octet_length(previous_hash) = 32),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (incident_id, seq)
);

-- Stops a mistake, not the owner of the database, who can drop a trigger: against that there is the hash chain.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: it is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Calls to a human. The row is the fence: an acknowledgement and a step are conditional updates of it.
CREATE TABLE pages (
  id text PRIMARY KEY,
  incident_id text NOT NULL REFERENCES incidents,
  reason text NOT NULL CHECK (reason IN ('no-lead', 'reply-due', 'reply-breached', 'action-overdue', 'call-in', 'law-enforcement', 'phone', 'verification')),
  target jsonb NOT NULL,
  -- Frozen when the page begins to ring: a later change of the policy does not move a page that is under way.
  ladder jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('ringing', 'acknowledged', 'exhausted', 'cancelled')),
  ring integer NOT NULL CHECK (ring >= 1),
  -- The step climbed last in this ring, when it was due and when it was climbed. Null before the first.
  round integer,
  rung integer,
  due_at timestamptz,
  climbed_at timestamptz,
  -- The step to be climbed next. Null when none is left, or when the page has ended.
  next_round integer,
  next_rung integer,
  next_step_at timestamptz,
  starts_at timestamptz NOT NULL,
  acknowledged_by text,
  acknowledged_at timestamptz,
  -- The inbox row of the acknowledgement.
  acknowledged_fact text REFERENCES inbox,
  ended_at timestamptz,
  cancelled_because text,
  note_text_id text,
  -- True until its workflow has been told of the end.
  is_running boolean NOT NULL,
  CONSTRAINT pages_climbed_whole CHECK (num_nulls(round, rung, due_at, climbed_at) IN (0, 4)),
  CONSTRAINT pages_next_whole CHECK (num_nulls(next_round, next_rung, next_step_at) IN (0, 3)),
  CONSTRAINT pages_climb_while_ringing CHECK (state = 'ringing' OR next_round IS NULL),
  CONSTRAINT pages_end_when_ended CHECK ((state = 'ringing') = (ended_at IS NULL)),
  CONSTRAINT pages_acknowledged_whole
    CHECK (state <> 'acknowledged' OR num_nulls(acknowledged_by, acknowledged_at, acknowledged_fact) = 0)
);

-- Lists of pages go from the newest to the oldest: all of them, or those of one state, or of one incident.
CREATE INDEX pages_newest ON pages (starts_at DESC, id DESC);
CREATE INDEX pages_by_state ON pages (state, starts_at DESC, id DESC);
CREATE INDEX pages_by_incident ON pages (incident_id, starts_at DESC, id DESC);
-- What the relay has to tell to workflows of pages. Nearly empty at all times.
CREATE INDEX pages_to_tell ON pages (id) WHERE is_running AND state <> 'ringing';

-- One message to one person by one method. `answer` is what became of it; null means that it may not have been sent.
CREATE TABLE page_attempts (
  page_id text NOT NULL REFERENCES pages,
  ring integer NOT NULL,
  round integer NOT NULL,
  rung integer NOT NULL,
  person text NOT NULL,
  method text NOT NULL,
  why text NOT NULL,
  due_at timestamptz NOT NULL,
  claimed_at timestamptz NOT NULL,
  sent_at timestamptz,
  answer text,
  -- The far side's own name for the message, such as its Message-ID.
  receipt text,
  PRIMARY KEY (page_id, ring, round, rung, person, method),
  CONSTRAINT page_attempts_sent_is_answered CHECK (sent_at IS NULL OR answer IS NOT NULL)
);

-- The paged may see their pages, and find them by themselves.
CREATE INDEX page_attempts_by_person ON page_attempts (person, page_id);

-- What was sent outward, by business key: a message that the far side took is not sent again.
CREATE TABLE outgoing (
  key text PRIMARY KEY,
  incident_id text NOT NULL REFERENCES incidents,
  purpose text NOT NULL,
  recipient text NOT NULL,
  label text NOT NULL CHECK (label IN ('RED', 'AMBER+STRICT', 'AMBER', 'GREEN', 'CLEAR')),
  state text NOT NULL CHECK (state IN ('sending', 'accepted', 'refused', 'withheld')),
  message_id text NOT NULL,
  attempts integer NOT NULL CHECK (attempts >= 1),
  answer text,
  first_at timestamptz NOT NULL,
  ended_at timestamptz,
  CONSTRAINT outgoing_end_when_ended CHECK ((state = 'sending') = (ended_at IS NULL))
);

-- What the TLP gate let out and what it refused. Repeated attempts repeat the row: each was a decision.
CREATE TABLE clearances (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_id text NOT NULL REFERENCES incidents,
  at timestamptz NOT NULL,
  purpose text NOT NULL,
  recipient text NOT NULL,
  label text NOT NULL CHECK (label IN ('RED', 'AMBER+STRICT', 'AMBER', 'GREEN', 'CLEAR')),
  is_allowed boolean NOT NULL,
  reason text NOT NULL
);

-- First answers, by person and key. `status` is null while the first asking is under way. `body` is `json`, not
-- `jsonb`: the same answer is given again to the letter, order of fields included.
CREATE TABLE idempotency (
  person text NOT NULL,
  key text NOT NULL,
  method_and_path text NOT NULL,
  fingerprint bytea NOT NULL,
  status integer,
  body json,
  claimed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (person, key)
);

-- Down Migration

-- The extension stays: somebody else may have come to use it.
DROP TABLE idempotency, clearances, outgoing, page_attempts, pages, events, inbox, texts, reports, incidents, incident_numbers, policies;
DROP FUNCTION refuse_change();
