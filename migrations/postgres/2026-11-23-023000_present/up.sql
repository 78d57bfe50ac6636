-- As on SQLite.
CREATE INDEX users_present ON users (id, name_key) WHERE deleted_at = 0;
