-- Files that were asked for, under "Reports": their maker's own until `expires_at`. How far one has got stands in its job; `run` names the attempt
-- whose pieces are the whole file, 0 as long as there is none. `scope`: the customers that it tells of, as JSON; empty: all.
CREATE TABLE reports (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id BIGINT NOT NULL,
    owner_id BIGINT NOT NULL,
    list TEXT COLLATE "C" NOT NULL,
    query TEXT COLLATE "C" NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    delimiter TEXT COLLATE "C" NOT NULL,
    file_name TEXT COLLATE "C" NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
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

-- A report's file in pieces, of one attempt at it.
CREATE TABLE report_chunks (
    report_id BIGINT NOT NULL,
    run BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (report_id, run, seq)
);
