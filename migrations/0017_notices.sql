-- Up Migration

-- Whom a notice went to, each time that it went out: a batch goes on here after a worker died, and this is the list of those
-- who have it when it must be called back. Which of the rows may still be sent the state of the incident says.
CREATE TABLE notice_recipients (
  incident_id text NOT NULL REFERENCES incidents,
  notice integer NOT NULL CHECK (notice >= 1),
  instance integer NOT NULL CHECK (instance >= 1),
  -- A username, the id of a participant, or which list: never an address.
  recipient text NOT NULL,
  address text NOT NULL,
  state text NOT NULL CHECK (state IN ('held', 'sending', 'sent', 'refused', 'withheld', 'stopped', 'returned')),
  -- A code of the far side, or a word of ours.
  detail text,
  at timestamptz NOT NULL,
  message_id text,
  PRIMARY KEY (incident_id, notice, instance, recipient)
);

CREATE INDEX notice_recipients_by_message_id ON notice_recipients (message_id) WHERE message_id IS NOT NULL;

-- Organizations that take part in the federation, as they were imported; the policy's directory, which requests are
-- verified with, is another.
CREATE TABLE participants (
  -- The entityID of SAML metadata, or the id that a list gave it.
  id text PRIMARY KEY,
  name text NOT NULL,
  -- Where its entry came from. An import replaces what came the same way, and nothing else.
  source text NOT NULL CHECK (source IN ('saml', 'csv')),
  imported_at timestamptz NOT NULL
);

CREATE TABLE participant_contacts (
  participant_id text NOT NULL REFERENCES participants ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('security', 'technical', 'administrative', 'support', 'other')),
  address text NOT NULL,
  name text,
  -- A notice to it came back: another contact of the participant is told first.
  failed_at timestamptz,
  failed_because text,
  PRIMARY KEY (participant_id, kind, address)
);

CREATE INDEX participant_contacts_by_address ON participant_contacts (address);

-- Down Migration

DROP TABLE participant_contacts, participants, notice_recipients;
