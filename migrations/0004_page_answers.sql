-- Up Migration
ALTER TABLE pages
  ADD COLUMN declined_by text[] NOT NULL DEFAULT '{}',
  ADD COLUMN hurried boolean NOT NULL DEFAULT false;
-- Down Migration
ALTER TABLE pages DROP COLUMN declined_by, DROP COLUMN hurried;
