-- Files that were asked for, under "Reports": their maker's own until `expires_at`. How far one has got stands in its job; `run` names the attempt
-- whose pieces are the whole file, 0 as long as there is none. `scope`: the customers that it tells of, as JSON; empty: all.
CREATE TABLE reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    job_id BIGINT NOT NULL,
    owner_id BIGINT NOT NULL,
    list TEXT NOT NULL,
    query TEXT NOT NULL,
    words TEXT NOT NULL,
    delimiter TEXT NOT NULL,
    file_name TEXT NOT NULL,
    scope TEXT NOT NULL,
    run BIGINT NOT NULL,
    rows BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX reports_owner_id_id ON reports (owner_id, id);
CREATE INDEX reports_expires_at ON reports (expires_at);

-- A selection may be pinned for a report, which then tells of those who were selected when it was asked for.
ALTER TABLE selections ADD COLUMN report_id BIGINT REFERENCES reports (id) ON DELETE CASCADE;
CREATE INDEX selections_report_id ON selections (report_id);
