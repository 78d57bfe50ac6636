-- The two spaces that 2026-11-22-191500 put before each word also came where a field is empty and has none.
UPDATE users SET search = rtrim(replace(search, '  ' || chr(10), chr(10)), ' ') WHERE search LIKE '%  ' OR strpos(search, '  ' || chr(10)) > 0;
