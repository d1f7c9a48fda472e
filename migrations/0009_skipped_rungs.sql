-- Up Migration

-- Rungs that had nobody when they were climbed: `{ring, round, rung, at, why}` each, in that order. A worker of the
-- version before leaves them out.
ALTER TABLE pages ADD COLUMN skipped jsonb NOT NULL DEFAULT '[]';

-- Down Migration

ALTER TABLE pages DROP COLUMN skipped;
