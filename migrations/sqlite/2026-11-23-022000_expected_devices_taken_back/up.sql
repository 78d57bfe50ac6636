-- Which operation left an expected device as it is (0: one before this was noted), and whether it took it away: then it is no longer expected, and
-- kept for the day on which that is undone.
ALTER TABLE expected_devices ADD COLUMN operation_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE expected_devices ADD COLUMN is_gone BOOLEAN NOT NULL DEFAULT FALSE;
