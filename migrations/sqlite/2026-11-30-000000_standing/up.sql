-- How those stand who are there, too: of thousands who may sign in, who lie all over the table, a few pages of this say whom a filter leaves.
DROP INDEX users_present;
CREATE INDEX users_present ON users (id, name_key, customer_id, status, source, tfa, last_login_at, password_changed_at) WHERE deleted_at = 0;
