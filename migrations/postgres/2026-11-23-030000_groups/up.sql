-- Groups of users. A group and its members belong to one customer. `member_count`: how many members are not deleted, but for what stands in
-- group_member_changes.
CREATE TABLE user_groups (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    created_by BIGINT REFERENCES users (id),
    created_by_name TEXT COLLATE "C" NOT NULL,
    created_by_key TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL,
    member_count BIGINT NOT NULL
);
CREATE UNIQUE INDEX user_groups_by_customer_name_key ON user_groups (customer_id, name_key) WHERE deleted_at = 0;
CREATE INDEX user_groups_by_name_key ON user_groups (name_key, id) WHERE deleted_at = 0;
CREATE INDEX user_groups_by_member_count ON user_groups (member_count, id) WHERE deleted_at = 0;
CREATE INDEX user_groups_by_customer_member_count ON user_groups (customer_id, member_count, id) WHERE deleted_at = 0;
CREATE INDEX user_groups_by_created_by_key ON user_groups (created_by_key, id) WHERE deleted_at = 0;
CREATE INDEX user_groups_by_customer_created_by_key ON user_groups (customer_id, created_by_key, id) WHERE deleted_at = 0;
CREATE INDEX user_groups_by_created_at ON user_groups (created_at, id) WHERE deleted_at = 0;
CREATE INDEX user_groups_by_customer_created_at ON user_groups (customer_id, created_at, id) WHERE deleted_at = 0;
CREATE INDEX user_groups_created_by ON user_groups (created_by);
CREATE INDEX user_groups_deleted ON user_groups (deleted_at) WHERE deleted_at <> 0;

-- Who is in which group. `name_key` and `is_deleted` repeat what the user's row says, so that the members are listed along an index.
CREATE TABLE group_members (
    group_id BIGINT NOT NULL REFERENCES user_groups (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    name_key TEXT COLLATE "C" NOT NULL,
    added_at BIGINT NOT NULL,
    is_deleted BOOLEAN NOT NULL,
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX group_members_user_id ON group_members (user_id, group_id);
CREATE INDEX group_members_by_name_key ON group_members (group_id, name_key, user_id) WHERE NOT is_deleted;

-- Changes of a group's number of members that came while somebody else had the group's row: nobody waits for it. A job folds them in.
CREATE TABLE group_member_changes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_id BIGINT NOT NULL REFERENCES user_groups (id),
    change BIGINT NOT NULL
);
CREATE INDEX group_member_changes_group_id ON group_member_changes (group_id);

-- Changes of the number of groups of a customer, and (NULL) of all of them; the sum is the number. A job folds old rows into one.
CREATE TABLE group_totals (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id BIGINT REFERENCES customers (id),
    present BIGINT NOT NULL
);
CREATE INDEX group_totals_customer_id ON group_totals (customer_id);
