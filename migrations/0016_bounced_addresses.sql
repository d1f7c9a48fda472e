-- Up Migration

-- Addresses to which a mail of ours did not arrive, by what came back for the Message-ID of a mail that we had sent there.
-- The latest of each; a verified mail from the address takes its row away. Additive: the version before does not look here.
CREATE TABLE bounced_addresses (
  -- In lower case.
  address text PRIMARY KEY CHECK (address = lower(address)),
  at timestamptz NOT NULL,
  -- The far server's code, `5.1.1`, or a word of ours.
  code text NOT NULL,
  -- The message that said so.
  message_sha256 text NOT NULL REFERENCES messages
);

-- Down Migration

DROP TABLE bounced_addresses;
