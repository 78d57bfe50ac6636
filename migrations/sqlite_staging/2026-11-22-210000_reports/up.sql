-- A report's file in pieces, of one attempt at it.
CREATE TABLE report_chunks (
    report_id BIGINT NOT NULL,
    run BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (report_id, run, seq)
) WITHOUT ROWID;
