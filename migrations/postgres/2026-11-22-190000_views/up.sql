-- What a list shows (search, filters, order, columns: a query string), kept under a name. Without a role it is its owner's alone.
CREATE TABLE views (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    list TEXT COLLATE "C" NOT NULL,
    owner_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    query TEXT COLLATE "C" NOT NULL,
    role_id BIGINT REFERENCES roles (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (owner_id, list, name_key)
);
CREATE INDEX views_role_id ON views (role_id);
