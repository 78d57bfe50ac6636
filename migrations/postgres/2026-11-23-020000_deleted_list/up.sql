-- The orders of "Deleted users".
CREATE INDEX users_deleted_by_name_key ON users (name_key, id) WHERE deleted_at <> 0;
CREATE INDEX users_deleted_by_email_key ON users (email_key, id) WHERE deleted_at <> 0;
