-- Which operation an undo takes back, and how many rows were as wanted already.
ALTER TABLE operations ADD COLUMN undoes BIGINT REFERENCES operations (id);
ALTER TABLE operations ADD COLUMN unchanged BIGINT NOT NULL DEFAULT 0;
CREATE INDEX operations_undoes ON operations (undoes) WHERE undoes IS NOT NULL;

-- The rows that do not change, which are few and asked for by themselves.
CREATE INDEX operation_rows_left ON operation_rows (operation_id, verdict, object_id) WHERE verdict <> 1;

-- Planning and running are the same for whatever an operation does.
UPDATE jobs SET kind = 'operation.plan' WHERE kind = 'deletion.plan';
UPDATE jobs SET kind = 'operation.run' WHERE kind = 'deletion.run';
