-- What the installation decided, one row a key.
CREATE TABLE settings (
    "key" TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    value TEXT COLLATE "C" NOT NULL
);

-- Who may do a thing alone right now (job worker, sealer); free when `until` has passed.
CREATE TABLE leases (
    name TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    holder TEXT COLLATE "C" NOT NULL,
    "until" BIGINT NOT NULL
);

-- The organisations that one installation serves.
CREATE TABLE customers (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (name_key)
);

-- People: device holders and administrators alike.
CREATE TABLE users (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    customer_key TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    email_key TEXT COLLATE "C" NOT NULL,
    phone TEXT COLLATE "C" NOT NULL,
    phone_digits TEXT COLLATE "C" NOT NULL,
    status SMALLINT NOT NULL,
    source SMALLINT NOT NULL,
    domain TEXT COLLATE "C" NOT NULL,
    tfa SMALLINT NOT NULL,
    ownership SMALLINT NOT NULL,
    device_count BIGINT NOT NULL,
    last_login_at BIGINT NOT NULL,
    password_changed_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL,
    search TEXT COLLATE "C" NOT NULL,
    UNIQUE (email_key)
);

-- Changes to the number of users of a customer; the sum is the number. A job folds old rows into one.
CREATE TABLE user_counts (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    present BIGINT NOT NULL,
    deleted BIGINT NOT NULL
);
CREATE INDEX user_counts_customer_id ON user_counts (customer_id);

-- What a person signs in with; no row: cannot sign in with a password.
CREATE TABLE credentials (
    user_id BIGINT PRIMARY KEY NOT NULL REFERENCES users (id),
    password_hash BYTEA NOT NULL,
    password_must_change BOOLEAN NOT NULL,
    password_expires_at BIGINT NOT NULL,
    totp_secret BYTEA NOT NULL,
    totp_last_step BIGINT NOT NULL,
    totp_due_at BIGINT NOT NULL
);

-- Ten a person, each good once in place of a code.
CREATE TABLE recovery_codes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    code_hash BYTEA NOT NULL,
    spent_at BIGINT NOT NULL,
    UNIQUE (user_id, code_hash)
);

-- Named sets of permissions. Those with a `builtin` word get theirs from access/policy.rs, the others from role_permissions.
CREATE TABLE roles (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    builtin TEXT COLLATE "C" NOT NULL,
    may_sign_in BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (name_key)
);

-- The permissions of a custom role.
CREATE TABLE role_permissions (
    role_id BIGINT NOT NULL REFERENCES roles (id),
    permission TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (role_id, permission)
);

-- Who holds which role; `all_customers` or those listed in role_assignment_customers.
CREATE TABLE role_assignments (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    role_id BIGINT NOT NULL REFERENCES roles (id),
    all_customers BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (user_id, role_id)
);
CREATE INDEX role_assignments_role_id ON role_assignments (role_id);

-- The customers that an assignment is limited to.
CREATE TABLE role_assignment_customers (
    assignment_id BIGINT NOT NULL REFERENCES role_assignments (id),
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    PRIMARY KEY (assignment_id, customer_id)
);
CREATE INDEX role_assignment_customers_customer_id ON role_assignment_customers (customer_id);

-- Who is signed in where, under the hash of the cookie.
CREATE TABLE sessions (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash BYTEA NOT NULL,
    binding BYTEA NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    level SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    stepped_up_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    browser TEXT COLLATE "C" NOT NULL,
    UNIQUE (token_hash)
);
CREATE INDEX sessions_user_id ON sessions (user_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

-- Browsers a person has fully signed in from; their guesses are counted apart.
CREATE TABLE known_browsers (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash BYTEA NOT NULL,
    binding BYTEA NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    UNIQUE (token_hash)
);
CREATE INDEX known_browsers_user_id ON known_browsers (user_id);

-- Failed secrets per lane (account, address, known browser); see access/throttle.rs.
CREATE TABLE guess_counters (
    lane TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    failures BIGINT NOT NULL,
    last_failure_at BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
);
CREATE INDEX guess_counters_last_failure_at ON guess_counters (last_failure_at);

-- Set-up, activation and recovery links, under the hash of their secret.
CREATE TABLE one_time_links (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind SMALLINT NOT NULL,
    user_id BIGINT REFERENCES users (id),
    token_hash BYTEA NOT NULL,
    binding BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT NOT NULL,
    voided_at BIGINT NOT NULL,
    UNIQUE (token_hash)
);
CREATE INDEX one_time_links_user_id ON one_time_links (user_id);
CREATE INDEX one_time_links_expires_at ON one_time_links (expires_at);

-- A form sent after its session ended, encrypted, until the same person has signed in again.
CREATE TABLE kept_forms (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash BYTEA NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    page TEXT COLLATE "C" NOT NULL,
    body BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    UNIQUE (token_hash)
);
CREATE INDEX kept_forms_expires_at ON kept_forms (expires_at);
CREATE INDEX kept_forms_user_id ON kept_forms (user_id);

-- Devices that an import named for a user, before they enrol. `identity` is the serial, else name and platform.
CREATE TABLE expected_devices (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    identity TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    serial TEXT COLLATE "C" NOT NULL,
    platform SMALLINT NOT NULL,
    ownership SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (user_id, identity)
);

-- What was (or is planned to be) done in one go.
CREATE TABLE operations (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    state SMALLINT NOT NULL,
    actor_id BIGINT REFERENCES users (id),
    actor_name TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    planned BIGINT NOT NULL,
    done BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    details TEXT COLLATE "C" NOT NULL
);
CREATE INDEX operations_actor_id ON operations (actor_id);
CREATE INDEX operations_expires_at ON operations (expires_at);

-- One object of an operation: the fields before and after (JSON), or why it is skipped.
CREATE TABLE operation_rows (
    operation_id BIGINT NOT NULL REFERENCES operations (id),
    object_id BIGINT NOT NULL,
    label TEXT COLLATE "C" NOT NULL,
    verdict SMALLINT NOT NULL,
    "before" TEXT COLLATE "C" NOT NULL,
    "after" TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (operation_id, object_id)
);
CREATE INDEX operation_rows_object_id ON operation_rows (object_id);

-- Evidence: who did what, when, from where. Never changed or deleted; personal values lie in audit_values.
CREATE TABLE audit (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    object_kind TEXT COLLATE "C" NOT NULL,
    object_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    operation_id BIGINT NOT NULL,
    outcome SMALLINT NOT NULL,
    values_hash BYTEA NOT NULL
);
CREATE INDEX audit_object_kind_object_id ON audit (object_kind, object_id);
CREATE INDEX audit_actor_id ON audit (actor_id);
CREATE INDEX audit_at ON audit (at);

-- The personal part of an audit row: salted, so that emptying it leaves the hash beside it provable and mute.
CREATE TABLE audit_values (
    audit_id BIGINT PRIMARY KEY NOT NULL REFERENCES audit (id),
    salt BYTEA NOT NULL,
    data TEXT COLLATE "C" NOT NULL
);

-- Work in the background. A worker holds a job while `locked_until` is ahead.
CREATE TABLE jobs (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    subject_id BIGINT NOT NULL,
    state SMALLINT NOT NULL,
    attempts BIGINT NOT NULL,
    run_at BIGINT NOT NULL,
    locked_by TEXT COLLATE "C" NOT NULL,
    locked_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    actor_id BIGINT REFERENCES users (id),
    address TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    cancel BOOLEAN NOT NULL,
    problem TEXT COLLATE "C" NOT NULL
);
CREATE INDEX jobs_state_run_at ON jobs (state, run_at);
CREATE INDEX jobs_actor_id ON jobs (actor_id);

-- One uploaded file and what is to become of it. Its rows are staged apart.
CREATE TABLE imports (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operation_id BIGINT REFERENCES operations (id),
    job_id BIGINT NOT NULL,
    owner_id BIGINT REFERENCES users (id),
    state SMALLINT NOT NULL,
    file_name TEXT COLLATE "C" NOT NULL,
    bytes BIGINT NOT NULL,
    dialect TEXT COLLATE "C" NOT NULL,
    mapping TEXT COLLATE "C" NOT NULL,
    options TEXT COLLATE "C" NOT NULL,
    counts TEXT COLLATE "C" NOT NULL,
    problem TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX imports_owner_id ON imports (owner_id);
CREATE INDEX imports_expires_at ON imports (expires_at);

-- How columns were mapped last time, by the fingerprint of the header.
CREATE TABLE import_mappings (
    fingerprint TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    mapping TEXT COLLATE "C" NOT NULL,
    changed_at BIGINT NOT NULL
);
-- The User List: every sortable column alone and behind customer_id, for present and for deleted people.
CREATE INDEX users_by_name_key ON users (name_key, id) WHERE deleted_at = 0;
CREATE INDEX users_by_customer_name_key ON users (customer_id, name_key, id) WHERE deleted_at = 0;
CREATE INDEX users_by_email_key ON users (email_key, id) WHERE deleted_at = 0;
CREATE INDEX users_by_customer_email_key ON users (customer_id, email_key, id) WHERE deleted_at = 0;
CREATE INDEX users_by_phone_digits ON users (phone_digits, id) WHERE deleted_at = 0;
CREATE INDEX users_by_customer_phone_digits ON users (customer_id, phone_digits, id) WHERE deleted_at = 0;
CREATE INDEX users_by_tfa ON users (tfa, id) WHERE deleted_at = 0;
CREATE INDEX users_by_customer_tfa ON users (customer_id, tfa, id) WHERE deleted_at = 0;
CREATE INDEX users_by_last_login_at ON users (last_login_at, id) WHERE deleted_at = 0;
CREATE INDEX users_by_customer_last_login_at ON users (customer_id, last_login_at, id) WHERE deleted_at = 0;
CREATE INDEX users_by_device_count ON users (device_count, id) WHERE deleted_at = 0;
CREATE INDEX users_by_customer_device_count ON users (customer_id, device_count, id) WHERE deleted_at = 0;
CREATE INDEX users_by_customer_key ON users (customer_key, id) WHERE deleted_at = 0;
CREATE INDEX users_by_customer_customer_key ON users (customer_id, customer_key, id) WHERE deleted_at = 0;
CREATE INDEX users_by_status ON users (status, id) WHERE deleted_at = 0;
CREATE INDEX users_by_customer_status ON users (customer_id, status, id) WHERE deleted_at = 0;
CREATE INDEX users_by_source ON users (source, id) WHERE deleted_at = 0;
CREATE INDEX users_by_customer_source ON users (customer_id, source, id) WHERE deleted_at = 0;
CREATE INDEX users_by_created_at ON users (created_at, id) WHERE deleted_at = 0;
CREATE INDEX users_by_customer_created_at ON users (customer_id, created_at, id) WHERE deleted_at = 0;
CREATE INDEX users_deleted ON users (deleted_at, id) WHERE deleted_at <> 0;
CREATE INDEX users_deleted_by_customer ON users (customer_id, deleted_at, id) WHERE deleted_at <> 0;

-- Substring search.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX users_search ON users USING gin (search gin_trgm_ops);

CREATE FUNCTION audit_is_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit is never changed'; END $$;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_never_changed();
CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_never_changed();
CREATE FUNCTION audit_values_are_only_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.data = '' AND NEW.salt = ''::bytea AND NEW.audit_id = OLD.audit_id THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'audit values may only be emptied';
END $$;
CREATE TRIGGER audit_values_are_only_emptied BEFORE UPDATE OR DELETE ON audit_values FOR EACH ROW EXECUTE FUNCTION audit_values_are_only_emptied();
CREATE TRIGGER audit_values_are_never_truncated BEFORE TRUNCATE ON audit_values FOR EACH STATEMENT EXECUTE FUNCTION audit_is_never_changed();

-- Imports are staged beside the main tables here; SQLite keeps them in a file of their own.
-- An uploaded file, in order.
CREATE TABLE upload_chunks (
    import_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (import_id, seq)
);

-- One row of a file with its verdict. `choice` is what the reader chose for it.
CREATE TABLE import_rows (
    import_id BIGINT NOT NULL,
    "row" BIGINT NOT NULL,
    verdict SMALLINT NOT NULL,
    ticked BOOLEAN NOT NULL,
    choice SMALLINT NOT NULL,
    email_key TEXT COLLATE "C" NOT NULL,
    user_id BIGINT NOT NULL,
    counts_row BIGINT NOT NULL,
    device TEXT COLLATE "C" NOT NULL,
    fields TEXT COLLATE "C" NOT NULL,
    changes TEXT COLLATE "C" NOT NULL,
    reasons TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (import_id, row)
);
CREATE INDEX import_rows_import_id_verdict_row ON import_rows (import_id, verdict, "row");
CREATE INDEX import_rows_import_id_email_key_row ON import_rows (import_id, email_key, "row");

INSERT INTO customers (name, name_key, created_at) VALUES ('Default Customer', 'default customer', 0);
INSERT INTO roles (name, name_key, builtin, may_sign_in, created_at) VALUES
    ('Account Admin', 'account admin', 'account_admin', TRUE, 0),
    ('Administrators', 'administrators', 'administrators', TRUE, 0),
    ('Technician', 'technician', 'technician', TRUE, 0),
    ('Users', 'users', 'users', FALSE, 0);
