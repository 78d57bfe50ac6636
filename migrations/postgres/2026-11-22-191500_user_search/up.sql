-- The filters of the User List: whatever combination of them is asked for is a handful of ranges of one of these.
CREATE INDEX users_by_facets ON users (status, source, tfa, last_login_at, id) WHERE deleted_at = 0;
CREATE INDEX users_by_customer_facets ON users (customer_id, status, source, tfa, last_login_at, id) WHERE deleted_at = 0;

-- Two spaces before each word: so the one or two letters that a word begins with are a substring of three, which the index of trigrams finds.
UPDATE users SET search = '  ' || replace(replace(search, ' ', '  '), chr(10), chr(10) || '  ');
