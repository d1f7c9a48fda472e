-- Up Migration

-- Which messages of a mailbox that we look into over IMAP we have. Nothing is marked in the mailbox itself. A UID names a
-- message under one UIDVALIDITY only (Source: RFC 3501, 2.3.1.1): under another one everything is looked at anew.
CREATE TABLE mailbox_marks (
  -- The key of the policy.
  mailbox text NOT NULL,
  uid_validity bigint NOT NULL,
  uid bigint NOT NULL,
  sha256 text NOT NULL REFERENCES messages,
  PRIMARY KEY (mailbox, uid_validity, uid)
);

-- Bytes that were seen in a mailbox before are the same message, whatever its UID is now.
CREATE INDEX mailbox_marks_of_message ON mailbox_marks (mailbox, sha256);

-- How it goes with each mailbox that a worker is set up to look into.
CREATE TABLE mailbox_watches (
  mailbox text PRIMARY KEY,
  -- A worker that has the mailbox in its environment says so again and again: one that nobody says any more is forgotten.
  wanted_since timestamptz NOT NULL,
  wanted_at timestamptz NOT NULL,
  -- When it was looked into last, to its end; null before the first time.
  reached_at timestamptz,
  -- Why not, in words of ours; null while all is well.
  failure text
);

-- Of a message that is larger than what is taken, the head is kept; this is how many bytes it had.
ALTER TABLE messages ADD COLUMN whole_size bigint;

-- How it came in PGP, and what its signature is worth; null where it had none, or nobody could look.
ALTER TABLE messages ADD COLUMN protection jsonb;

-- Down Migration

ALTER TABLE messages DROP COLUMN protection;
ALTER TABLE messages DROP COLUMN whole_size;
DROP TABLE mailbox_watches, mailbox_marks;
