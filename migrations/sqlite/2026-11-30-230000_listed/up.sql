-- What the User List shows of everybody, where a page of it would read one row here and one row there, all over the table, which took most of its time:
-- customer by customer, for those who see some customers, and beside what lists are sorted by, unless it is shared by so many that they lie side by side
-- (status, source, 2FA, devices, last login) or grows with the ids (time of adding). `deleted_at` stands in it since SQLite reads the row otherwise.
CREATE INDEX users_listed ON users (customer_id, id, name, email, phone, status, source, domain, tfa, device_count, last_login_at, created_at, deleted_at) WHERE deleted_at = 0;
DROP INDEX users_by_name_key;
CREATE INDEX users_by_name_key ON users (name_key, id, customer_id, name, email, phone, status, source, domain, tfa, device_count, last_login_at, created_at, deleted_at) WHERE deleted_at = 0;
DROP INDEX users_by_email_key;
CREATE INDEX users_by_email_key ON users (email_key, id, customer_id, name, email, phone, status, source, domain, tfa, device_count, last_login_at, created_at, deleted_at) WHERE deleted_at = 0;
DROP INDEX users_by_phone_digits;
CREATE INDEX users_by_phone_digits ON users (phone_digits, id, customer_id, name, email, phone, status, source, domain, tfa, device_count, last_login_at, created_at, deleted_at) WHERE deleted_at = 0;
DROP INDEX users_by_customer_key;
CREATE INDEX users_by_customer_key ON users (customer_key, id, customer_id, name, email, phone, status, source, domain, tfa, device_count, last_login_at, created_at, deleted_at) WHERE deleted_at = 0;
