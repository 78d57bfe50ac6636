-- Mails, from being written to what came of them. `body` is sealed, and emptied once the mail is sent or given up for good. `link_id`: the one-time
-- link in it (0: none), which is forgotten before the mail is.
CREATE TABLE mails (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    user_id BIGINT REFERENCES users (id),
    recipient TEXT COLLATE "C" NOT NULL,
    recipient_key TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    message_id TEXT COLLATE "C" NOT NULL,
    body BYTEA NOT NULL,
    state SMALLINT NOT NULL,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    held_by TEXT COLLATE "C" NOT NULL,
    held_until BIGINT NOT NULL,
    answer TEXT COLLATE "C" NOT NULL,
    link_id BIGINT NOT NULL,
    link_expires_at BIGINT NOT NULL,
    link_used_at BIGINT NOT NULL
);
CREATE INDEX mails_by_state_due_at ON mails (state, due_at, id);
CREATE INDEX mails_by_created_at ON mails (created_at, id);
CREATE INDEX mails_by_recipient_key ON mails (recipient_key, id);
CREATE INDEX mails_by_link_id ON mails (link_id);
CREATE INDEX mails_user_id ON mails (user_id, id);

-- Who asked for a recovery link, for a day. Every address is noted, so that asking takes the same for all; a worker looks whose it is
-- (`answered_at`, 0: not yet).
CREATE TABLE recovery_requests (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email_key TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    answered_at BIGINT NOT NULL
);
CREATE INDEX recovery_requests_by_answered_at ON recovery_requests (answered_at, id);
CREATE INDEX recovery_requests_by_address ON recovery_requests (address, created_at);
CREATE INDEX recovery_requests_by_email_key ON recovery_requests (email_key, created_at);
