-- What is selected in a list: of a session, or pinned for an operation that plans with it. `whole`: all that `query` hits.
CREATE TABLE selections (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id BIGINT REFERENCES sessions (id) ON DELETE CASCADE,
    operation_id BIGINT REFERENCES operations (id) ON DELETE CASCADE,
    list TEXT COLLATE "C" NOT NULL,
    query TEXT COLLATE "C" NOT NULL,
    whole BOOLEAN NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (session_id, list),
    UNIQUE (operation_id)
);

-- Single objects of a selection: in it, or left out of what is selected whole.
CREATE TABLE selection_items (
    selection_id BIGINT NOT NULL REFERENCES selections (id) ON DELETE CASCADE,
    object_id BIGINT NOT NULL,
    included BOOLEAN NOT NULL,
    PRIMARY KEY (selection_id, object_id)
);
