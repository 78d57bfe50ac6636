-- What people have chosen for themselves; nobody who has chosen nothing has a row. `single_keys`: single keys are shortcuts.
CREATE TABLE preferences (
    user_id BIGINT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    single_keys BOOLEAN NOT NULL
);
