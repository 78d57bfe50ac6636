-- As on SQLite.
DROP INDEX users_present;
CREATE INDEX users_present ON users (id, name_key, customer_id, status, source, tfa, last_login_at, password_changed_at) WHERE deleted_at = 0;
