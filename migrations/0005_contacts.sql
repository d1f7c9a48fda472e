-- Up Migration

-- How a person of ours can be reached, in the order they prefer. Only what they have shown to read counts; the address
-- that the policy gives for them always does, and is no row.
CREATE TABLE contacts (
  id text PRIMARY KEY,
  username text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('mail', 'sms', 'voice', 'push', 'webhook', 'matrix', 'irc')),
  address text NOT NULL,
  -- 1 is asked first.
  place integer NOT NULL CHECK (place >= 1),
  added_at timestamptz NOT NULL,
  code_digest text,
  code_until timestamptz,
  code_tries integer NOT NULL DEFAULT 0,
  verified_at timestamptz,
  -- The far side said: never again here. Verifying it anew takes that back.
  failed_at timestamptz,
  failed_because text,
  removed_at timestamptz,
  CONSTRAINT contacts_code_whole CHECK (num_nulls(code_digest, code_until) IN (0, 2)),
  CONSTRAINT contacts_failed_whole CHECK (num_nulls(failed_at, failed_because) IN (0, 2))
);

CREATE UNIQUE INDEX contacts_once ON contacts (username, kind, address) WHERE removed_at IS NULL;
CREATE INDEX contacts_by_address ON contacts (kind, address) WHERE removed_at IS NULL;

-- One message to one person by one contact. A page's message carries every attempt that was due to that contact by then.
CREATE TABLE pager_messages (
  -- Also what the far side knows a repetition by.
  id text PRIMARY KEY,
  person text NOT NULL,
  -- A row of contacts, or 'policy' for the mail address of the policy.
  contact text NOT NULL,
  method text NOT NULL,
  purpose text NOT NULL CHECK (purpose IN ('page', 'taken', 'code', 'shift', 'readiness', 'operators')),
  -- What it says; null for a page, which is worded when it is sent.
  content jsonb,
  made_at timestamptz NOT NULL,
  -- When it is to be tried, or tried again.
  due_at timestamptz NOT NULL,
  -- When somebody last took it up to send it.
  claimed_at timestamptz,
  tries integer NOT NULL DEFAULT 0,
  -- When the far side had taken it.
  sent_at timestamptz,
  -- Null while it is not known.
  outcome text CHECK (outcome IN ('accepted', 'delivered', 'refused', 'unavailable', 'withheld', 'dropped')),
  -- The far side's code, or a word of ours.
  code text,
  -- The far side's own name for it.
  far_id text,
  -- What the far side said about it afterwards, and when.
  receipt_at timestamptz,
  CONSTRAINT pager_messages_sent_is_known CHECK (sent_at IS NULL OR outcome IS NOT NULL)
);

CREATE INDEX pager_messages_to_send ON pager_messages (due_at) WHERE outcome IS NULL;
CREATE INDEX pager_messages_of_person ON pager_messages (person, made_at);
CREATE INDEX pager_messages_by_far_id ON pager_messages (method, far_id) WHERE far_id IS NOT NULL;
-- Of those that tell who has it, what waits for one contact is one message.
CREATE UNIQUE INDEX pager_messages_one_taken ON pager_messages (person, contact)
  WHERE purpose = 'taken' AND claimed_at IS NULL AND outcome IS NULL;

-- When a contact may be sent a page again: it gets at most one in the policy's time.
CREATE TABLE pager_turns (
  person text NOT NULL,
  contact text NOT NULL,
  free_at timestamptz NOT NULL,
  -- How many have gone out of turn since the last one, each alone and about something new.
  out_of_turn integer NOT NULL DEFAULT 0,
  PRIMARY KEY (person, contact)
);

-- What became of an attempt is said by the message that carried it.
INSERT INTO pager_messages (id, person, contact, method, purpose, made_at, due_at, claimed_at, tries, sent_at, outcome, code, far_id)
SELECT page_id || ':' || ring || ':' || round || ':' || rung || ':' || person, person, 'policy', method, 'page',
  claimed_at, due_at, claimed_at, 1, sent_at,
  CASE WHEN answer IS NULL THEN NULL WHEN sent_at IS NOT NULL THEN 'accepted' WHEN answer LIKE 'refused%' THEN 'refused'
    WHEN answer LIKE 'withheld%' THEN 'withheld' ELSE 'unavailable' END,
  answer, receipt
FROM page_attempts;

ALTER TABLE page_attempts
  ADD COLUMN contact text NOT NULL DEFAULT 'policy',
  -- Not before then: a person's contacts are tried one after the other.
  ADD COLUMN send_after timestamptz,
  ADD COLUMN message text REFERENCES pager_messages;
UPDATE page_attempts
  SET send_after = due_at, message = page_id || ':' || ring || ':' || round || ':' || rung || ':' || person;
ALTER TABLE page_attempts
  ALTER COLUMN contact DROP DEFAULT,
  ALTER COLUMN send_after SET NOT NULL,
  DROP CONSTRAINT page_attempts_sent_is_answered,
  DROP CONSTRAINT page_attempts_pkey,
  DROP COLUMN claimed_at,
  DROP COLUMN sent_at,
  DROP COLUMN answer,
  DROP COLUMN receipt,
  ADD PRIMARY KEY (page_id, ring, round, rung, person, contact);

CREATE INDEX page_attempts_waiting ON page_attempts (send_after) WHERE message IS NULL;
CREATE INDEX page_attempts_of_message ON page_attempts (message);

-- A message that is about no incident, such as a shift that changes, passes the gate like every other.
ALTER TABLE clearances ALTER COLUMN incident_id DROP NOT NULL;

-- Down Migration

DELETE FROM clearances WHERE incident_id IS NULL;
ALTER TABLE clearances ALTER COLUMN incident_id SET NOT NULL;
DROP INDEX page_attempts_waiting, page_attempts_of_message;
DELETE FROM page_attempts WHERE message IS NULL;
ALTER TABLE page_attempts
  DROP CONSTRAINT page_attempts_pkey,
  ADD COLUMN claimed_at timestamptz,
  ADD COLUMN sent_at timestamptz,
  ADD COLUMN answer text,
  ADD COLUMN receipt text;
UPDATE page_attempts
  SET claimed_at = coalesce(m.claimed_at, m.made_at), sent_at = m.sent_at, receipt = m.far_id,
    answer = CASE WHEN m.outcome IS NULL THEN NULL ELSE coalesce(m.code, m.outcome) END
  FROM pager_messages m WHERE m.id = message;
-- Where a person was tried by several contacts of one kind, the first one stays.
DELETE FROM page_attempts a USING page_attempts earlier
  WHERE (a.page_id, a.ring, a.round, a.rung, a.person, a.method)
    = (earlier.page_id, earlier.ring, earlier.round, earlier.rung, earlier.person, earlier.method)
    AND (earlier.send_after, earlier.contact) < (a.send_after, a.contact);
ALTER TABLE page_attempts
  ALTER COLUMN claimed_at SET NOT NULL,
  ADD CONSTRAINT page_attempts_sent_is_answered CHECK (sent_at IS NULL OR answer IS NOT NULL),
  DROP COLUMN contact,
  DROP COLUMN send_after,
  DROP COLUMN message,
  ADD PRIMARY KEY (page_id, ring, round, rung, person, method);
DROP TABLE contacts, pager_messages, pager_turns;
