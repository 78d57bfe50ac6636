-- The seals of the audit, a chain: each is a MAC over the hashes of the rows it covers and over the seal before. A seal covers the ids from first_id to
-- last_id but for `gaps`, where no row was to be seen when it was made, and the rows of earlier gaps that came late. No gap up to settled_id can be filled
-- any more.
CREATE TABLE audit_seals (
    number INTEGER PRIMARY KEY NOT NULL,
    at BIGINT NOT NULL,
    first_id BIGINT NOT NULL,
    last_id BIGINT NOT NULL,
    settled_id BIGINT NOT NULL,
    gaps TEXT NOT NULL,
    late TEXT NOT NULL,
    hashes BLOB NOT NULL,
    mac BLOB NOT NULL
);
CREATE INDEX audit_seals_last_id ON audit_seals (last_id);
CREATE INDEX audit_seals_at ON audit_seals (at);
CREATE INDEX audit_seals_late ON audit_seals (number) WHERE late <> '';

-- What stands in place of the seals up to `number` once the rows they covered, up to last_id, are past their time: the chain goes on from seal_mac.
CREATE TABLE audit_checkpoints (
    number INTEGER PRIMARY KEY NOT NULL,
    at BIGINT NOT NULL,
    last_id BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    seal_mac BLOB NOT NULL,
    mac BLOB NOT NULL
);

-- Refusals of one minute that are not written one by one; once it is over they become one row of the audit.
CREATE TABLE audit_tallies (
    action TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    "minute" BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    times BIGINT NOT NULL,
    PRIMARY KEY (action, object_kind, object_id, "minute")
) WITHOUT ROWID;
CREATE INDEX audit_tallies_minute ON audit_tallies ("minute");

-- What the digest of an operation's rows is salted with; it goes when they go.
ALTER TABLE operations ADD COLUMN salt BLOB NOT NULL DEFAULT x'';

-- The audit is read newest first, whatever it is narrowed by.
DROP INDEX audit_object_kind_object_id;
DROP INDEX audit_actor_id;
DROP INDEX audit_at;
CREATE INDEX audit_by_at ON audit (at, id);
CREATE INDEX audit_by_actor ON audit (actor_id, at, id);
CREATE INDEX audit_by_object ON audit (object_kind, object_id, at, id);
CREATE INDEX audit_by_action ON audit (action, at, id);
CREATE INDEX audit_by_customer ON audit (customer_id, at, id);
CREATE INDEX audit_by_operation ON audit (operation_id, at, id) WHERE operation_id <> 0;
CREATE INDEX audit_by_refusal ON audit (at, id) WHERE outcome = 2;

-- A row may go only when a checkpoint stands in its place.
DROP TRIGGER audit_is_never_deleted;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit WHEN OLD.id > COALESCE((SELECT MAX(last_id) FROM audit_checkpoints), 0)
BEGIN SELECT RAISE(ABORT, 'the audit is never deleted'); END;
DROP TRIGGER audit_values_are_never_deleted;
CREATE TRIGGER audit_values_are_never_deleted BEFORE DELETE ON audit_values WHEN OLD.audit_id > COALESCE((SELECT MAX(last_id) FROM audit_checkpoints), 0)
BEGIN SELECT RAISE(ABORT, 'audit values may only be emptied'); END;

CREATE TRIGGER audit_seals_are_never_changed BEFORE UPDATE ON audit_seals BEGIN SELECT RAISE(ABORT, 'a seal is never changed'); END;
CREATE TRIGGER audit_seals_are_never_deleted BEFORE DELETE ON audit_seals WHEN OLD.number > COALESCE((SELECT MAX(number) FROM audit_checkpoints), 0)
BEGIN SELECT RAISE(ABORT, 'a seal is never deleted'); END;
CREATE TRIGGER audit_seals_are_only_added BEFORE INSERT ON audit_seals WHEN NEW.number <= (SELECT MAX(number) FROM audit_seals)
BEGIN SELECT RAISE(ABORT, 'a seal is never changed'); END;

-- A checkpoint repeats the seal it stands for, and goes only when a later one is there.
CREATE TRIGGER audit_checkpoints_are_never_changed BEFORE UPDATE ON audit_checkpoints BEGIN SELECT RAISE(ABORT, 'a checkpoint is never changed'); END;
CREATE TRIGGER audit_checkpoints_are_never_lost BEFORE DELETE ON audit_checkpoints WHEN OLD.number = (SELECT MAX(number) FROM audit_checkpoints)
BEGIN SELECT RAISE(ABORT, 'the last checkpoint is never deleted'); END;
CREATE TRIGGER audit_checkpoints_repeat_a_seal BEFORE INSERT ON audit_checkpoints
WHEN NEW.number <= COALESCE((SELECT MAX(number) FROM audit_checkpoints), 0)
    OR NOT EXISTS (SELECT 1 FROM audit_seals s WHERE s.number = NEW.number AND s.last_id = NEW.last_id AND s.mac = NEW.seal_mac)
BEGIN SELECT RAISE(ABORT, 'a checkpoint repeats a seal'); END;
