-- An uploaded file, in order.
CREATE TABLE upload_chunks (
    import_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (import_id, seq)
) WITHOUT ROWID;

-- One row of a file with its verdict. `choice` is what the reader chose for it.
CREATE TABLE import_rows (
    import_id BIGINT NOT NULL,
    "row" BIGINT NOT NULL,
    verdict SMALLINT NOT NULL,
    ticked BOOLEAN NOT NULL,
    choice SMALLINT NOT NULL,
    email_key TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    counts_row BIGINT NOT NULL,
    device TEXT NOT NULL,
    fields TEXT NOT NULL,
    changes TEXT NOT NULL,
    reasons TEXT NOT NULL,
    PRIMARY KEY (import_id, row)
) WITHOUT ROWID;
CREATE INDEX import_rows_import_id_verdict_row ON import_rows (import_id, verdict, "row");
CREATE INDEX import_rows_import_id_email_key_row ON import_rows (import_id, email_key, "row");
