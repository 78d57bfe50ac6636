-- What the installation decided, one row a key.
CREATE TABLE settings (
    "key" TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

-- Who may do a thing alone right now (job worker, sealer); free when `until` has passed.
CREATE TABLE leases (
    name TEXT PRIMARY KEY NOT NULL,
    holder TEXT NOT NULL,
    "until" BIGINT NOT NULL
);

-- The organisations that one installation serves.
CREATE TABLE customers (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (name_key)
);

-- People: device holders and administrators alike.
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    customer_key TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    phone TEXT NOT NULL,
    phone_digits TEXT NOT NULL,
    status SMALLINT NOT NULL,
    source SMALLINT NOT NULL,
    domain TEXT NOT NULL,
    tfa SMALLINT NOT NULL,
    ownership SMALLINT NOT NULL,
    device_count BIGINT NOT NULL,
    last_login_at BIGINT NOT NULL,
    password_changed_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL,
    search TEXT NOT NULL,
    UNIQUE (email_key)
);

-- Changes to the number of users of a customer; the sum is the number. A job folds old rows into one.
CREATE TABLE user_counts (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    present BIGINT NOT NULL,
    deleted BIGINT NOT NULL
);
CREATE INDEX user_counts_customer_id ON user_counts (customer_id);

-- What a person signs in with; no row: cannot sign in with a password.
CREATE TABLE credentials (
    user_id INTEGER PRIMARY KEY NOT NULL REFERENCES users (id),
    password_hash BLOB NOT NULL,
    password_must_change BOOLEAN NOT NULL,
    password_expires_at BIGINT NOT NULL,
    totp_secret BLOB NOT NULL,
    totp_last_step BIGINT NOT NULL,
    totp_due_at BIGINT NOT NULL
);

-- Ten a person, each good once in place of a code.
CREATE TABLE recovery_codes (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    code_hash BLOB NOT NULL,
    spent_at BIGINT NOT NULL,
    UNIQUE (user_id, code_hash)
);

-- Named sets of permissions. Those with a `builtin` word get theirs from access/policy.rs, the others from role_permissions.
CREATE TABLE roles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    builtin TEXT NOT NULL,
    may_sign_in BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (name_key)
);

-- The permissions of a custom role.
CREATE TABLE role_permissions (
    role_id BIGINT NOT NULL REFERENCES roles (id),
    permission TEXT NOT NULL,
    PRIMARY KEY (role_id, permission)
) WITHOUT ROWID;

-- Who holds which role; `all_customers` or those listed in role_assignment_customers.
CREATE TABLE role_assignments (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
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
) WITHOUT ROWID;
CREATE INDEX role_assignment_customers_customer_id ON role_assignment_customers (customer_id);

-- Who is signed in where, under the hash of the cookie.
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    token_hash BLOB NOT NULL,
    binding BLOB NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    level SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    stepped_up_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    address TEXT NOT NULL,
    browser TEXT NOT NULL,
    UNIQUE (token_hash)
);
CREATE INDEX sessions_user_id ON sessions (user_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

-- Browsers a person has fully signed in from; their guesses are counted apart.
CREATE TABLE known_browsers (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    token_hash BLOB NOT NULL,
    binding BLOB NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    UNIQUE (token_hash)
);
CREATE INDEX known_browsers_user_id ON known_browsers (user_id);

-- Failed secrets per lane (account, address, known browser); see access/throttle.rs.
CREATE TABLE guess_counters (
    lane TEXT PRIMARY KEY NOT NULL,
    failures BIGINT NOT NULL,
    last_failure_at BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
);
CREATE INDEX guess_counters_last_failure_at ON guess_counters (last_failure_at);

-- Set-up, activation and recovery links, under the hash of their secret.
CREATE TABLE one_time_links (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind SMALLINT NOT NULL,
    user_id BIGINT REFERENCES users (id),
    token_hash BLOB NOT NULL,
    binding BLOB NOT NULL,
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
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    token_hash BLOB NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    page TEXT NOT NULL,
    body BLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    UNIQUE (token_hash)
);
CREATE INDEX kept_forms_expires_at ON kept_forms (expires_at);
CREATE INDEX kept_forms_user_id ON kept_forms (user_id);

-- Devices that an import named for a user, before they enrol. `identity` is the serial, else name and platform.
CREATE TABLE expected_devices (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    identity TEXT NOT NULL,
    name TEXT NOT NULL,
    serial TEXT NOT NULL,
    platform SMALLINT NOT NULL,
    ownership SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (user_id, identity)
);

-- What was (or is planned to be) done in one go.
CREATE TABLE operations (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    state SMALLINT NOT NULL,
    actor_id BIGINT REFERENCES users (id),
    actor_name TEXT NOT NULL,
    address TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    planned BIGINT NOT NULL,
    done BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    details TEXT NOT NULL
);
CREATE INDEX operations_actor_id ON operations (actor_id);
CREATE INDEX operations_expires_at ON operations (expires_at);

-- One object of an operation: the fields before and after (JSON), or why it is skipped.
CREATE TABLE operation_rows (
    operation_id BIGINT NOT NULL REFERENCES operations (id),
    object_id BIGINT NOT NULL,
    label TEXT NOT NULL,
    verdict SMALLINT NOT NULL,
    "before" TEXT NOT NULL,
    "after" TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (operation_id, object_id)
) WITHOUT ROWID;
CREATE INDEX operation_rows_object_id ON operation_rows (object_id);

-- Evidence: who did what, when, from where. Never changed or deleted; personal values lie in audit_values.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    request_id TEXT NOT NULL,
    action TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    operation_id BIGINT NOT NULL,
    outcome SMALLINT NOT NULL,
    values_hash BLOB NOT NULL
);
CREATE INDEX audit_object_kind_object_id ON audit (object_kind, object_id);
CREATE INDEX audit_actor_id ON audit (actor_id);
CREATE INDEX audit_at ON audit (at);

-- The personal part of an audit row: salted, so that emptying it leaves the hash beside it provable and mute.
CREATE TABLE audit_values (
    audit_id INTEGER PRIMARY KEY NOT NULL REFERENCES audit (id),
    salt BLOB NOT NULL,
    data TEXT NOT NULL
);

-- Work in the background. A worker holds a job while `locked_until` is ahead.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    state SMALLINT NOT NULL,
    attempts BIGINT NOT NULL,
    run_at BIGINT NOT NULL,
    locked_by TEXT NOT NULL,
    locked_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    actor_id BIGINT REFERENCES users (id),
    address TEXT NOT NULL,
    request_id TEXT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    cancel BOOLEAN NOT NULL,
    problem TEXT NOT NULL
);
CREATE INDEX jobs_state_run_at ON jobs (state, run_at);
CREATE INDEX jobs_actor_id ON jobs (actor_id);

-- One uploaded file and what is to become of it. Its rows are staged apart.
CREATE TABLE imports (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    operation_id BIGINT REFERENCES operations (id),
    job_id BIGINT NOT NULL,
    owner_id BIGINT REFERENCES users (id),
    state SMALLINT NOT NULL,
    file_name TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    dialect TEXT NOT NULL,
    mapping TEXT NOT NULL,
    options TEXT NOT NULL,
    counts TEXT NOT NULL,
    problem TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX imports_owner_id ON imports (owner_id);
CREATE INDEX imports_expires_at ON imports (expires_at);

-- How columns were mapped last time, by the fingerprint of the header.
CREATE TABLE import_mappings (
    fingerprint TEXT PRIMARY KEY NOT NULL,
    mapping TEXT NOT NULL,
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

-- Substring search. Filled by the queries that write users (a trigger would double the time of an import).
CREATE VIRTUAL TABLE users_search USING fts5 (search, content='users', content_rowid='id', tokenize='trigram', detail='full');

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is never changed'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is never deleted'); END;
-- REPLACE takes rows away without asking the triggers above.
CREATE TRIGGER audit_is_never_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the audit is never changed'); END;
CREATE TRIGGER audit_values_are_only_emptied BEFORE UPDATE ON audit_values WHEN NEW.data <> '' OR NEW.salt <> x'' OR NEW.audit_id <> OLD.audit_id
BEGIN SELECT RAISE(ABORT, 'audit values may only be emptied'); END;
CREATE TRIGGER audit_values_are_never_replaced BEFORE INSERT ON audit_values WHEN EXISTS (SELECT 1 FROM audit_values WHERE audit_id = NEW.audit_id)
BEGIN SELECT RAISE(ABORT, 'audit values may only be emptied'); END;
CREATE TRIGGER audit_values_are_never_deleted BEFORE DELETE ON audit_values BEGIN SELECT RAISE(ABORT, 'audit values may only be emptied'); END;

INSERT INTO customers (name, name_key, created_at) VALUES ('Default Customer', 'default customer', 0);
INSERT INTO roles (name, name_key, builtin, may_sign_in, created_at) VALUES
    ('Account Admin', 'account admin', 'account_admin', 1, 0),
    ('Administrators', 'administrators', 'administrators', 1, 0),
    ('Technician', 'technician', 'technician', 1, 0),
    ('Users', 'users', 'users', 0, 0);
