-- Made by `node --import tsx dev/schema.ts --write`; do not edit.

CREATE EXTENSION pg_trgm;

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION '% on % is refused: it is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$function$;

CREATE TABLE audit_findings (
  number bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL,
  detail text NOT NULL,
  first_at timestamp with time zone NOT NULL,
  last_at timestamp with time zone NOT NULL,
  told_at timestamp with time zone,
  ended_at timestamp with time zone,
  CONSTRAINT audit_findings_pkey PRIMARY KEY (number)
);

CREATE TABLE audit_state (
  is_only boolean NOT NULL DEFAULT true,
  at timestamp with time zone NOT NULL,
  well_at timestamp with time zone,
  CONSTRAINT audit_state_pkey PRIMARY KEY (is_only),
  CONSTRAINT audit_state_is_only_check CHECK (is_only)
);

CREATE TABLE automatic_answers (
  key text NOT NULL,
  address text NOT NULL,
  at timestamp with time zone NOT NULL,
  CONSTRAINT automatic_answers_pkey PRIMARY KEY (key)
);

CREATE TABLE bounced_addresses (
  address text NOT NULL,
  at timestamp with time zone NOT NULL,
  code text NOT NULL,
  message_sha256 text NOT NULL,
  CONSTRAINT bounced_addresses_pkey PRIMARY KEY (address),
  CONSTRAINT bounced_addresses_message_sha256_fkey FOREIGN KEY (message_sha256) REFERENCES messages(sha256),
  CONSTRAINT bounced_addresses_address_check CHECK ((address = lower(address)))
);

CREATE TABLE calendar_feeds (
  id text NOT NULL,
  username text NOT NULL,
  rota text,
  made_at timestamp with time zone NOT NULL,
  CONSTRAINT calendar_feeds_pkey PRIMARY KEY (id)
);

CREATE TABLE channel_messages (
  incident_id text NOT NULL,
  n integer NOT NULL,
  id text NOT NULL,
  said_at timestamp with time zone NOT NULL,
  place bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  author text NOT NULL,
  text text NOT NULL,
  CONSTRAINT channel_messages_pkey PRIMARY KEY (incident_id, n, id),
  CONSTRAINT channel_messages_incident_id_n_fkey FOREIGN KEY (incident_id, n) REFERENCES channels(incident_id, n)
);

CREATE TABLE channels (
  incident_id text NOT NULL,
  n integer NOT NULL,
  provider text NOT NULL,
  room text NOT NULL,
  name text NOT NULL,
  is_private boolean NOT NULL,
  opened_at timestamp with time zone NOT NULL,
  closed_at timestamp with time zone,
  mark text,
  reader text,
  reader_until timestamp with time zone,
  read_next_at timestamp with time zone NOT NULL,
  CONSTRAINT channels_pkey PRIMARY KEY (incident_id, n),
  CONSTRAINT channels_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incidents(id)
);

CREATE TABLE clearances (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  incident_id text,
  at timestamp with time zone NOT NULL,
  purpose text NOT NULL,
  recipient text NOT NULL,
  label text NOT NULL,
  is_allowed boolean NOT NULL,
  reason text NOT NULL,
  CONSTRAINT clearances_pkey PRIMARY KEY (id),
  CONSTRAINT clearances_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incidents(id),
  CONSTRAINT clearances_label_check CHECK ((label = ANY (ARRAY['RED'::text, 'AMBER+STRICT'::text, 'AMBER'::text, 'GREEN'::text, 'CLEAR'::text])))
);

CREATE TABLE code_guesses (
  subject text NOT NULL,
  guesses integer NOT NULL,
  since timestamp with time zone NOT NULL,
  CONSTRAINT code_guesses_pkey PRIMARY KEY (subject)
);

CREATE TABLE contacts (
  id text NOT NULL,
  username text NOT NULL,
  kind text NOT NULL,
  address text NOT NULL,
  place integer NOT NULL,
  added_at timestamp with time zone NOT NULL,
  code_digest text,
  code_until timestamp with time zone,
  code_tries integer NOT NULL DEFAULT 0,
  verified_at timestamp with time zone,
  failed_at timestamp with time zone,
  failed_because text,
  removed_at timestamp with time zone,
  CONSTRAINT contacts_pkey PRIMARY KEY (id),
  CONSTRAINT contacts_code_whole CHECK ((num_nulls(code_digest, code_until) = ANY (ARRAY[0, 2]))),
  CONSTRAINT contacts_failed_whole CHECK ((num_nulls(failed_at, failed_because) = ANY (ARRAY[0, 2]))),
  CONSTRAINT contacts_kind_check CHECK ((kind = ANY (ARRAY['mail'::text, 'sms'::text, 'voice'::text, 'push'::text, 'webhook'::text, 'matrix'::text, 'irc'::text]))),
  CONSTRAINT contacts_place_check CHECK ((place >= 1))
);

CREATE TABLE events (
  incident_id text NOT NULL,
  seq integer NOT NULL,
  at timestamp with time zone NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  by text NOT NULL,
  command_id text,
  body jsonb NOT NULL,
  text_digests jsonb NOT NULL,
  previous_hash bytea NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT events_pkey PRIMARY KEY (incident_id, seq),
  CONSTRAINT events_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incidents(id),
  CONSTRAINT events_hash_check CHECK ((octet_length(hash) = 32)),
  CONSTRAINT events_previous_hash_check CHECK ((octet_length(previous_hash) = 32)),
  CONSTRAINT events_seq_check CHECK ((seq >= 1))
);

CREATE TABLE idempotency (
  person text NOT NULL,
  key text NOT NULL,
  method_and_path text NOT NULL,
  fingerprint bytea NOT NULL,
  status integer,
  body json,
  claimed_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT idempotency_pkey PRIMARY KEY (person, key)
);

CREATE TABLE inbox (
  id text NOT NULL,
  incident_id text NOT NULL,
  by text NOT NULL,
  at timestamp with time zone NOT NULL,
  fact jsonb NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  filed_seq integer,
  CONSTRAINT inbox_pkey PRIMARY KEY (id),
  CONSTRAINT inbox_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incidents(id),
  CONSTRAINT inbox_filed_seq_check CHECK ((filed_seq >= 0))
);

CREATE TABLE incident_numbers (
  year integer NOT NULL,
  last integer NOT NULL,
  CONSTRAINT incident_numbers_pkey PRIMARY KEY (year),
  CONSTRAINT incident_numbers_last_check CHECK ((last >= 1))
);

CREATE TABLE incidents (
  id text NOT NULL,
  version integer NOT NULL,
  policy_hash text NOT NULL,
  stage text NOT NULL,
  kind text NOT NULL,
  criticality text,
  tlp text NOT NULL,
  lead text,
  team text[] NOT NULL DEFAULT '{}'::text[],
  received_at timestamp with time zone NOT NULL,
  ended_at timestamp with time zone,
  reply_due_at timestamp with time zone,
  next_due_at timestamp with time zone,
  is_unfinished boolean NOT NULL,
  state jsonb NOT NULL,
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  bears_duties boolean NOT NULL GENERATED ALWAYS AS (((ended_at IS NULL) OR jsonb_path_exists(state, '$."actions"[*]?(@."state" == "due")'::jsonpath) OR jsonb_path_exists(state, '$."suspensions"[*]?(@."state" == "decided" || @."state" == "lift-decided")'::jsonpath) OR jsonb_path_exists(state, '$."pages"[*]?(@."state" == "ringing" || @."state" == "exhausted")'::jsonpath))) STORED,
  is_test boolean NOT NULL DEFAULT false,
  CONSTRAINT incidents_pkey PRIMARY KEY (id),
  CONSTRAINT incidents_policy_hash_fkey FOREIGN KEY (policy_hash) REFERENCES policies(hash),
  CONSTRAINT incidents_criticality_check CHECK ((criticality = ANY (ARRAY['normal'::text, 'escalation'::text, 'emergency'::text]))),
  CONSTRAINT incidents_id_check CHECK ((id ~ '^INC-[0-9]{4}-[0-9]{4,}$'::text)),
  CONSTRAINT incidents_kind_check CHECK ((kind = ANY (ARRAY['incident'::text, 'vulnerability'::text, 'suspension-request'::text, 'law-enforcement'::text, 'inquiry'::text]))),
  CONSTRAINT incidents_stage_check CHECK ((stage = ANY (ARRAY['received'::text, 'triage'::text, 'response'::text, 'review'::text, 'closed'::text, 'handed-off'::text, 'merged'::text, 'dismissed'::text]))),
  CONSTRAINT incidents_tlp_check CHECK ((tlp = ANY (ARRAY['RED'::text, 'AMBER+STRICT'::text, 'AMBER'::text, 'GREEN'::text, 'CLEAR'::text]))),
  CONSTRAINT incidents_version_check CHECK ((version >= 0))
);

CREATE TABLE mailbox_marks (
  mailbox text NOT NULL,
  uid_validity bigint NOT NULL,
  uid bigint NOT NULL,
  sha256 text NOT NULL,
  CONSTRAINT mailbox_marks_pkey PRIMARY KEY (mailbox, uid_validity, uid),
  CONSTRAINT mailbox_marks_sha256_fkey FOREIGN KEY (sha256) REFERENCES messages(sha256)
);

CREATE TABLE mailbox_watches (
  mailbox text NOT NULL,
  wanted_since timestamp with time zone NOT NULL,
  wanted_at timestamp with time zone NOT NULL,
  reached_at timestamp with time zone,
  failure text,
  CONSTRAINT mailbox_watches_pkey PRIMARY KEY (mailbox)
);

CREATE TABLE messages (
  sha256 text NOT NULL,
  bytes bytea NOT NULL,
  mailbox text NOT NULL,
  received_at timestamp with time zone NOT NULL,
  mail_from text,
  rcpt_to text[] NOT NULL,
  remote_address text,
  helo text,
  arrivals integer NOT NULL DEFAULT 1,
  last_arrived_at timestamp with time zone NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  try_after timestamp with time zone NOT NULL,
  filed_at timestamp with time zone,
  verdict text,
  incident_id text,
  report_id text,
  message_id text,
  content_digest text,
  first_sha256 text,
  authentication jsonb,
  recipients jsonb,
  unparsed_reason text,
  automatic_answer jsonb,
  whole_size bigint,
  protection jsonb,
  CONSTRAINT messages_pkey PRIMARY KEY (sha256),
  CONSTRAINT messages_first_sha256_fkey FOREIGN KEY (first_sha256) REFERENCES messages(sha256),
  CONSTRAINT messages_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incidents(id),
  CONSTRAINT messages_report_id_fkey FOREIGN KEY (report_id) REFERENCES reports(id),
  CONSTRAINT messages_arrivals_check CHECK ((arrivals >= 1)),
  CONSTRAINT messages_attempts_check CHECK ((attempts >= 0)),
  CONSTRAINT messages_filed_whole CHECK (((filed_at IS NULL) = (verdict IS NULL))),
  CONSTRAINT messages_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
  CONSTRAINT messages_verdict_check CHECK ((verdict = ANY (ARRAY['report'::text, 'reply'::text, 'bounce'::text, 'delayed'::text, 'automatic'::text, 'own'::text, 'duplicate'::text, 'unparsed'::text])))
);

CREATE TABLE notice_recipients (
  incident_id text NOT NULL,
  notice integer NOT NULL,
  instance integer NOT NULL,
  recipient text NOT NULL,
  address text NOT NULL,
  state text NOT NULL,
  detail text,
  at timestamp with time zone NOT NULL,
  message_id text,
  CONSTRAINT notice_recipients_pkey PRIMARY KEY (incident_id, notice, instance, recipient),
  CONSTRAINT notice_recipients_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incidents(id),
  CONSTRAINT notice_recipients_instance_check CHECK ((instance >= 1)),
  CONSTRAINT notice_recipients_notice_check CHECK ((notice >= 1)),
  CONSTRAINT notice_recipients_state_check CHECK ((state = ANY (ARRAY['held'::text, 'sending'::text, 'sent'::text, 'refused'::text, 'withheld'::text, 'stopped'::text, 'returned'::text])))
);

CREATE TABLE operators_alarms (
  id text NOT NULL DEFAULT ('ALARM-'::text || nextval('operators_alarms_number'::regclass)),
  began_at timestamp with time zone NOT NULL,
  state text NOT NULL,
  ring integer NOT NULL DEFAULT 1,
  ladder jsonb NOT NULL,
  round integer,
  rung integer,
  next_round integer,
  next_rung integer,
  next_step_at timestamp with time zone,
  called text[] NOT NULL DEFAULT '{}'::text[],
  acknowledged_by text,
  settled_at timestamp with time zone,
  known_kinds text[] NOT NULL DEFAULT '{}'::text[],
  ended_at timestamp with time zone,
  CONSTRAINT operators_alarms_pkey PRIMARY KEY (id),
  CONSTRAINT operators_alarms_ends CHECK (((state = 'mended'::text) = (ended_at IS NOT NULL))),
  CONSTRAINT operators_alarms_is_somebodys CHECK (((state <> 'acknowledged'::text) OR (acknowledged_by IS NOT NULL))),
  CONSTRAINT operators_alarms_rings_on CHECK (((state = 'ringing'::text) = (next_step_at IS NOT NULL))),
  CONSTRAINT operators_alarms_state_check CHECK ((state = ANY (ARRAY['ringing'::text, 'acknowledged'::text, 'exhausted'::text, 'mended'::text])))
);

CREATE TABLE outgoing (
  key text NOT NULL,
  incident_id text NOT NULL,
  purpose text NOT NULL,
  recipient text NOT NULL,
  label text NOT NULL,
  state text NOT NULL,
  message_id text NOT NULL,
  attempts integer NOT NULL,
  answer text,
  first_at timestamp with time zone NOT NULL,
  ended_at timestamp with time zone,
  CONSTRAINT outgoing_pkey PRIMARY KEY (key),
  CONSTRAINT outgoing_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incidents(id),
  CONSTRAINT outgoing_attempts_check CHECK ((attempts >= 1)),
  CONSTRAINT outgoing_end_when_ended CHECK (((state = 'sending'::text) = (ended_at IS NULL))),
  CONSTRAINT outgoing_label_check CHECK ((label = ANY (ARRAY['RED'::text, 'AMBER+STRICT'::text, 'AMBER'::text, 'GREEN'::text, 'CLEAR'::text]))),
  CONSTRAINT outgoing_state_check CHECK ((state = ANY (ARRAY['sending'::text, 'accepted'::text, 'refused'::text, 'withheld'::text])))
);

CREATE TABLE page_attempts (
  page_id text NOT NULL,
  ring integer NOT NULL,
  round integer NOT NULL,
  rung integer NOT NULL,
  person text NOT NULL,
  method text NOT NULL,
  why text NOT NULL,
  due_at timestamp with time zone NOT NULL,
  contact text NOT NULL,
  send_after timestamp with time zone NOT NULL,
  message text,
  CONSTRAINT page_attempts_pkey PRIMARY KEY (page_id, ring, round, rung, person, contact),
  CONSTRAINT page_attempts_message_fkey FOREIGN KEY (message) REFERENCES pager_messages(id),
  CONSTRAINT page_attempts_page_id_fkey FOREIGN KEY (page_id) REFERENCES pages(id)
);

CREATE TABLE pager_messages (
  id text NOT NULL,
  person text NOT NULL,
  contact text NOT NULL,
  method text NOT NULL,
  purpose text NOT NULL,
  content jsonb,
  made_at timestamp with time zone NOT NULL,
  due_at timestamp with time zone NOT NULL,
  claimed_at timestamp with time zone,
  tries integer NOT NULL DEFAULT 0,
  sent_at timestamp with time zone,
  outcome text,
  code text,
  far_id text,
  receipt_at timestamp with time zone,
  held_until timestamp with time zone,
  CONSTRAINT pager_messages_pkey PRIMARY KEY (id),
  CONSTRAINT pager_messages_outcome_check CHECK ((outcome = ANY (ARRAY['accepted'::text, 'delivered'::text, 'refused'::text, 'unavailable'::text, 'withheld'::text, 'dropped'::text]))),
  CONSTRAINT pager_messages_purpose_check CHECK ((purpose = ANY (ARRAY['page'::text, 'taken'::text, 'code'::text, 'shift'::text, 'readiness'::text, 'operators'::text]))),
  CONSTRAINT pager_messages_sent_is_known CHECK (((sent_at IS NULL) OR (outcome IS NOT NULL)))
);

CREATE TABLE pager_turns (
  person text NOT NULL,
  contact text NOT NULL,
  free_at timestamp with time zone NOT NULL,
  out_of_turn integer NOT NULL DEFAULT 0,
  CONSTRAINT pager_turns_pkey PRIMARY KEY (person, contact)
);

CREATE TABLE pages (
  id text NOT NULL,
  incident_id text NOT NULL,
  reason text NOT NULL,
  target jsonb NOT NULL,
  ladder jsonb NOT NULL,
  state text NOT NULL,
  ring integer NOT NULL,
  round integer,
  rung integer,
  due_at timestamp with time zone,
  climbed_at timestamp with time zone,
  next_round integer,
  next_rung integer,
  next_step_at timestamp with time zone,
  starts_at timestamp with time zone NOT NULL,
  acknowledged_by text,
  acknowledged_at timestamp with time zone,
  acknowledged_fact text,
  ended_at timestamp with time zone,
  cancelled_because text,
  note_text_id text,
  is_running boolean NOT NULL,
  declined_by text[] NOT NULL DEFAULT '{}'::text[],
  hurried boolean NOT NULL DEFAULT false,
  skipped jsonb NOT NULL DEFAULT '[]'::jsonb,
  CONSTRAINT pages_pkey PRIMARY KEY (id),
  CONSTRAINT pages_acknowledged_fact_fkey FOREIGN KEY (acknowledged_fact) REFERENCES inbox(id),
  CONSTRAINT pages_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incidents(id),
  CONSTRAINT pages_acknowledged_whole CHECK (((state <> 'acknowledged'::text) OR (num_nulls(acknowledged_by, acknowledged_at, acknowledged_fact) = 0))),
  CONSTRAINT pages_climb_while_ringing CHECK (((state = 'ringing'::text) OR (next_round IS NULL))),
  CONSTRAINT pages_climbed_whole CHECK ((num_nulls(round, rung, due_at, climbed_at) = ANY (ARRAY[0, 4]))),
  CONSTRAINT pages_end_when_ended CHECK (((state = 'ringing'::text) = (ended_at IS NULL))),
  CONSTRAINT pages_next_whole CHECK ((num_nulls(next_round, next_rung, next_step_at) = ANY (ARRAY[0, 3]))),
  CONSTRAINT pages_reason_check CHECK ((reason = ANY (ARRAY['no-lead'::text, 'reply-due'::text, 'reply-breached'::text, 'action-overdue'::text, 'call-in'::text, 'law-enforcement'::text, 'phone'::text, 'verification'::text]))),
  CONSTRAINT pages_ring_check CHECK ((ring >= 1)),
  CONSTRAINT pages_state_check CHECK ((state = ANY (ARRAY['ringing'::text, 'acknowledged'::text, 'exhausted'::text, 'cancelled'::text])))
);

CREATE TABLE participant_contacts (
  participant_id text NOT NULL,
  kind text NOT NULL,
  address text NOT NULL,
  name text,
  failed_at timestamp with time zone,
  failed_because text,
  CONSTRAINT participant_contacts_pkey PRIMARY KEY (participant_id, kind, address),
  CONSTRAINT participant_contacts_participant_id_fkey FOREIGN KEY (participant_id) REFERENCES participants(id) ON DELETE CASCADE,
  CONSTRAINT participant_contacts_kind_check CHECK ((kind = ANY (ARRAY['security'::text, 'technical'::text, 'administrative'::text, 'support'::text, 'other'::text])))
);

CREATE TABLE participants (
  id text NOT NULL,
  name text NOT NULL,
  source text NOT NULL,
  imported_at timestamp with time zone NOT NULL,
  CONSTRAINT participants_pkey PRIMARY KEY (id),
  CONSTRAINT participants_source_check CHECK ((source = ANY (ARRAY['saml'::text, 'csv'::text])))
);

CREATE TABLE pgp_certificates (
  id text NOT NULL,
  address text NOT NULL,
  fingerprint text NOT NULL,
  armored text NOT NULL,
  added_by text NOT NULL,
  added_at timestamp with time zone NOT NULL,
  removed_by text,
  removed_at timestamp with time zone,
  CONSTRAINT pgp_certificates_pkey PRIMARY KEY (id),
  CONSTRAINT pgp_certificates_address_check CHECK ((address = lower(address))),
  CONSTRAINT pgp_certificates_fingerprint_check CHECK ((fingerprint ~ '^[0-9A-F]{40,64}$'::text)),
  CONSTRAINT pgp_certificates_removed_by_somebody CHECK (((removed_by IS NULL) = (removed_at IS NULL)))
);

CREATE TABLE policies (
  hash text NOT NULL,
  name text NOT NULL,
  body json NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT policies_pkey PRIMARY KEY (hash)
);

CREATE TABLE quiet_hours (
  username text NOT NULL,
  from_minute integer NOT NULL,
  until_minute integer NOT NULL,
  time_zone text NOT NULL,
  CONSTRAINT quiet_hours_pkey PRIMARY KEY (username),
  CONSTRAINT quiet_hours_end CHECK ((from_minute <> until_minute)),
  CONSTRAINT quiet_hours_from_minute_check CHECK (((from_minute >= 0) AND (from_minute <= 1439))),
  CONSTRAINT quiet_hours_until_minute_check CHECK (((until_minute >= 0) AND (until_minute <= 1439)))
);

CREATE TABLE record_keys (
  kid text NOT NULL,
  x text NOT NULL,
  since timestamp with time zone NOT NULL,
  CONSTRAINT record_keys_pkey PRIMARY KEY (kid)
);

CREATE TABLE reports (
  id text NOT NULL,
  incident_id text NOT NULL,
  channel text NOT NULL,
  kind text NOT NULL,
  body jsonb NOT NULL,
  received_at timestamp with time zone NOT NULL,
  reply_due_at timestamp with time zone NOT NULL,
  entered_by text,
  token text NOT NULL,
  CONSTRAINT reports_pkey PRIMARY KEY (id),
  CONSTRAINT reports_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incidents(id),
  CONSTRAINT reports_channel_check CHECK ((channel = ANY (ARRAY['form'::text, 'phone'::text, 'mail'::text]))),
  CONSTRAINT reports_kind_check CHECK ((kind = ANY (ARRAY['incident'::text, 'vulnerability'::text, 'suspension-request'::text, 'law-enforcement'::text, 'inquiry'::text]))),
  CONSTRAINT reports_token_check CHECK ((length(token) >= 32))
);

CREATE TABLE rota_notes (
  id text NOT NULL,
  rota text NOT NULL,
  at timestamp with time zone NOT NULL,
  by text NOT NULL,
  text text NOT NULL,
  CONSTRAINT rota_notes_pkey PRIMARY KEY (id)
);

CREATE TABLE rota_overrides (
  id text NOT NULL,
  number bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  rota text NOT NULL,
  from_at timestamp with time zone NOT NULL,
  until_at timestamp with time zone NOT NULL,
  username text NOT NULL,
  instead text,
  swap text,
  made_at timestamp with time zone NOT NULL,
  made_by text NOT NULL,
  reason text NOT NULL,
  withdrawn_at timestamp with time zone,
  withdrawn_by text,
  withdrawn_reason text,
  CONSTRAINT rota_overrides_pkey PRIMARY KEY (id),
  CONSTRAINT rota_overrides_check CHECK ((until_at > from_at)),
  CONSTRAINT rota_overrides_withdrawn_whole CHECK ((num_nulls(withdrawn_at, withdrawn_by, withdrawn_reason) = ANY (ARRAY[0, 3])))
);

CREATE TABLE rotas (
  key text NOT NULL,
  version integer NOT NULL,
  plan jsonb NOT NULL,
  changed_at timestamp with time zone NOT NULL,
  changed_by text NOT NULL,
  reason text NOT NULL,
  CONSTRAINT rotas_pkey PRIMARY KEY (key, version),
  CONSTRAINT rotas_version_check CHECK ((version >= 1))
);

CREATE TABLE texts (
  id text NOT NULL,
  incident_id text NOT NULL,
  body jsonb NOT NULL,
  salt bytea NOT NULL,
  digest bytea NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  kept boolean NOT NULL,
  CONSTRAINT texts_pkey PRIMARY KEY (id),
  CONSTRAINT texts_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incidents(id),
  CONSTRAINT texts_digest_check CHECK ((octet_length(digest) = 32)),
  CONSTRAINT texts_salt_check CHECK ((octet_length(salt) = 16))
);

CREATE TABLE uploads (
  incident_id text NOT NULL,
  n integer NOT NULL,
  token_digest text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  received_at timestamp with time zone,
  sealed bytea,
  CONSTRAINT uploads_pkey PRIMARY KEY (incident_id, n),
  CONSTRAINT uploads_token_digest_key UNIQUE (token_digest),
  CONSTRAINT uploads_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incidents(id),
  CONSTRAINT uploads_check CHECK (((received_at IS NULL) = (sealed IS NULL)))
);

CREATE UNIQUE INDEX audit_findings_open ON public.audit_findings USING btree (kind, subject) WHERE (ended_at IS NULL);

CREATE INDEX automatic_answers_by_address ON public.automatic_answers USING btree (address, at);

CREATE UNIQUE INDEX calendar_feeds_of_person ON public.calendar_feeds USING btree (username, rota) NULLS NOT DISTINCT;

CREATE INDEX channels_to_read ON public.channels USING btree (read_next_at) WHERE (closed_at IS NULL);

CREATE INDEX contacts_by_address ON public.contacts USING btree (kind, address) WHERE (removed_at IS NULL);

CREATE UNIQUE INDEX contacts_once ON public.contacts USING btree (username, kind, address) WHERE (removed_at IS NULL);

CREATE INDEX events_by_recording ON public.events USING btree (recorded_at, incident_id);

CREATE INDEX idempotency_answered ON public.idempotency USING btree (claimed_at) WHERE (status IS NOT NULL);

CREATE INDEX inbox_unfiled ON public.inbox USING btree (incident_id, created_at, id) WHERE (filed_seq IS NULL);

CREATE INDEX incidents_bearing_duties ON public.incidents USING btree (id) WHERE bears_duties;

CREATE INDEX incidents_by_criticality ON public.incidents USING btree (criticality, received_at DESC, id DESC) WHERE (criticality IS NOT NULL);

CREATE INDEX incidents_by_due ON public.incidents USING btree (next_due_at) WHERE (ended_at IS NULL);

CREATE INDEX incidents_by_id_part ON public.incidents USING gin (id gin_trgm_ops);

CREATE INDEX incidents_by_lead ON public.incidents USING btree (lead, received_at DESC, id DESC) WHERE (lead IS NOT NULL);

CREATE INDEX incidents_by_stage ON public.incidents USING btree (stage, received_at DESC, id DESC);

CREATE INDEX incidents_by_team ON public.incidents USING gin (team);

CREATE INDEX incidents_by_tlp ON public.incidents USING btree (tlp, received_at DESC, id DESC);

CREATE INDEX incidents_newest ON public.incidents USING btree (received_at DESC, id DESC);

CREATE INDEX incidents_unfinished ON public.incidents USING btree (id) WHERE is_unfinished;

CREATE INDEX mailbox_marks_of_message ON public.mailbox_marks USING btree (mailbox, sha256);

CREATE INDEX messages_by_message_id ON public.messages USING btree (message_id, received_at) WHERE (message_id IS NOT NULL);

CREATE INDEX messages_by_report ON public.messages USING btree (report_id) WHERE (report_id IS NOT NULL);

CREATE INDEX messages_newest ON public.messages USING btree (received_at DESC, sha256 DESC);

CREATE INDEX messages_unfiled ON public.messages USING btree (try_after) WHERE (filed_at IS NULL);

CREATE INDEX notice_recipients_by_message_id ON public.notice_recipients USING btree (message_id) WHERE (message_id IS NOT NULL);

CREATE UNIQUE INDEX operators_alarms_open ON public.operators_alarms USING btree (((ended_at IS NULL))) WHERE (ended_at IS NULL);

CREATE INDEX outgoing_by_message_id ON public.outgoing USING btree (message_id);

CREATE INDEX page_attempts_by_person ON public.page_attempts USING btree (person, page_id);

CREATE INDEX page_attempts_of_message ON public.page_attempts USING btree (message);

CREATE INDEX page_attempts_waiting ON public.page_attempts USING btree (send_after) WHERE (message IS NULL);

CREATE INDEX pager_messages_by_far_id ON public.pager_messages USING btree (method, far_id) WHERE (far_id IS NOT NULL);

CREATE INDEX pager_messages_of_person ON public.pager_messages USING btree (person, made_at);

CREATE UNIQUE INDEX pager_messages_one_taken ON public.pager_messages USING btree (person, contact) WHERE ((purpose = 'taken'::text) AND (claimed_at IS NULL) AND (outcome IS NULL));

CREATE INDEX pager_messages_to_send ON public.pager_messages USING btree (due_at) WHERE (outcome IS NULL);

CREATE INDEX pages_by_incident ON public.pages USING btree (incident_id, starts_at DESC, id DESC);

CREATE INDEX pages_by_state ON public.pages USING btree (state, starts_at DESC, id DESC);

CREATE INDEX pages_newest ON public.pages USING btree (starts_at DESC, id DESC);

CREATE INDEX pages_to_tell ON public.pages USING btree (id) WHERE (is_running AND (state <> 'ringing'::text));

CREATE INDEX participant_contacts_by_address ON public.participant_contacts USING btree (address);

CREATE UNIQUE INDEX pgp_certificates_of_address ON public.pgp_certificates USING btree (address, fingerprint) WHERE (removed_at IS NULL);

CREATE INDEX reports_by_summary ON public.reports USING gin (((body ->> 'summary'::text)) gin_trgm_ops);

CREATE INDEX rota_notes_of_rota ON public.rota_notes USING btree (rota, at);

CREATE INDEX rota_overrides_standing ON public.rota_overrides USING btree (rota, until_at) WHERE (withdrawn_at IS NULL);

CREATE INDEX texts_not_kept ON public.texts USING btree (created_at) WHERE (NOT kept);

CREATE TRIGGER events_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
