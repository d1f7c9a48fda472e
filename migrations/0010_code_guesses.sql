-- Up Migration

-- How often somebody has said a code that was not the right one, so that six digits are not found by trying.
CREATE TABLE code_guesses (
  -- `answer:sms:+17343527045`: from where pages were answered; `contact:ann:sms:+17343527045`: a contact to be verified.
  subject text PRIMARY KEY,
  -- Those that were refused unread included.
  guesses integer NOT NULL,
  -- When the first of these was said.
  since timestamptz NOT NULL
);

-- Down Migration

DROP TABLE code_guesses;
