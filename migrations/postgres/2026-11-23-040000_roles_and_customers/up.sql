-- When it was last changed, which is what a form saw.
ALTER TABLE roles ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;
-- Since when its people may not sign in; 0: they may.
ALTER TABLE customers ADD COLUMN archived_at BIGINT NOT NULL DEFAULT 0;
