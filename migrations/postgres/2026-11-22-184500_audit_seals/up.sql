-- The seals of the audit, a chain: each is a MAC over the hashes of the rows it covers and over the seal before. A seal covers the ids from first_id to
-- last_id but for `gaps`, where no row was to be seen when it was made, and the rows of earlier gaps that came late. No gap up to settled_id can be filled
-- any more.
CREATE TABLE audit_seals (
    number BIGINT PRIMARY KEY NOT NULL,
    at BIGINT NOT NULL,
    first_id BIGINT NOT NULL,
    last_id BIGINT NOT NULL,
    settled_id BIGINT NOT NULL,
    gaps TEXT COLLATE "C" NOT NULL,
    late TEXT COLLATE "C" NOT NULL,
    hashes BYTEA NOT NULL,
    mac BYTEA NOT NULL
);
CREATE INDEX audit_seals_last_id ON audit_seals (last_id);
CREATE INDEX audit_seals_at ON audit_seals (at);
CREATE INDEX audit_seals_late ON audit_seals (number) WHERE late <> '';

-- What stands in place of the seals up to `number` once the rows they covered, up to last_id, are past their time: the chain goes on from seal_mac.
CREATE TABLE audit_checkpoints (
    number BIGINT PRIMARY KEY NOT NULL,
    at BIGINT NOT NULL,
    last_id BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    seal_mac BYTEA NOT NULL,
    mac BYTEA NOT NULL
);

-- Refusals of one minute that are not written one by one; once it is over they become one row of the audit.
CREATE TABLE audit_tallies (
    action TEXT COLLATE "C" NOT NULL,
    object_kind TEXT COLLATE "C" NOT NULL,
    object_id BIGINT NOT NULL,
    "minute" BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    times BIGINT NOT NULL,
    PRIMARY KEY (action, object_kind, object_id, "minute")
);
CREATE INDEX audit_tallies_minute ON audit_tallies ("minute");

-- What the digest of an operation's rows is salted with; it goes when they go.
ALTER TABLE operations ADD COLUMN salt BYTEA NOT NULL DEFAULT ''::bytea;

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
DROP TRIGGER audit_is_never_changed ON audit;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_never_changed();
CREATE FUNCTION audit_is_never_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.id <= COALESCE((SELECT MAX(last_id) FROM audit_checkpoints), 0) THEN RETURN OLD; END IF;
    RAISE EXCEPTION 'the audit is never deleted';
END $$;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_never_deleted();
CREATE OR REPLACE FUNCTION audit_values_are_only_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.data = '' AND NEW.salt = ''::bytea AND NEW.audit_id = OLD.audit_id THEN RETURN NEW; END IF;
    IF TG_OP = 'DELETE' AND OLD.audit_id <= COALESCE((SELECT MAX(last_id) FROM audit_checkpoints), 0) THEN RETURN OLD; END IF;
    RAISE EXCEPTION 'audit values may only be emptied';
END $$;

CREATE FUNCTION audit_seals_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.number <= COALESCE((SELECT MAX(number) FROM audit_checkpoints), 0) THEN RETURN OLD; END IF;
    RAISE EXCEPTION 'a seal is never changed or deleted';
END $$;
CREATE TRIGGER audit_seals_are_kept BEFORE UPDATE OR DELETE ON audit_seals FOR EACH ROW EXECUTE FUNCTION audit_seals_are_kept();
CREATE TRIGGER audit_seals_are_never_emptied BEFORE TRUNCATE ON audit_seals FOR EACH STATEMENT EXECUTE FUNCTION audit_is_never_changed();

-- A checkpoint repeats the seal it stands for, and goes only when a later one is there.
CREATE FUNCTION audit_checkpoints_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.number > COALESCE((SELECT MAX(number) FROM audit_checkpoints), 0)
        AND EXISTS (SELECT 1 FROM audit_seals s WHERE s.number = NEW.number AND s.last_id = NEW.last_id AND s.mac = NEW.seal_mac) THEN RETURN NEW; END IF;
    IF TG_OP = 'DELETE' AND OLD.number < (SELECT MAX(number) FROM audit_checkpoints) THEN RETURN OLD; END IF;
    RAISE EXCEPTION 'a checkpoint repeats a seal and is never changed';
END $$;
CREATE TRIGGER audit_checkpoints_are_kept BEFORE INSERT OR UPDATE OR DELETE ON audit_checkpoints FOR EACH ROW EXECUTE FUNCTION audit_checkpoints_are_kept();
CREATE TRIGGER audit_checkpoints_are_never_emptied BEFORE TRUNCATE ON audit_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION audit_is_never_changed();
