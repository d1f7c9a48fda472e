-- Up Migration

-- When a person does not want to hear of what is no call to act: each day, by the clock of their own zone. A page goes
-- all the same.
CREATE TABLE quiet_hours (
  username text PRIMARY KEY,
  -- Minutes after midnight; where `until_minute` is the smaller one, it is of the next day.
  from_minute integer NOT NULL CHECK (from_minute BETWEEN 0 AND 1439),
  until_minute integer NOT NULL CHECK (until_minute BETWEEN 0 AND 1439),
  time_zone text NOT NULL,
  CONSTRAINT quiet_hours_end CHECK (from_minute <> until_minute)
);

-- Until when a message waits for its person's quiet hours to end. When it was due stays beside it.
ALTER TABLE pager_messages ADD COLUMN held_until timestamptz;

-- Down Migration

ALTER TABLE pager_messages DROP COLUMN held_until;
DROP TABLE quiet_hours;
