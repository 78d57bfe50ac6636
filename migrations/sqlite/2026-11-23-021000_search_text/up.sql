-- The two spaces that 2026-11-22-191500 put before each word also came where a field is empty and has none.
INSERT INTO users_search (users_search, rowid, search)
SELECT 'delete', id, search FROM users WHERE search LIKE '%  ' OR instr(search, '  ' || char(10)) > 0;
INSERT INTO users_search (rowid, search)
SELECT id, rtrim(replace(search, '  ' || char(10), char(10)), ' ') FROM users WHERE search LIKE '%  ' OR instr(search, '  ' || char(10)) > 0;
UPDATE users SET search = rtrim(replace(search, '  ' || char(10), char(10)), ' ') WHERE search LIKE '%  ' OR instr(search, '  ' || char(10)) > 0;
