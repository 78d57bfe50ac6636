-- Of SQLite alone: an index row has 2,704 bytes at most here, and a long name, its key and an address may have more.
SELECT 1;
