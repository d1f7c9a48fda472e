-- Up Migration

-- Every message that came by mail, byte for byte, before anybody looked into it. A row is never deleted; what became of
-- the message is written to it once.
CREATE TABLE messages (
  sha256 text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  -- As it was handed to us: no header of ours is put before it.
  bytes bytea NOT NULL,
  -- The mailbox of the policy that it came to, by key.
  mailbox text NOT NULL,
  received_at timestamptz NOT NULL,
  -- What the sending server said; null where the message was fetched from a mailbox and nobody said anything to us.
  mail_from text,
  rcpt_to text[] NOT NULL,
  remote_address text,
  helo text,
  -- How often these very bytes came, and when last.
  arrivals integer NOT NULL DEFAULT 1 CHECK (arrivals >= 1),
  last_arrived_at timestamptz NOT NULL,
  -- Failed attempts to file it: after some it is filed as one that cannot be read.
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  try_after timestamptz NOT NULL,
  -- Null until it is filed, and with it everything below.
  filed_at timestamptz,
  verdict text CHECK (verdict IN ('report', 'reply', 'bounce', 'delayed', 'automatic', 'own', 'duplicate', 'unparsed')),
  incident_id text REFERENCES incidents,
  report_id text REFERENCES reports,
  message_id text,
  -- Of what the sender wrote, whatever way it came.
  content_digest text,
  -- The message that this one is a copy of, or the first one that bears the same Message-ID over other words.
  first_sha256 text REFERENCES messages,
  -- Whether it is from whom it says; as src/mail/authentication.ts has it.
  authentication jsonb,
  -- Of a bounce: [{address, state}].
  recipients jsonb,
  unparsed_reason text,
  -- Whether it may be answered by a machine: {to} or {no}.
  automatic_answer jsonb,
  CONSTRAINT messages_filed_whole CHECK ((filed_at IS NULL) = (verdict IS NULL))
);

-- Compressing what is mostly base64 costs time and saves little.
ALTER TABLE messages ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- What waits to be filed. Nearly empty at all times.
CREATE INDEX messages_unfiled ON messages (try_after) WHERE filed_at IS NULL;
CREATE INDEX messages_by_message_id ON messages (message_id, received_at) WHERE message_id IS NOT NULL;
CREATE INDEX messages_by_report ON messages (report_id) WHERE report_id IS NOT NULL;
CREATE INDEX messages_newest ON messages (received_at DESC, sha256 DESC);

-- Automatic answers of the last days, by the address they went to: a bound on what a loop, or a liar, can make us send.
CREATE TABLE automatic_answers (
  key text PRIMARY KEY,
  address text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX automatic_answers_by_address ON automatic_answers (address, at);

-- A reply is found by the Message-ID of what it replies to.
CREATE INDEX outgoing_by_message_id ON outgoing (message_id);

-- Down Migration

DROP INDEX outgoing_by_message_id;
DROP TABLE automatic_answers, messages;
