-- Up Migration

-- Who of those rung in this ring said "not me", and whether the workflow is still to be told that its next step was
-- brought forward.
ALTER TABLE pages
  ADD COLUMN declined_by text[] NOT NULL DEFAULT '{}',
  ADD COLUMN hurried boolean NOT NULL DEFAULT false;

-- Down Migration

ALTER TABLE pages DROP COLUMN declined_by, DROP COLUMN hurried;
