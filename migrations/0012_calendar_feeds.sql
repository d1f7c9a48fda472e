-- Up Migration

-- Addresses under which calendar programs, which cannot sign in, read who is on call. The id is signed together with whose
-- feed it is; whoever reads this table alone has no address.
CREATE TABLE calendar_feeds (
  -- Another one after the feed is renewed: the address of before names nothing then.
  id text PRIMARY KEY,
  username text NOT NULL,
  -- Null: the person's own shifts, in every rota.
  rota text,
  made_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX calendar_feeds_of_person ON calendar_feeds (username, rota) NULLS NOT DISTINCT;

-- Down Migration

DROP TABLE calendar_feeds;
